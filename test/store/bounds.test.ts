/** Every table has a bound, and a file whose rows go gets smaller. */
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import Database from 'better-sqlite3'
import { openHistory } from '../../lib/store/history-sqlite.ts'
import { openSeen } from '../../lib/store/seen-store.ts'
import { expireState, openState, type RowBounds, type StateStore } from '../../lib/store/state.ts'
import { decisionWith } from '../support/decision.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 1000 * DAY
let folder = ''
beforeAll(() => void (folder = mkdtempSync(join(tmpdir(), 'bounds-'))))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const BOUNDS: RowBounds = {
  events: 100,
  greylisted: 100,
  reputations: 100,
  correspondents: 100,
  blocks: 100,
  senderEntries: 100,
  releases: 100,
}
const KEEP = { counters: HOUR, greylist: DAY, correspondents: DAY, reputation: DAY }
const FADE = { halfLife: DAY, most: 50 }

function rows(directory: string, file: string, table: string): number {
  const database = new Database(join(directory, file), { readonly: true })
  const count = Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
  database.close()
  return count
}

describe('a table never has more rows than it may', () => {
  const TABLES: readonly (readonly [string, string, (state: StateStore, index: number) => void])[] = [
    ['counters.sqlite', 'events', (state, index) => state.counters.add(`k${index}`, 1, NOW + index, HOUR)],
    ['counters.sqlite', 'events', (state, index) => state.counters.take('k', 1, 1e9, NOW + index, HOUR)],
    [
      'greylist.sqlite',
      'greylist',
      (state, index) => state.greylist.sight(`k${index}`, NOW + index, HOUR, DAY),
    ],
    ['greylist.sqlite', 'good_sources', (state, index) => state.greylist.credit(`s${index}`, NOW + index)],
    [
      'reputation.sqlite',
      'reputation',
      (state, index) => state.reputation.add(`${index}@a.example`, 'net', 1, NOW + index, FADE),
    ],
    [
      'state.sqlite',
      'correspondents',
      (state, index) => state.correspondents.wrote([`${index}@a.example`], NOW + index),
    ],
    [
      'state.sqlite',
      'blocks',
      (state, index) => state.blocks.block(`k${index}`, 'why', NOW + index, NOW + DAY),
    ],
    ['state.sqlite', 'releases', (state, index) => state.releases.add(`k${index}`, NOW + DAY + index)],
  ]
  it.each(TABLES)('%s %s', (file, table, add) => {
    const directory = mkdtempSync(join(folder, 'table-'))
    const state = openState(directory, { bounds: BOUNDS, owner: true })
    for (let index = 0; index < 350; index++) add(state, index)
    let steps = 1
    while (expireState(state, NOW + 350, KEEP)) steps++
    state.close()
    expect(rows(directory, file, table)).toBe(100)
    expect(steps).toBeLessThan(5)
    // the count is right again after a start, and the newest are those that stay
    const again = openState(directory, { bounds: { ...BOUNDS, [table]: 100 }, owner: true })
    add(again, 350)
    expireState(again, NOW + 351, KEEP)
    again.close()
    expect(rows(directory, file, table)).toBe(100)
    const database = new Database(join(directory, file), { readonly: true })
    const time = { events: 'at', blocks: 'since', releases: 'expires' }[table] ?? 'last'
    expect(Number(database.prepare(`SELECT min(${time}) FROM ${table}`).pluck().get())).toBe(
      NOW + 251 + (table === 'releases' ? DAY : 0),
    )
    database.close()
  })

  it('also while the clock cannot be believed: then nothing goes for its age, but what is too much does', () => {
    const state = openState(':memory:', { bounds: BOUNDS })
    for (let index = 0; index < 150; index++) state.counters.add('k', 1, NOW - DAY + index, HOUR)
    expireState(state, NOW, KEEP, false)
    expect(state.counters.count('k', NOW, 2 * DAY)).toBe(100)
    expireState(state, NOW, KEEP, true)
    expect(state.counters.count('k', NOW, 2 * DAY)).toBe(0)
  })

  it('sender lists, which are written by hand, refuse one more', () => {
    const { senderLists } = openState(':memory:', { bounds: { ...BOUNDS, senderEntries: 2 } })
    const put = (sender: string) =>
      senderLists.put({
        kind: 'block',
        sender,
        recipient: '',
        proof: 'unproven',
        note: '',
        added: NOW,
        expires: 0,
      })
    put('a@b.example')
    put('c@d.example')
    expect(() => put('e@f.example')).toThrow(/have 2 entries, which is `store\.most_sender_entries`/)
    expect(senderLists.list(null, NOW)).toHaveLength(2)
  })

  it('the list of DNS lists has a row for each that is configured', () => {
    const { listStatus } = openState(':memory:')
    const record = { label: 'a', suspended: null, since: null, tested: null, silent: null, share: null }
    for (let times = 0; times < 10; times++) listStatus.replace([record, record], NOW)
    expect(listStatus.latest(NOW)?.records).toHaveLength(2)
  })
})

