import { describe, expect, it } from '@jest/globals'
import { counterfactuals, explainDecision } from '../lib/history/why.ts'
import { openHistory } from '../lib/store/history-sqlite.ts'
import type { Decision } from '../lib/store/history-store.ts'

const decision = (more: Partial<Decision> = {}): Decision => ({
  at: Date.UTC(2026, 10, 21, 10),
  reference: 'abc-1',
  queueId: '4D2F',
  client: '192.0.2.7',
  clientName: 'mx.example',
  helo: 'mx.example',
  user: '',
  sender: 'Anna@sender.example',
  recipients: ['user@example.test'],
  verdict: 'tag',
  why: 'score 6.0 reached tag 5.0',
  score: 6,
  required: 5,
  hits: [
    { name: 'A', score: 4, detail: 'seen' },
    { name: 'B', score: 2 },
  ],
  unavailable: [{ check: 'dns-lists', reason: 'no answer' }],
  messageId: '<x@sender.example>',
  from: 'Anna',
  subject: 'Hello',
  ...more,
})
const find = (word: string) => ({ word, since: 0, limit: 10 })

describe('the record of decisions', () => {
  it.each([
    'abc-1',
    '4D2F',
    '<x@sender.example>',
    'x@sender.example',
    '192.0.2.7',
    'anna@sender.example',
    '<ANNA@sender.example>',
    '@example.test',
    'user@example.test',
  ])('is found by %s', (word) => {
    const history = openHistory(':memory:')
    history.add([
      decision(),
      decision({
        reference: 'other-1',
        queueId: 'X',
        client: '192.0.2.8',
        sender: '',
        recipients: [],
        messageId: '',
      }),
    ])
    expect(history.find(find(word))).toEqual([decision()])
    history.close()
  })

  it('gives the newest first, nothing older than asked, no more than asked', () => {
    const history = openHistory(':memory:')
    history.add([1, 2, 3].map((at) => decision({ at, reference: `r-${at}` })))
    const found = history.find({ word: '4D2F', since: 2, limit: 1 })
    expect(found.map(({ reference }) => reference)).toEqual(['r-3'])
    history.close()
  })

  it('forgets what is too old or too much, in bounded steps', () => {
    const history = openHistory(':memory:')
    history.add(Array.from({ length: 10 }, (_, at) => decision({ at, reference: `r-${at}` })))
    expect([history.expire(4, 1000, 3), history.expire(4, 1000, 3), history.expire(4, 1000, 3)]).toEqual([
      3, 1, 0,
    ])
    expect(history.expire(0, 2, 100)).toBe(4)
    expect(history.find(find('4D2F')).map(({ at }) => at)).toEqual([9, 8])
    history.close()
  })
})

describe('why', () => {
  it('says everything in words', () => {
    expect(explainDecision(decision(), new Map([['A', 'first rule']]))).toEqual([
      '2026-11-21T10:00:00.000Z  delivered, marked as spam  (score 6.0 reached tag 5.0)',
      '  from <Anna@sender.example> to <user@example.test>',
      '  client mx.example[192.0.2.7], HELO mx.example',
      '  subject Hello',
      '  Message-ID <x@sender.example>',
      '  reference abc-1, queue id 4D2F',
      '  score 6.0 of 5.0',
      '        4.0  A  first rule: seen',
      '        2.0  B',
      '          -  dns-lists could not answer: no answer',
      '  Without A or without B it would not have counted as spam.',
    ])
  })
  it.each([
    [[6, 6], 12, 'No single test decided it: without any one of them it would still have counted as spam.'],
    [[6, 0.5], 6.5, 'Without R0 it would not have counted as spam.'],
    [[6, -3], 3, 'Without R1 it would have counted as spam.'],
    [[1, 2], 3, undefined],
  ])('%j: %s', (scores, score, sentence) => {
    const hits = scores.map((points, index) => ({ name: `R${index}`, score: points }))
    expect(counterfactuals(decision({ hits, score }))[0]?.trim()).toBe(sentence)
  })
})
