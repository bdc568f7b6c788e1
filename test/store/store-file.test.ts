/** What the stores do while something is wrong with their files. */
import { mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import Database from 'better-sqlite3'
import { FileGate } from '../../lib/store/file-gate.ts'
import { openStores } from '../../lib/store/open.ts'
import { openSeen } from '../../lib/store/seen-store.ts'
import { openState } from '../../lib/store/state.ts'
import { openStoreFile } from '../../lib/store/store-file.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const FADE = { halfLife: DAY, most: 1e6 }
const FILES = ['state', 'counters', 'greylist', 'reputation'] as const
let directory = ''
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), 'store-file-'))))
afterEach(() => rmSync(directory, { recursive: true, force: true }))

/** The stores of a daemon, with a clock of their own. */
function daemonStores() {
  const said: string[] = []
  let now = 0
  const { store, problems } = openStores(
    directory,
    {},
    { owner: true, say: (_severity, text) => void said.push(text), clock: () => now },
  )
  return { store, problems, said, pass: (milliseconds: number) => void (now += milliseconds) }
}

function lock(file: string): () => void {
  const other = new Database(join(directory, `${file}.sqlite`))
  other.exec('BEGIN IMMEDIATE')
  return () => {
    other.exec('COMMIT')
    other.close()
  }
}

describe('a file gate', () => {
  it('lets through until something fails, then probes only, more and more seldom', () => {
    const gate = new FileGate()
    const probes: number[] = []
    for (let now = 0; now < 60_000; now += 100)
      if (gate.open(now)) {
        probes.push(now)
        gate.failed(now, 'locked')
      }
    expect(probes).toEqual([0, 1000, 3000, 7000, 15_000, 25_000, 35_000, 45_000, 55_000])
    expect([gate.succeeded(), gate.succeeded(), gate.open(55_001)]).toEqual([true, false, true])
  })
})

describe('while another program has every file locked', () => {
  it('reading goes on, what may be written later is, and only the first attempt waits', () => {
    const { store, said, pass } = daemonStores()
    store.reputation.add('a@b.example', 'net', 1, 5, FADE)
    store.blocks.block('old', 'why', 1, HOUR)
    const unlock = FILES.map(lock)
    const attempts = () => [
      () => store.counters.take('k', 1, 10, 5, HOUR),
      () => store.greylist.sight('k', 5, HOUR, DAY),
    ]
    for (const attempt of attempts()) expect(attempt).toThrow(/locked by another program/)
    const started = process.hrtime.bigint()
    for (let times = 0; times < 500; times++) {
      for (const attempt of attempts())
        expect(attempt).toThrow(/locked by another program.*not asked again yet/)
      store.reputation.add('a@b.example', 'net', 1, 10 + times, FADE)
      store.correspondents.wrote([`p${times}@q.example`], 10)
    }
    // 2000 attempts that waited a quarter of a second each would take eight minutes
    expect(Number(process.hrtime.bigint() - started) / 1e6).toBeLessThan(30_000)
    expect(store.blocks.blocked('old', 5)?.reason).toBe('why')
    expect(store.counters.count('k', 5, HOUR)).toBe(0)
    expect(said).toHaveLength(4)
    expect(
      said.every((text) => /is locked by another program.*what needs it is unavailable/.test(text)),
    ).toBe(true)

    for (const open of unlock) open()
    pass(60_000)
    while (store.settle());
    expect(store.reputation.find('a@b.example', 'net', 600)?.total).toBeCloseTo(501, 0)
    expect(store.correspondents.find('p499@q.example', 20, DAY)?.mails).toBe(1)
    expect(store.counters.take('k', 1, 10, 5, HOUR).taken).toBe(true)
    expect(said.slice(4)).toHaveLength(4)
    expect(said.slice(4).every((text) => text.endsWith('can be used again'))).toBe(true)
    store.close()
  })

  it('what waits is bounded, and what was dropped is said', () => {
    const { store, said, pass } = daemonStores()
    const unlock = lock('reputation')
    for (let times = 0; times < 6000; times++) store.reputation.add(`${times}@b.example`, 'net', 1, 10, FADE)
    unlock()
    pass(60_000)
    let steps = 1
    while (store.settle()) steps++
    expect(steps).toBe(25)
    expect(said.at(-1)).toMatch(/reputation\.sqlite: 1000 notes were not kept, because too many waited/)
    expect(store.reputation.find('4999@b.example', 'net', 10)).not.toBeNull()
    expect(store.reputation.find('5000@b.example', 'net', 10)).toBeNull()
    store.close()
  })

  it('a daemon that starts then uses them when they are free', () => {
    openState(directory).close()
    const others = FILES.map((file) => {
      const other = new Database(join(directory, `${file}.sqlite`))
      other.pragma('locking_mode = EXCLUSIVE')
      other.exec('BEGIN EXCLUSIVE')
      return other
    })
    const { store, problems, pass } = daemonStores()
    expect(
      problems.filter((text) => /is locked by another program/.test(text)).length,
    ).toBeGreaterThanOrEqual(4)
    expect(() => store.counters.take('k', 1, 10, 5, HOUR)).toThrow(/locked/)
    store.reputation.add('a@b.example', 'net', 1, 5, FADE)
    for (const other of others) other.close()
    pass(60_000)
    while (store.settle());
    expect(store.counters.take('k', 1, 10, 5, HOUR).taken).toBe(true)
    expect(store.reputation.find('a@b.example', 'net', 5)?.mails).toBe(1)
    store.close()
  })
})