const decision = (at: number) =>
  decisionWith({
    at,
    reference: `r-${at}`,
    client: '192.0.2.7',
    sender: 'a@b.example',
    recipients: ['c@d.example'],
    why: 'x'.repeat(300),
  })
const sizeOf = (path: string): number => {
  const database = new Database(path)
  database.pragma('wal_checkpoint(TRUNCATE)')
  database.close()
  return statSync(path).size
}

describe('a file shrinks when its rows have gone', () => {
  it('history.sqlite, also one that was made without being able to', () => {
    const directory = mkdtempSync(join(folder, 'history-'))
    const path = join(directory, 'history.sqlite')
    openHistory(directory).close()
    // as it was written before: every page stays in the file
    const before = new Database(path)
    before.pragma('auto_vacuum = NONE')
    before.exec('VACUUM')
    before.close()
    const history = openHistory(directory, { convert: true })
    history.add(Array.from({ length: 20_000 }, (_, index) => decision(index)))
    const full = sizeOf(path)
    while (history.expire(19_000, 1e6, 500) > 0);
    let steps = 0
    while (history.shrink()) steps++
    history.close()
    expect(steps).toBeGreaterThan(10)
    expect(sizeOf(path)).toBeLessThan(full / 3)
  })

  it('reputation.sqlite', () => {
    const directory = mkdtempSync(join(folder, 'reputation-'))
    const path = join(directory, 'reputation.sqlite')
    const state = openState(directory, { bounds: { ...BOUNDS, reputations: 1000 }, owner: true })
    for (let index = 0; index < 20_000; index++)
      state.reputation.add(`somebody-${index}@sender.example`, 'net:192.0.2.0/24', 1, NOW + index, FADE)
    const full = sizeOf(path)
    while (expireState(state, NOW, KEEP));
    while (state.settle());
    state.close()
    expect(rows(directory, 'reputation.sqlite', 'reputation')).toBe(1000)
    expect(sizeOf(path)).toBeLessThan(full / 2)
  })

  it('seen.sqlite, when it may be smaller than it was', () => {
    const directory = mkdtempSync(join(folder, 'seen-'))
    const path = join(directory, 'seen.sqlite')
    const message = (index: number) => ({
      message: Buffer.from(`m${index}`),
      about: '',
      features: { words: Float64Array.from({ length: 1000 }, (_, at) => at * 1e9 + index), blocks: [] },
    })
    const large = openSeen(directory, { size: 20e6 })
    for (let index = 0; index < 1500; index++) large.add(`r-${index}`, [1, 2], message(index))
    large.close()
    const full = sizeOf(path)
    const small = openSeen(directory, { size: 2e6 })
    for (let index = 0; index < 500; index++) small.add(`s-${index}`, [1, 2], message(index))
    small.close()
    expect(full).toBeGreaterThan(4e6)
    expect(sizeOf(path)).toBeLessThan(3.5e6)
  })
})

