import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import type { BayesStore, LessonInput, MailClass, Teach } from '../../lib/store/bayes-store.ts'

let home = ''
const opened: BayesStore[] = []
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'bayes-'))))
afterEach(() => {
  for (const store of opened.splice(0)) store.close()
  rmSync(home, { recursive: true })
})
const open = (options: Parameters<typeof openBayesStore>[1] = {}) => {
  const store = openBayesStore(home, { slots: 1024, salt: [1, 2], ...options })
  opened.push(store)
  return store
}

const ORIGIN = { at: 86_400_000 * 20_000, who: 'anna', source: 'command' }
const lesson = (name: string, as: MailClass, words: number[]): LessonInput => ({
  ...ORIGIN,
  about: `<${name}@example.org>`,
  message: Buffer.from(name.padEnd(16)),
  as,
  features: { words: Float64Array.from(words), blocks: [Int32Array.from(words), Int32Array.from([1000, 3])] },
})
const always: Teach = ({ blocks }, as) => blocks.map(() => (as === 'spam' ? 0.5 : -0.25))
/** Teaches each mail once, so that going over it again changes nothing. */
let taught = new Set<string>()
beforeEach(() => void (taught = new Set()))
const teach: Teach = (features, as, model) => {
  const key = `${as} ${[...features.words].sort().join()}`
  if (taught.has(key)) return [0, 0]
  taught.add(key)
  return always(features, as, model)
}
const countsOf = (store: BayesStore, ...words: number[]) => [
  ...store.model().counts(Float64Array.from(words)),
]
const weightOf = (store: BayesStore, slot: number) => store.model().weights[slot]