const RUBBISH = Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(60_000, 7)])

describe('a damaged file', () => {
  it.each([
    ['rubbish with a good beginning', RUBBISH],
    ['no database at all', Buffer.from('hello, this is a text\n'.repeat(200))],
  ])('at the start (%s) is moved aside, said once, and a new one is used', (_name, content) => {
    for (const file of [...FILES, 'bayes']) writeFileSync(join(directory, `${file}.sqlite`), content)
    const { store, problems, said } = daemonStores()
    expect(problems.filter((text) => /is damaged: it is now .*\.damaged-/.test(text))).toHaveLength(4)
    expect(problems.at(-1)).toMatch(/what the classifier had learned is now in .*bayes\.sqlite\.damaged-/)
    expect(store.counters.take('k', 1, 10, 5, HOUR).taken).toBe(true)
    expect(store.greylist.sight('k', 5, HOUR, DAY).passed).toBeNull()
    expect(store.bayes.totals()).toEqual({ spam: 0, ham: 0 })
    expect(said).toEqual([])
    expect(
      readdirSync(directory).filter((name) => /\.damaged-\d{4}-\d\d-\d\dT\d{6}Z$/.test(name)),
    ).toHaveLength(5)
    store.close()
  })

  it('while running is moved aside, said once, and the call that met it is answered from a new one', () => {
    const { store, said } = daemonStores()
    for (let index = 0; index < 5000; index++) store.counters.add(`key-${index}`, 1, index, HOUR)
    const path = join(directory, 'counters.sqlite')
    const other = new Database(path)
    other.pragma('wal_checkpoint(TRUNCATE)')
    other.close()
    // its beginning is whole, and everything behind it is gone
    truncateSync(path, 4096)
    for (let index = 0; index < 5000; index++) store.counters.add(`key-${index}`, 1, 10_000 + index, HOUR)
    expect(said).toHaveLength(1)
    expect(said[0]).toMatch(
      /counters\.sqlite is damaged: it is now .*counters\.sqlite\.damaged-.*, and a new one is begun/,
    )
    expect(store.counters.count('key-4999', 20_000, HOUR)).toBeGreaterThan(0)
    store.close()
  })

  it('is left alone by those who do not own it: a command, a worker', () => {
    writeFileSync(join(directory, 'state.sqlite'), RUBBISH)
    expect(() => openState(directory)).toThrow(/damaged|not an SQLite database/)
    const { store, problems } = openStores(directory)
    expect(problems[0]).toMatch(/damaged|not an SQLite database/)
    expect(() => store.blocks.blocked('k', 5)).toThrow(/damaged|not an SQLite database/)
    expect(readdirSync(directory).some((name) => name.includes('damaged'))).toBe(false)
    store.close()
  })
})

