/** Small things that a new administrator stumbles over: each test is named for its symptom. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { main } from '../../lib/cli.ts'
import { runProgram } from '../../lib/quarantine/run-program.ts'
import { openHistory } from '../../lib/store/history-sqlite.ts'
import { recordedTerminal } from '../support/terminal.ts'

describe('a new administrator', () => {
  let folder = ''
  let config = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'hamlet-administrator-'))
    config = join(folder, 'hamlet.yaml')
    writeFileSync(config, 'state: state\n')
    openHistory(join(folder, 'state')).close()
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it('whose PATH has no /usr/sbin, as an ordinary user, still finds the programs of the MTA', () => {
    const { PATH } = process.env
    process.env.PATH = '/usr/bin:/bin'
    try {
      // chroot stands where postqueue and postsuper do
      expect(runProgram('chroot', ['--version']).toString()).toContain('chroot')
      expect(() => runProgram('no-such-program', [])).toThrow(
        'no-such-program was not found; is the MTA installed here?',
      )
    } finally {
      process.env.PATH = PATH
    }
  })

  it.each([
    ['evil.test', 'nothing is known of evil.test; for the mail of a domain: hamlet why @evil.test'],
    ['@evil.test', 'nothing is known of @evil.test'],
    ['192.0.2.1', 'nothing is known of 192.0.2.1'],
    ['a@evil.test', 'nothing is known of a@evil.test'],
  ])('who asks why %s is told how to ask for a domain', async (word, said) => {
    const terminal = recordedTerminal()
    expect(await main(['why', '--config', config, word], terminal)).toBe(1)
    expect(terminal.lines.err).toEqual([said])
  })

  it.each([
    [[], true],
    [['--quiet'], false],
  ])('who learns with %j sees progress: %s', async (options, sees) => {
    const mails = ['a', 'b', 'c', 'd'].map((name) => {
      const file = join(folder, name)
      writeFileSync(file, `Subject: ${name}\n\nwords of ${name}\n`)
      return file
    })
    const { now } = Date
    // every look at the clock is a long time after the last one
    let later = now()
    Date.now = () => (later += 5000)
    const terminal = recordedTerminal()
    try {
      await main(['learn', 'ham', '--config', config, ...options, ...mails], terminal)
    } finally {
      Date.now = now
    }
    expect(terminal.lines.err.length > 0).toBe(sees)
    expect(terminal.lines.out.length > 0).toBe(sees)
  })
})