describe('the classifier store', () => {
  it('learns once, moves on the other class, forgets', () => {
    const store = open()
    expect(store.learn([lesson('a', 'spam', [5, 2 ** 52 + 1])], teach)).toEqual(['learned'])
    expect(store.learn([lesson('a', 'spam', [5, 2 ** 52 + 1])], teach)).toEqual(['known'])
    expect(countsOf(store, 5, 2 ** 52 + 1, 6)).toEqual([1, 0, 1, 0, 0, 0])
    expect(weightOf(store, 1000)).toBe(0.5)
    expect(store.learn([lesson('a', 'ham', [5, 2 ** 52 + 1])], teach)).toEqual(['relearned'])
    expect(store.totals()).toEqual({ spam: 0, ham: 1 })
    expect(countsOf(store, 5)).toEqual([0, 1])
    expect(weightOf(store, 1000)).toBe(-0.25)
    expect(store.learnedAs(Buffer.from('a'.padEnd(16)))).toBe('ham')
    const { message, features } = lesson('a', 'ham', [5])
    expect(store.forget(message, features, { ...ORIGIN, about: '' })).toBe('forgotten')
    expect(store.forget(message, features, { ...ORIGIN, about: '' })).toBe('unknown')
    expect(store.totals()).toEqual({ spam: 0, ham: 0 })
    expect(countsOf(store, 5, 2 ** 52 + 1)).toEqual([0, 0, 0, 0])
    expect(weightOf(store, 1000)).toBe(0)
  })
  it('follows what another process learns, and keeps it over a restart', () => {
    const one = open()
    const two = open()
    expect(countsOf(two, 7)).toEqual([0, 0])
    one.learn([lesson('a', 'spam', [7])], teach)
    expect(countsOf(two, 7)).toEqual([1, 0])
    two.learn([lesson('b', 'spam', [7, 20])], teach)
    one.learn([lesson('c', 'ham', [7])], teach)
    for (const store of [one, two, open()]) {
      expect(countsOf(store, 7)).toEqual([2, 1])
      expect(weightOf(store, 7)).toBe(0.75)
      expect(store.totals()).toEqual({ spam: 2, ham: 1 })
    }
  })
  it('keeps the weights when the lessons are many and their deltas are dropped', () => {
    const store = open()
    const slow = open()
    slow.model()
    for (let batch = 0; batch < 12; batch++)
      store.learn(
        Array.from({ length: 50 }, (_, n) => lesson(`${batch}/${n}`, 'spam', [n + 1])),
        always,
      )
    const weight = weightOf(store, 1000)
    expect(weight).toBeGreaterThan(300)
    expect(weightOf(open(), 1000)).toBe(weight)
    expect(weightOf(slow, 1000)).toBe(weight)
    expect(countsOf(slow, 1, 50, 51)).toEqual([12, 0, 12, 0, 0, 0])
  })
  it('rolls memory back with the file', () => {
    const store = open()
    store.learn([lesson('a', 'spam', [7])], teach)
    let calls = 0
    const fails: Teach = (features, as, model) => {
      if (calls++ === 1) throw new Error('no')
      return teach(features, as, model)
    }
    expect(() => store.learn([lesson('b', 'spam', [7]), lesson('c', 'spam', [7])], fails)).toThrow('no')
    expect(countsOf(store, 7)).toEqual([1, 0])
    expect(weightOf(store, 7)).toBe(0.5)
    store.learn([lesson('d', 'spam', [7, 21])], teach)
    expect(countsOf(store, 7)).toEqual([2, 0])
    expect(countsOf(open(), 7)).toEqual([2, 0])
    expect(weightOf(store, 7)).toBe(1)
  })
  it('keeps a journal and takes lessons back', () => {
    const store = open()
    store.learn([lesson('a', 'ham', [7])], teach)
    store.learn([lesson('a', 'spam', [7])], teach)
    store.learn([{ ...lesson('b', 'spam', [8]), at: ORIGIN.at + 5, who: 'ben', source: 'folder' }], teach)
    const [b, a] = store.journal({})
    expect(b).toMatchObject({ who: 'ben', source: 'folder', as: 'spam', before: 'none', state: 'active' })
    expect(a).toMatchObject({ about: '<a@example.org>', as: 'spam', before: 'ham' })
    expect(store.journal({ source: 'folder' }).map(({ id }) => id)).toEqual([b!.id])
    expect(store.journal({ since: ORIGIN.at + 1, limit: 5 })).toHaveLength(1)
    const origin = { ...ORIGIN, about: '', source: 'undo' }
    expect(store.undo(a!.id, origin)).toBe(true)
    expect(store.undo(a!.id, origin)).toBe(false)
    expect(store.learnedAs(Buffer.from('a'.padEnd(16)))).toBe('ham')
    expect(store.totals()).toEqual({ spam: 1, ham: 1 })
    expect(countsOf(store, 7, 8)).toEqual([0, 1, 1, 0])
    expect(weightOf(store, 7)).toBe(-0.25)
    expect(store.undo(b!.id, origin)).toBe(true)
    expect(countsOf(store, 7, 8)).toEqual([0, 1, 0, 0])
    expect(store.learn([lesson('a', 'ham', [7])], teach)).toEqual(['known'])
  })
  it('takes a forgetting back', () => {
    const store = open()
    store.learn([lesson('a', 'ham', [7])], teach)
    store.forget(Buffer.from('a'.padEnd(16)), null, { ...ORIGIN, about: '' })
    const [forgotten] = store.journal({})
    expect(store.undo(forgotten!.id, { ...ORIGIN, about: '' })).toBe(true)
    expect(countsOf(store, 7)).toEqual([0, 1])
    expect(store.totals()).toEqual({ spam: 0, ham: 1 })
    expect(store.learn([lesson('a', 'spam', [7])], teach)).toEqual(['relearned'])
    expect(countsOf(store, 7)).toEqual([1, 0])
    expect(weightOf(store, 7)).toBe(0.5)
  })
  it('goes over earlier lessons again, and takes that back with the lesson', () => {
    const store = open()
    store.learn([lesson('a', 'spam', [7])], always)
    for (let n = 0; n < 8; n++) store.learn([lesson(`b${n}`, 'ham', [9])], always)
    expect(weightOf(store, 7)).toBeGreaterThan(0.5)
    expect(store.journal({})).toHaveLength(9)
    for (const { id } of store.journal({})) expect(store.undo(id, { ...ORIGIN, about: '' })).toBe(true)
    expect([weightOf(store, 7), weightOf(store, 9), weightOf(store, 1000)]).toEqual([0, 0, 0])
    expect(weightOf(open(), 7)).toBe(0)
  })
  it('finds a message by its Message-ID', () => {
    const store = open()
    store.learn([lesson('a', 'ham', [7])], teach)
    expect(Buffer.from(store.messageOf('<a@example.org>')!).toString().trim()).toBe('a')
    expect(store.messageOf('<b@example.org>')).toBeNull()
  })
  it('never grows over its size', () => {
    const store = open({ size: 1024 ** 2, slots: 1024 })
    for (let batch = 0; batch < 30; batch++)
      store.learn(
        Array.from({ length: 50 }, (_, n) => ({
          ...lesson(
            `${batch}/${n}`,
            'spam',
            Array.from({ length: 30 }, (_, w) => ((batch * 50 + n) * 30 + w) * 7919 + 11),
          ),
          at: ORIGIN.at + batch * 86_400_000,
        })),
        teach,
      )
    expect(store.totals().spam).toBe(1500)
  })
  it('goes on learning when the file was filled in one day', () => {
    const size = 512 * 1024
    const store = open({ size, slots: 1024 })
    for (let mail = 0; mail < 1500; mail++) {
      const words = Array.from({ length: 60 }, (_, word) => (mail * 60 + word) * 7919 + 11)
      expect(store.learn([lesson(String(mail), mail % 2 ? 'spam' : 'ham', [3, ...words])], teach)).toEqual([
        'learned',
      ])
    }
    expect(store.overview(0).octets).toBeLessThanOrEqual(size)
    // what every mail had is still known, and so is the newest
    const [spam = 0, ham = 0] = countsOf(store, 3)
    expect(spam + ham).toBeGreaterThan(1000)
    expect(countsOf(store, (1499 * 60 + 5) * 7919 + 11)).toEqual([1, 0])
  })
  it('says what is wrong with a file that is no database', () => {
    writeFileSync(join(home, 'bayes.sqlite'), 'nothing of the kind'.repeat(100))
    expect(() => open()).toThrow('is not an SQLite database')
  })
  it('says that the file is locked, and works again when it is not', () => {
    const one = open({ lockTimeout: 20 })
    const two = open({ lockTimeout: 20 })
    expect(() =>
      one.learn([lesson('a', 'spam', [7])], () => {
        expect(() => two.learn([lesson('b', 'spam', [7])], teach)).toThrow('is locked')
        expect(countsOf(two, 7)).toEqual([0, 0])
        return [0, 0]
      }),
    ).not.toThrow()
    expect(two.learn([lesson('b', 'spam', [7])], teach)).toEqual(['learned'])
    expect(countsOf(one, 7)).toEqual([2, 0])
  })
  it('reads without writing where it may not write', () => {
    const one = open()
    one.learn([lesson('a', 'spam', [7])], teach)
    const two = open({ readonly: true })
    expect(countsOf(two, 7)).toEqual([1, 0])
    expect(() => two.learn([lesson('b', 'spam', [7])], teach)).toThrow('not writable')
  })
})
