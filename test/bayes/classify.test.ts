import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { classify, confidenceOf, missing, missingWord, teach } from '../../lib/bayes/classify.ts'
import { explain } from '../../lib/bayes/explain.ts'
import { featuresOf } from '../../lib/bayes/features.ts'
import { lessonFrom } from '../../lib/bayes/lesson.ts'
import { tokensOf } from '../../lib/bayes/tokens.ts'
import { viewOf } from '../../lib/bayes/view.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import type { Message } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import type { MailClass } from '../../lib/store/bayes-store.ts'

const parse = (text: string): Message => parseMessage(splitMail(Buffer.from(text)))
const mail = (n: number, from: string, subject: string, body: string) =>
  parse(`Message-ID: <${n}@example.org>\nFrom: ${from}\nSubject: ${subject}\n\n${body} ${n}\n`)
const spam = (n: number) =>
  mail(n, 'Offer <offer@shop.example>', 'Cheap pills', 'Buy cheap pills at http://pills.example/buy')
const ham = (n: number) =>
  mail(n, 'Anna <anna@example.org>', 'Minutes', 'Here are the minutes of our meeting on Tuesday')

function trained(order: readonly MailClass[]) {
  const store = openBayesStore(':memory:', { salt: [1, 2] })
  const lessons = order.map((as, n) =>
    lessonFrom(as === 'spam' ? spam(n) : ham(n), as, store.salt, { at: 0, who: 'test', source: 'test' }),
  )
  store.learn(lessons, teach)
  return store
}
const judge = (store: ReturnType<typeof trained>, message: Message) =>
  classify(featuresOf(tokensOf(viewOf(message)), store.salt), store.model())
const times = (count: number, as: MailClass): MailClass[] => Array.from({ length: count }, () => as)

describe('the classifier', () => {
  it('knows nothing before it has learned', () => {
    const { probability, confidence, logOdds } = judge(trained([]), spam(1))
    expect({ probability, confidence, logOdds }).toEqual({ probability: 0.5, confidence: 0, logOdds: 0 })
  })
  it('is cautious with little training, and says what is missing', () => {
    const store = trained(['spam', 'ham', 'spam', 'ham'])
    const { probability, logOdds } = judge(store, spam(100))
    expect(logOdds).toBeGreaterThan(1)
    expect(probability).toBeLessThan(0.6)
    expect(missing(store.totals())).toBe('needs 198 more spam and 198 more ham')
    expect(missing({ spam: 300, ham: 60 })).toBe('needs 140 more ham')
    expect([
      missingWord({ spam: 300, ham: 60 }),
      missingWord({ spam: 140, ham: 60 }),
      missingWord({ spam: 300, ham: 200 }),
    ]).toEqual(['140-ham', '60-spam,140-ham', null])
    expect(missing({ spam: 300, ham: 200 })).toBeNull()
    expect([0, 50, 200, 900].map((n) => confidenceOf({ spam: n, ham: 1000 }))).toEqual([0, 0.25, 1, 1])
  })
  it('tells the classes apart, in whichever order it learned them', () => {
    for (const order of [
      [...times(210, 'spam'), ...times(210, 'ham')],
      [...times(210, 'ham'), ...times(210, 'spam')],
    ]) {
      const store = trained(order)
      expect(judge(store, spam(1000)).probability).toBeGreaterThan(0.95)
      expect(judge(store, ham(1000)).probability).toBeLessThan(0.05)
    }
  })
  it('explains itself: the reasons sum up to the score', () => {
    const store = trained([...times(30, 'spam'), ...times(30, 'ham')])
    const { reasons, classification, turns } = explain(tokensOf(viewOf(spam(7))), store.salt, store.model())
    expect(reasons.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(classification.logOdds, 4)
    expect(reasons.find(({ name }) => name === 'subject:pills')).toMatchObject({
      kind: 'word',
      spam: 30,
      ham: 0,
    })
    expect(reasons.some(({ kind, name }) => kind === 'pair' && name === 'cheap pills')).toBe(true)
    expect(turns).toBeGreaterThan(0)
  })
  it('sees the same mail on arrival and in a folder', () => {
    const arrival = spam(1)
    const folder = parse(
      `Return-Path: <a@b>\nDelivered-To: me@example.org\nX-Spam-Status: Yes\n${arrival.headers.map(({ name, raw }) => `${name}:${raw}`).join('\n')}\n\n${Buffer.from(arrival.body).toString()}`,
    )
    expect(tokensOf(viewOf(folder))).toEqual(tokensOf(viewOf(arrival, 'a@b')))
    const origin = { at: 0, who: '', source: '' }
    expect(lessonFrom(folder, 'spam', [1, 2], origin).message).toEqual(
      lessonFrom(arrival, 'spam', [1, 2], origin).message,
    )
  })
  it('takes any octets, in bounded time and number', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (octets) => {
        const features = featuresOf(tokensOf(viewOf(parseMessage(splitMail(octets)))), [1, 2])
        expect(features.words.length).toBeLessThan(20_000)
      }),
      { seed: 1, numRuns: 100 },
    )
    const started = performance.now()
    const bomb = `Subject: x\nContent-Type: text/html\n\n${'<a href="http://a.b/c?d=e&f">v</a> '.repeat(30_000)}`
    featuresOf(tokensOf(viewOf(parse(bomb))), [1, 2])
    expect(performance.now() - started).toBeLessThan(10_000)
  }, 30_000)
})
