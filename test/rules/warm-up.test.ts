/** The mail judged before the first one. */
import { describe, expect, it } from '@jest/globals'
import { warmUp } from '../../lib/rules/warm-up.ts'
import { rulesOf } from './support.ts'

const RULES = 'body A /Dear customer/\nheader B Subject =~ /shipped/\nuri C /unsubscribe/\n'

/** A clock that counts how often it was asked: once before the rules, then once after each that ran. */
function counting(): { readonly clock: () => number; readonly calls: () => number } {
  let calls = 0
  return { clock: () => ++calls, calls: () => calls }
}

describe('warming up', () => {
  it('runs what most mails run', () => {
    const { clock, calls } = counting()
    warmUp(rulesOf(RULES), clock, { times: 1 })
    expect(calls()).toBeGreaterThanOrEqual(4)
  })

  it('ends when its time is up', () => {
    const { clock, calls } = counting()
    warmUp(rulesOf(RULES), clock, { times: 1, budgetMs: 0 })
    expect(calls()).toBeLessThan(4)
  })
})
