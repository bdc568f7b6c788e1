import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import Database from 'better-sqlite3'
import { openDatabase, StoreError } from '../../lib/store/database.ts'
import { expireState, openState, type StateStore } from '../../lib/store/state.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'state-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

describe('counters', () => {
  it('slide exactly: an event counts for the whole window and not a millisecond more', () => {
    const { counters } = openState(':memory:')
    counters.add('k', 1, 1_000, HOUR)
    counters.add('k', 2, 1_500, HOUR)
    expect(counters.count('k', 1_000 + HOUR - 1, HOUR)).toBe(3)
    expect(counters.count('k', 1_000 + HOUR, HOUR)).toBe(2)
    expect(counters.count('k', 1_500 + HOUR, HOUR)).toBe(0)
    expect(counters.count('other', 2_000, HOUR)).toBe(0)
  })

  it('take what fits and nothing else', () => {
    const { counters } = openState(':memory:')
    const takes = Array.from({ length: 5 }, (_, index) => counters.take('k', 1, 3, 1_000 + index, HOUR))
    expect(takes.map(({ taken, count }) => `${taken} ${count}`)).toEqual([
      'true 1',
      'true 2',
      'true 3',
      'false 3',
      'false 3',
    ])
    // What was refused does not prolong the wait.
    expect(counters.take('k', 1, 3, 1_000 + HOUR, HOUR)).toEqual({ taken: true, count: 3 })
    expect(counters.take('k', 2, 3, 1_001 + HOUR, HOUR)).toEqual({ taken: false, count: 2 })
  })

  it('agree with a plain list of events', () => {
    const { counters } = openState(':memory:')
    const events: { at: number; amount: number }[] = []
    let seed = 11
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    let now = 0
    for (let step = 0; step < 3000; step++) {
      now += random(60)
      const amount = 1 + random(3)
      const inWindow = events
        .filter(({ at }) => at > now - 1000)
        .reduce((sum, event) => sum + event.amount, 0)
      const { taken, count } = counters.take('k', amount, 40, now, 1000)
      expect(taken).toBe(inWindow + amount <= 40)
      if (taken) events.push({ at: now, amount })
      expect(count).toBe(taken ? inWindow + amount : inWindow)
    }
  })

  it('stay exact whatever else touches the rows: another process, expiry, a reset, a clock set back', () => {
    const directory = join(folder, 'touched')
    const [one, other] = [openState(directory), openState(directory)]
    const fresh = (now: number) => {
      const third = openState(directory)
      const count = third.counters.count('k', now, HOUR)
      third.close()
      return count
    }
    let seed = 5
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    let now = 10 * HOUR
    for (let step = 0; step < 400; step++) {
      now += random(HOUR / 20) - (random(40) === 0 ? HOUR / 4 : 0)
      const which = random(12)
      if (which === 0) one.counters.expire(now - HOUR, 3)
      else if (which === 1) one.counters.reset('k')
      else if (which === 2) other.counters.reset('k')
      else if (which < 5) other.counters.add('k', 1, now, HOUR)
      else one.counters.take('k', 1 + random(3), 50, now, HOUR)
      if (one.counters.count('k', now, HOUR) !== fresh(now)) throw new Error(`differs at step ${step}`)
    }
    expect(one.counters.count('k', now, HOUR)).toBeGreaterThan(0)
    one.close()
    other.close()
  })

  it('show the highest of a kind, and are reset one by one', () => {
    const { counters } = openState(':memory:')
    counters.add('messages:192.0.2.1', 5, 10, HOUR)
    counters.add('messages:192.0.2.2', 7, 10, HOUR)
    counters.add('messages:192.0.2.3', 9, 10 - HOUR, HOUR)
    counters.add('recipients:192.0.2.1', 8, 10, HOUR)
    expect(counters.top('messages:', 20, HOUR, 5)).toEqual([
      { key: 'messages:192.0.2.2', count: 7 },
      { key: 'messages:192.0.2.1', count: 5 },
    ])
    expect(counters.top('messages:', 20, HOUR, 1)).toHaveLength(1)
    expect(counters.reset('messages:192.0.2.2')).toBe(true)
    expect(counters.reset('messages:192.0.2.2')).toBe(false)
    expect(counters.count('messages:192.0.2.2', 20, HOUR)).toBe(0)
  })
})

