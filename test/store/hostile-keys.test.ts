/** Keys that come from outside are values to the database, whatever they look like. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { openStores } from '../../lib/store/open.ts'
import type { Store } from '../../lib/store/store.ts'

const KEYS = [
  "'; DROP TABLE counter; --",
  "' OR 1=1 --",
  '") UNION SELECT name FROM sqlite_master --',
  '%',
  '_',
  '*',
  '\0',
  'a\'b"c`d\\',
  '\ud800',
  'x'.repeat(100_000),
]
const HOUR = 3_600_000

describe('hostile keys', () => {
  let folder = ''
  let store: Store
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'keys-'))
    store = openStores(folder).store
  })
  afterAll(() => {
    store.close()
    rmSync(folder, { recursive: true })
  })

  it('count for themselves alone', () => {
    const now = Date.now()
    for (const key of KEYS) store.counters.add(`${key}!`, 1, now, HOUR)
    for (const key of KEYS) store.counters.add(key, 5, now, HOUR)
    expect(KEYS.map((key) => store.counters.add(`${key}!`, 1, now, HOUR))).toEqual(KEYS.map(() => 2))
    expect(KEYS.map((key) => store.counters.add(key, 1, now, HOUR))).toEqual(KEYS.map(() => 6))
  })

  it('are found by themselves alone', () => {
    const now = Date.now()
    const [first = '', ...others] = KEYS
    store.releases.add(first, now + HOUR)
    expect(store.releases.has(first, now)).toBe(true)
    expect(others.filter((key) => store.releases.has(key, now))).toEqual([])
  })
})