describe('a damaged file that several may move aside, as the workers do with what they have seen', () => {
  it('is moved once: the new one of the first is not taken for it', () => {
    const message = {
      message: Buffer.from('m'),
      about: '',
      features: { words: Float64Array.of(1, 2), blocks: [] },
    }
    const workers = Array.from({ length: 3 }, () => openSeen(directory, { size: 1e6, owner: true }))
    workers[0]?.add('r-0', [1, 2], message)
    const other = new Database(join(directory, 'seen.sqlite'))
    other.pragma('wal_checkpoint(TRUNCATE)')
    other.close()
    truncateSync(join(directory, 'seen.sqlite'), 4096)
    for (const [number, worker] of workers.entries()) worker.add(`r-${number + 1}`, [1, 2], message)
    for (const number of [1, 2, 3])
      expect(workers.map((worker) => worker.find(`r-${number}`, [1, 2]) !== null)).toEqual([true, true, true])
    for (const worker of workers) worker.close()
    const aside = readdirSync(directory).filter((name) => /\.damaged-.*Z$/.test(name))
    expect(aside).toHaveLength(1)
  })
})

describe('a file that was deleted or replaced under the running daemon', () => {
  it('is opened anew', () => {
    const { store, pass, said } = daemonStores()
    store.blocks.block('k', 'before', 1, HOUR)
    for (const ending of ['', '-wal', '-shm'])
      rmSync(join(directory, `state.sqlite${ending}`), { force: true })
    pass(10_000)
    expect(store.blocks.blocked('k', 5)).toBeNull()
    store.blocks.block('k', 'after', 1, HOUR)
    expect(store.blocks.blocked('k', 5)?.reason).toBe('after')
    expect(readdirSync(directory)).toContain('state.sqlite')
    expect(said).toEqual([])
    store.close()
  })
})

describe('a mistake of the caller', () => {
  it('is none of the file', () => {
    const file = openStoreFile({
      path: ':memory:',
      database: { migrations: ['CREATE TABLE t (a UNIQUE)'] },
      create: (database) => ({
        t: {
          add: (value: number) => void database.prepare('INSERT INTO t VALUES (?)').run(value),
          fail: () => {
            throw new TypeError('no such thing')
          },
        },
      }),
      reads: {},
      later: { t: ['add'] },
    })
    file.stores.t.add(1)
    expect(() => file.stores.t.add(1)).toThrow(/UNIQUE/)
    expect(() => file.stores.t.fail()).toThrow(TypeError)
    file.stores.t.add(2)
    file.close()
    expect(() => file.stores.t.add(3)).toThrow(/not open/)
  })
})

describe('a full disk', () => {
  it('is met as a lock is: said once, what may wait is written when there is room again', () => {
    let room = 6
    const said: string[] = []
    let now = 0
    const file = openStoreFile({
      path: join(directory, 'full.sqlite'),
      database: { migrations: ['CREATE TABLE t (number INTEGER, filler BLOB)'] },
      create(database) {
        // what SQLite may use, as a disk that has so much room
        const insert = database.prepare('INSERT INTO t VALUES (?, zeroblob(3000))')
        const count = database.prepare<[], number>('SELECT count(*) FROM t').pluck()
        return {
          t: {
            add: (number: number) => {
              database.pragma(`max_page_count = ${room}`)
              insert.run(number)
            },
            need: (number: number) => {
              database.pragma(`max_page_count = ${room}`)
              return insert.run(number).changes
            },
            count: () => count.get() ?? 0,
          },
        }
      },
      reads: { t: ['count'] },
      later: { t: ['add'] },
      say: (_severity, text) => void said.push(text),
      clock: () => now,
    })
    for (let number = 0; number < 50; number++) file.stores.t.add(number)
    const before = file.stores.t.count()
    expect(before).toBeLessThan(10)
    expect(() => file.stores.t.need(1)).toThrow(/the disk is full \(not asked again yet\)/)
    room = 1000
    now = 60_000
    while (file.settle());
    expect(file.stores.t.count()).toBe(50)
    expect(file.stores.t.need(1)).toBe(1)
    expect(said).toEqual([
      expect.stringMatching(/full\.sqlite cannot be written: the disk is full; what needs it is unavailable/),
      expect.stringMatching(/full\.sqlite can be used again/),
    ])
    file.close()
  })
})
