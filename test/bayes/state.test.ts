import { describe, expect, it } from '@jest/globals'
import { autolearnState, trainingState } from '../../lib/bayes/state.ts'

describe('the state of the classifier in words', () => {
  it('says what is missing and how much its word counts', () => {
    expect(trainingState({ spam: 523, ham: 60 })).toBe(
      '523 spam and 60 ham learned, needs 140 more ham; until then its word counts for 30 %',
    )
    expect(trainingState({ spam: 523, ham: 260 })).toBe('523 spam and 260 ham learned')
  })
  it('says whether autolearn is on, and why it has stopped', () => {
    const on = { enabled: true, brake: 0.05 }
    expect(autolearnState({ ...on, enabled: false }, { lessons: 3, corrected: 3 })).toBe('off')
    expect(autolearnState(on, { lessons: 180, corrected: 2 })).toBe('on, 2 of the last 180 lessons corrected')
    expect(autolearnState(on, { lessons: 100, corrected: 6 })).toMatch(/^stopped: 6 of the last 100 /)
  })
})