describe('blocks', () => {
  it('hold until their time, and a shorter one does not shorten them', () => {
    const { blocks } = openState(':memory:')
    blocks.block('a', 'first', 0, HOUR)
    blocks.block('a', 'shorter', 10, HOUR / 2)
    expect(blocks.blocked('a', HOUR - 1)).toEqual({ key: 'a', reason: 'first', since: 0, until: HOUR })
    expect(blocks.blocked('a', HOUR)).toBeNull()
    blocks.block('a', 'longer', 20, 2 * HOUR)
    expect(blocks.list(HOUR, 10)).toMatchObject([{ reason: 'longer' }])
    expect(blocks.lift('a')).toBe(true)
    expect(blocks.lift('a')).toBe(false)
  })
})

describe('greylist', () => {
  const sight = ({ greylist }: StateStore, now: number) => greylist.sight('k', now, 2 * DAY, 36 * DAY)
  it('remembers the first try, forgets who does not come back, keeps who does', () => {
    const state = openState(':memory:')
    expect(sight(state, 100)).toEqual({ first: 100, passed: null })
    expect(sight(state, 200)).toEqual({ first: 100, passed: null })
    expect(sight(state, 100 + 2 * DAY)).toEqual({ first: 100 + 2 * DAY, passed: null })
    state.greylist.pass('k', 101 + 2 * DAY)
    expect(sight(state, 30 * DAY)).toEqual({ first: 100 + 2 * DAY, passed: 101 + 2 * DAY })
    // each sight prolongs its life
    expect(sight(state, 60 * DAY).passed).not.toBeNull()
    expect(sight(state, 96 * DAY)).toEqual({ first: 96 * DAY, passed: null })
  })

  it('counts good mails of a source', () => {
    const { greylist } = openState(':memory:')
    expect([greylist.credit('s', 1), greylist.credit('s', 2)]).toEqual([1, 2])
    expect(greylist.credits('s', DAY, 2 * DAY)).toBe(2)
    expect(greylist.credits('s', 3 * DAY, 2 * DAY)).toBe(0)
    greylist.discredit('s')
    expect(greylist.credits('s', 3, DAY)).toBe(0)
  })
})

describe('correspondents', () => {
  it('are remembered from the last mail to them, and bound once', () => {
    const { correspondents } = openState(':memory:')
    correspondents.wrote(['a@b.example', 'c@d.example'], 5)
    correspondents.wrote(['a@b.example'], 9)
    expect(correspondents.find('a@b.example', 10, DAY)).toEqual({
      address: 'a@b.example',
      first: 5,
      last: 9,
      mails: 2,
      identity: null,
    })
    correspondents.bind('a@b.example', 'dkim:b.example')
    correspondents.bind('a@b.example', 'spf:evil.example')
    expect(correspondents.find('a@b.example', 10, DAY)?.identity).toBe('dkim:b.example')
    expect(correspondents.find('a@b.example', 9 + DAY, DAY)).toBeNull()
    expect(correspondents.find('nobody@b.example', 10, DAY)).toBeNull()
    expect(correspondents.forget('c@d.example')).toBe(true)
  })
})

describe('sessions', () => {
  it('are counted by key, each once, and are gone when closed', () => {
    const { sessions } = openState(':memory:')
    expect([sessions.enter('k', '1'), sessions.enter('k', '2'), sessions.enter('k', '2')]).toEqual([1, 2, 2])
    sessions.enter('other', '2')
    expect([sessions.note('2', 'x'), sessions.note('2', 'x'), sessions.noted('1', 'x')]).toEqual([1, 2, 0])
    expect(sessions.top(5)).toEqual([
      { key: 'k', count: 2 },
      { key: 'other', count: 1 },
    ])
    sessions.close('2')
    sessions.close('2')
    sessions.close('never seen')
    expect([sessions.count('k'), sessions.count('other'), sessions.noted('2', 'x')]).toEqual([1, 0, 0])
    sessions.leave('k', '1')
    sessions.leave('k', '1')
    expect(sessions.count('k')).toBe(0)
  })
})

