import { describe, expect, it } from '@jest/globals'
import { brakeReason, judgeAutolearn } from '../../lib/bayes/autolearn.ts'
import { autolearnPoints } from '../../lib/checks/autolearn.ts'

const LIMITS = { enabled: true, ham: 0.1, spam: 12, brake: 0.05 }
const FINE = { lessons: 200, corrected: 0 }
const points = (score: number, header = score / 2, body = score / 2, classifier = 0) => ({
  score,
  header,
  body,
  classifier,
})

describe('autolearn', () => {
  it.each([
    ['clearly spam', points(12), 'spam'],
    ['just not spam', points(11.9), null],
    ['too little from the header', points(14, 2.9, 11.1), null],
    ['too little from the body', points(14, 11.1, 2.9), null],
    ['clearly ham', points(0), 'ham'],
    ['just not ham', points(0.1), null],
    ['ham that the classifier takes for spam', points(0, 0, 0, 3.5), null],
    ['spam that the classifier takes for ham', points(15, 7, 8, -1.9), null],
  ])('%s', (_, given, expected) => {
    expect(judgeAutolearn(given, LIMITS, FINE)).toEqual(
      expected === null ? { kind: 'no' } : { kind: 'learn', as: expected },
    )
  })
  it('stops when people correct it', () => {
    const record = { lessons: 100, corrected: 6 }
    expect(judgeAutolearn(points(20), LIMITS, record).kind).toBe('stopped')
    expect(brakeReason(record, 0.05)).toContain('6 of the last 100')
    expect(brakeReason({ lessons: 4, corrected: 2 }, 0.05)).toBeNull()
    expect(brakeReason({ lessons: 200, corrected: 9 }, 0.05)).toBeNull()
  })
  it('is off unless wanted', () => {
    expect(judgeAutolearn(points(20), { ...LIMITS, enabled: false }, FINE).kind).toBe('disabled')
  })
  it('counts neither the classifier nor the lists of people', () => {
    const hits = [
      { name: 'A', score: 4 },
      { name: 'B', score: 5 },
      { name: 'META', score: 1 },
      { name: 'BAYES_99', score: 3.8 },
      { name: 'USER_IN_WELCOMELIST', score: -100 },
      { name: 'LOCAL_BAYES', score: 5 },
    ]
    const part = (name: string) =>
      name === 'A' ? 'header' : name === 'B' ? 'body' : name === 'LOCAL_BAYES' ? 'none' : 'both'
    expect(autolearnPoints(hits, part)).toEqual({ score: 10, header: 5, body: 6, classifier: 3.8 })
  })
})
