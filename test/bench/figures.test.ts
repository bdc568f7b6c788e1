/** The figures by which classifiers are compared. */
import { describe, expect, it } from '@jest/globals'
import { oneMinusAuc, spamMissed } from '../../bench/figures.ts'
import type { Scored } from '../../bench/figures.ts'
import { logOdds } from '../../bench/peers/log-odds.ts'

const stream = (ham: readonly number[], spam: readonly number[]): readonly Scored[] => [
  ...ham.map((score) => ({ label: 'ham' as const, score })),
  ...spam.map((score) => ({ label: 'spam' as const, score })),
]

describe('figures of merit', () => {
  it.each([
    ['all in order', [1, 2], [3, 4], 0],
    ['all the wrong way round', [3, 4], [1, 2], 1],
    ['nothing told apart', [5, 5], [5, 5], 0.5],
    ['one pair of four', [1, 3], [2, 4], 0.25],
    ['a tie is half a pair', [1, 2], [2, 3], 0.125],
  ])('1-AUC: %s', (_, ham, spam, expected) => expect(oneMinusAuc(stream(ham, spam))).toBe(expected))
  it('counts the spam below the ham that must not be lost', () => {
    const ham = Array.from({ length: 1000 }, (_, at) => at)
    // one ham in a thousand may be lost, so 998 is the limit
    expect(spamMissed(stream(ham, [997, 998, 998.5, 2000]), 0.001)).toBe(0.5)
    expect(spamMissed(stream(ham, [998.5, 999, 2000]), 0)).toBeCloseTo(2 / 3)
  })
  it('takes a peer that says nothing as undecided, and sure ones as finite', () => {
    expect(logOdds(null)).toBe(0)
    expect(logOdds(1)).toBeCloseTo(-logOdds(0), 3)
    expect(logOdds(1)).toBeLessThan(30)
  })
})