describe('the file', () => {
  it('survives a restart', () => {
    const directory = join(folder, 'restart')
    const first = openState(directory)
    first.counters.add('k', 4, 100, HOUR)
    first.blocks.block('b', 'why', 0, DAY)
    first.greylist.sight('g', 100, DAY, DAY)
    first.correspondents.wrote(['a@b.example'], 100)
    first.close()
    const second = openState(directory)
    expect(second.counters.count('k', 200, HOUR)).toBe(4)
    expect(second.blocks.blocked('b', 5)?.reason).toBe('why')
    expect(second.greylist.sight('g', 300, DAY, DAY).first).toBe(100)
    expect(second.correspondents.find('a@b.example', 200, DAY)?.mails).toBe(1)
    second.close()
  })

  it('is kept small by expiry, a bounded step at a time', () => {
    const state = openState(':memory:')
    for (let index = 0; index < 2500; index++) state.counters.add(`k${index}`, 1, index, HOUR)
    state.greylist.sight('old', 0, DAY, DAY)
    state.correspondents.wrote(['old@b.example'], 0)
    state.blocks.block('old', '', 0, 1)
    state.counters.add('fresh', 1, DAY, HOUR)
    const keep = { counters: HOUR, greylist: DAY - 1, correspondents: DAY - 1, reputation: DAY - 1 }
    let steps = 1
    while (expireState(state, DAY, keep)) steps++
    expect(steps).toBe(11)
    expect(state.counters.top('', DAY + 1, 2 * DAY, 10)).toEqual([{ key: 'fresh', count: 1 }])
    expect(state.correspondents.find('old@b.example', 1, DAY)).toBeNull()
  })

  it.each([
    [
      'is no database',
      'not a database at all, but long enough to be read as one '.repeat(200),
      /is not an SQLite database/,
    ],
    ['is cut off', null, /is damaged|is not an SQLite database/],
  ])('that %s is one clear message', (name, content, wanted) => {
    const directory = join(folder, name.replaceAll(' ', '-'))
    mkdirSync(directory)
    const file = join(directory, 'state.sqlite')
    if (content === null) {
      const whole = openState(directory)
      for (let index = 0; index < 500; index++) whole.counters.add(`k${index}`, 1, index, HOUR)
      whole.close()
      // A whole header before pages of rubbish.
      const bytes = Buffer.alloc(40_960, 7)
      Buffer.from('SQLite format 3\0').copy(bytes)
      writeFileSync(file, bytes)
    } else writeFileSync(file, content)
    expect(() => openState(directory)).toThrow(wanted)
    expect(() => openState(directory)).toThrow(StoreError)
  })

  it('that another program holds is one clear message, soon', () => {
    const directory = join(folder, 'locked')
    openState(directory).close()
    const other = new Database(join(directory, 'state.sqlite'))
    other.pragma('locking_mode = EXCLUSIVE')
    other.exec('BEGIN EXCLUSIVE')
    const started = performance.now()
    expect(() => openState(directory)).toThrow(/is locked by another program/)
    expect(performance.now() - started).toBeLessThan(2000)
    other.close()
  })

  it('of a newer version is not touched', () => {
    const path = join(folder, 'newer.sqlite')
    const newer = new Database(path)
    newer.pragma('user_version = 99')
    newer.close()
    expect(() => openDatabase(path, { migrations: ['CREATE TABLE t (a)'] })).toThrow(
      /written by a newer Hamlet/,
    )
  })

  it('cannot be made where there is no way: one clear message', () => {
    writeFileSync(join(folder, 'a-file'), '')
    expect(() => openState(join(folder, 'a-file', 'below'))).toThrow(StoreError)
  })

  const notRoot = process.getuid?.() === 0 ? it.skip : it
  notRoot('that may not be written is one clear message', () => {
    const directory = join(folder, 'read-only')
    openState(directory).close()
    chmodSync(join(directory, 'state.sqlite'), 0o400)
    chmodSync(directory, 0o500)
    expect(() => openState(directory)).toThrow(/is not writable|cannot be opened/)
    chmodSync(directory, 0o700)
  })
})
