/** Who may read the state, and that one daemon has it. */
import { chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { StoreError } from '../../lib/store/database.ts'
import { lockState } from '../../lib/store/state-lock.ts'
import { openStores } from '../../lib/store/open.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'lock-'))
})
afterEach(() => rmSync(folder, { recursive: true }))
const mode = (path: string) => statSync(path).mode & 0o777

describe('the state directory', () => {
  it('belongs to one daemon, until it gives it back', () => {
    const state = join(folder, 'state')
    const unlock = lockState(state)
    expect(() => lockState(state)).toThrow(StoreError)
    expect(() => lockState(state)).toThrow(/another Hamlet runs on the state directory/)
    expect(lockState(join(folder, 'other'))).toBeInstanceOf(Function)
    unlock()
    lockState(state)()
  })

  it.each([0o000, 0o022, 0o077])('has files for owner and group alone under umask %o', (umask) => {
    const before = process.umask(umask)
    try {
      const state = join(folder, 'state')
      const { store } = openStores(state)
      store.close()
      lockState(state)()
      expect(mode(state) & ~0o750).toBe(0)
      const names = readdirSync(state)
      expect(names.length).toBeGreaterThan(3)
      for (const name of names) expect([name, mode(join(state, name))]).toEqual([name, 0o640])
    } finally {
      process.umask(before)
    }
  })

  it('closes files that were open to others', () => {
    const state = join(folder, 'state')
    openStores(state).store.close()
    for (const name of readdirSync(state)) chmodSync(join(state, name), 0o666)
    openStores(state).store.close()
    for (const name of readdirSync(state)) expect([name, mode(join(state, name)) & 0o027]).toEqual([name, 0])
  })

  it('a lock file that cannot be used keeps nobody from starting', () => {
    writeFileSync(join(folder, 'file'), '')
    expect(lockState(join(folder, 'file'))).toBeInstanceOf(Function)
  })
})
