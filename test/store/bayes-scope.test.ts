/** Several models in one file: the site's, a domain's, a user's. None hears anything of the others. */
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { openModel } from '../../lib/store/bayes-place.ts'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import type { BayesStore, LessonInput, MailClass, Teach } from '../../lib/store/bayes-store.ts'

let home = ''
const opened: BayesStore[] = []
beforeEach(() => void (home = mkdtempSync(join(tmpdir(), 'bayes-scope-'))))
afterEach(() => {
  for (const store of opened.splice(0)) store.close()
  rmSync(home, { recursive: true })
})
const open = (scope: string, size?: number) => {
  const store = openBayesStore(home, {
    slots: 1024,
    salt: [1, 2],
    scope,
    ...(size === undefined ? {} : { size }),
  })
  opened.push(store)
  return store
}
const lesson = (name: string, as: MailClass, words: readonly number[], source = 'command'): LessonInput => ({
  at: 86_400_000 * 20_000,
  who: 'anna',
  source,
  about: `<${name}@example.org>`,
  message: Buffer.from(name.padEnd(16)),
  as,
  features: { words: Float64Array.from(words), blocks: [Int32Array.of(3)] },
})
const teach: Teach = (_, as) => [as === 'spam' ? 0.5 : -0.25]
const still: Teach = () => [0]
const countsOf = (store: BayesStore, ...words: number[]) => [
  ...store.model().counts(Float64Array.from(words)),
]

describe('models in one file', () => {
  it('have keys, counts, weights, totals and journals of their own', () => {
    const [site, domain, user] = [open(''), open('example.org'), open('anna@example.org')]
    const keys = new Set([site, domain, user].map(({ salt }) => salt.join()))
    expect(keys.size).toBe(3)
    expect(open('example.org').salt).toEqual(domain.salt)
    site.learn([lesson('a', 'spam', [10])], teach)
    // the same message is another one to another model
    expect(domain.learn([lesson('a', 'ham', [20])], teach)).toEqual(['learned'])
    expect([site, domain, user].map((store) => store.totals())).toEqual([
      { spam: 1, ham: 0 },
      { spam: 0, ham: 1 },
      { spam: 0, ham: 0 },
    ])
    expect([site, domain, user].map((store) => store.learnedAs(Buffer.from('a'.padEnd(16))))).toEqual([
      'spam',
      'ham',
      null,
    ])
    expect(Math.sign(site.model().weights[3]!)).toBe(1)
    expect(Math.sign(domain.model().weights[3]!)).toBe(-1)
    expect(user.model().weights[3]).toBe(0)
    expect(domain.journal({}).map(({ as }) => as)).toEqual(['ham'])
    expect(user.messageOf('<a@example.org>')).toBeNull()
    expect([site, domain, user].map((store) => store.overview(0).words)).toEqual([1, 1, 0])
  })

  it('follow their own lessons past those of the others', () => {
    const [site, domain] = [open(''), open('example.org')]
    const reader = open('example.org')
    for (let n = 0; n < 20; n++) {
      site.learn([lesson(`s${n}`, 'spam', [100 + n])], still)
      domain.learn([lesson(`d${n}`, 'ham', [1000 + n])], still)
      expect(countsOf(reader, 1000 + n)).toEqual([0, 1])
    }
    expect(reader.totals()).toEqual({ spam: 0, ham: 20 })
  })

  it('take back nothing of one another', () => {
    const [site, domain] = [open(''), open('example.org')]
    site.learn([lesson('a', 'spam', [10])], still)
    const { id } = site.journal({})[0]!
    const origin = { at: 0, who: 'bob', source: 'undo', about: '' }
    expect(domain.undo(id, origin)).toBe(false)
    expect(domain.forget(Buffer.from('a'.padEnd(16)), null, origin)).toBe('unknown')
    expect(site.undo(id, origin)).toBe(true)
    expect(site.totals()).toEqual({ spam: 0, ham: 0 })
  })

  it('count the corrections of autolearn each by itself', () => {
    const [site, domain] = [open(''), open('example.org')]
    site.learn([lesson('a', 'spam', [10], 'auto')], still)
    domain.learn([lesson('b', 'spam', [20], 'auto')], still)
    domain.learn([lesson('b', 'ham', [20])], still)
    expect(site.autolearnRecord()).toEqual({ lessons: 1, corrected: 0 })
    expect(domain.autolearnRecord()).toEqual({ lessons: 1, corrected: 1 })
    domain.resumeAutolearn()
    expect(site.autolearnRecord()).toEqual({ lessons: 1, corrected: 0 })
    expect(domain.autolearnRecord()).toEqual({ lessons: 0, corrected: 0 })
  })

  it('lose nothing of a quiet one while a busy one fills the file', () => {
    const size = 5.6 * 1024 ** 2
    const quiet = open('quiet.example', size)
    quiet.learn([lesson('q', 'spam', [7])], teach)
    const weight = quiet.model().weights[3]
    const busy = open('', size)
    for (let n = 0; n < 1100; n++) {
      const one = lesson(`b${n}`, n % 2 === 0 ? 'spam' : 'ham', [])
      // numbers that do not compress
      const slots = Int32Array.from({ length: 2500 }, (_, at) => Math.imul(2500 * n + at, 0x9e3779b1) >>> 11)
      busy.learn([{ ...one, features: { words: Float64Array.of(1000 + n), blocks: [slots] } }], still)
    }
    expect(busy.overview(0).octets).toBeLessThanOrEqual(size)
    expect(busy.journal({ limit: 2000 }).some(({ state }) => state === 'kept')).toBe(true)
    // its weights were in no snapshot: the lesson that moved them had to stay
    const again = open('quiet.example', size)
    expect(again.model().weights[3]).toBe(weight)
    expect(again.totals()).toEqual({ spam: 1, ham: 0 })
  }, 60_000)
})

describe('the model of a domain', () => {
  it('has a file of its own, whose rows name it', () => {
    const store = openModel(home, 'example.org', { slots: 1024 })
    store.learn([lesson('a', 'spam', [10])], still)
    store.close()
    const database = new Database(join(home, 'bayes-domains', 'example.org.sqlite'), { readonly: true })
    const rows = database
      .prepare(
        `SELECT name, scope.spam, count(DISTINCT lesson.id) AS lessons, count(DISTINCT token.id) AS words
         FROM scope JOIN lesson ON lesson.scope = scope.id JOIN token ON token.scope = scope.id GROUP BY name`,
      )
      .all()
    database.close()
    expect(rows).toEqual([{ name: 'example.org', spam: 1, lessons: 1, words: 1 }])
  })
})