describe('a state.sqlite of before, with every table in it', () => {
  it('gives up what has a file of its own now, the newest rows of it, and shrinks', () => {
    const directory = mkdtempSync(join(folder, 'old-'))
    const path = join(directory, 'state.sqlite')
    const old = new Database(path)
    old.pragma('journal_mode = WAL')
    old.exec(`
      CREATE TABLE events (key TEXT NOT NULL, at INTEGER NOT NULL, amount INTEGER NOT NULL, PRIMARY KEY (key, at)) WITHOUT ROWID;
      CREATE INDEX events_at ON events (at);
      CREATE TABLE blocks (key TEXT PRIMARY KEY, reason TEXT NOT NULL, since INTEGER NOT NULL, until INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX blocks_until ON blocks (until);
      CREATE TABLE greylist (key TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, passed INTEGER) WITHOUT ROWID;
      CREATE INDEX greylist_last ON greylist (last);
      CREATE TABLE good_sources (source TEXT PRIMARY KEY, mails INTEGER NOT NULL, last INTEGER NOT NULL) WITHOUT ROWID;
      CREATE INDEX good_sources_last ON good_sources (last);
      CREATE TABLE correspondents (address TEXT PRIMARY KEY, first INTEGER NOT NULL, last INTEGER NOT NULL, mails INTEGER NOT NULL, identity TEXT) WITHOUT ROWID;
      CREATE INDEX correspondents_last ON correspondents (last);
      CREATE TABLE reputation (address TEXT NOT NULL, identity TEXT NOT NULL, mails REAL NOT NULL, total REAL NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (address, identity)) WITHOUT ROWID;
      CREATE INDEX reputation_last ON reputation (last);
      CREATE TABLE sender_list (kind TEXT NOT NULL, sender TEXT NOT NULL, recipient TEXT NOT NULL, proof TEXT NOT NULL, note TEXT NOT NULL, added INTEGER NOT NULL, expires INTEGER NOT NULL, used INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (sender, kind, recipient)) WITHOUT ROWID;
      CREATE TABLE releases (key TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;
      CREATE TABLE list_status (place INTEGER PRIMARY KEY, label TEXT NOT NULL, suspended TEXT, since INTEGER, tested INTEGER, silent TEXT, share REAL, at INTEGER NOT NULL);
      PRAGMA user_version = 3;
    `)
    old.exec('BEGIN')
    const sender = old.prepare('INSERT INTO reputation VALUES (?, ?, 3, 6, ?)')
    for (let index = 0; index < 30_000; index++)
      sender.run(`a${index}@b.example`, 'net:192.0.2.0/24', NOW + index)
    old.prepare('INSERT INTO events VALUES (?, ?, 2)').run('k', NOW)
    old.prepare('INSERT INTO greylist VALUES (?, ?, ?, ?)').run('g', NOW, NOW, NOW)
    old.prepare('INSERT INTO good_sources VALUES (?, 4, ?)').run('s', NOW)
    old.prepare('INSERT INTO blocks VALUES (?, ?, ?, ?)').run('b', 'why', NOW, NOW + DAY)
    old.prepare('INSERT INTO correspondents VALUES (?, ?, ?, 1, NULL)').run('p@q.example', NOW, NOW)
    old.exec('COMMIT')
    old.close()
    const full = statSync(path).size

    const state = openState(directory, { bounds: { ...BOUNDS, reputations: 5000 }, owner: true })
    expect(state.reputation.find('a29999@b.example', 'net:192.0.2.0/24', NOW + 30_000)?.total).toBe(6)
    expect(state.reputation.find('a0@b.example', 'net:192.0.2.0/24', NOW + 30_000)).toBeNull()
    expect(state.counters.count('k', NOW, HOUR)).toBe(2)
    expect(state.greylist.sight('g', NOW + 1, DAY, DAY)).toEqual({ first: NOW, passed: NOW })
    expect(state.greylist.credits('s', NOW, DAY)).toBe(4)
    expect(state.blocks.blocked('b', NOW)?.reason).toBe('why')
    expect(state.correspondents.find('p@q.example', NOW, DAY)?.mails).toBe(1)
    state.close()
    expect(rows(directory, 'reputation.sqlite', 'reputation')).toBe(5000)
    expect(sizeOf(path)).toBeLessThan(full / 10)
    // and again: nothing is there to be moved, nothing is lost
    const again = openState(directory)
    expect(again.counters.count('k', NOW, HOUR)).toBe(2)
    again.close()
  })
})
