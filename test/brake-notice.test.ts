import { describe, expect, it } from '@jest/globals'
import { noticeBrake } from '../lib/brake-notice.ts'
import { testEngine } from './support/engine.ts'

describe('autolearn that has stopped by itself', () => {
  it('is a warning in the journal, once, until it goes on', () => {
    const engine = testEngine({})
    const lines = () => engine.lines.map(({ level, text }) => `${level} ${text}`)
    const stopped = { word: 'stopped', reason: 'autolearn has stopped: 6 of 100' } as const
    for (const one of [stopped, stopped, { word: 'no' } as const, stopped]) noticeBrake(engine, one)
    expect(lines()).toEqual(['warn autolearn has stopped: 6 of 100'])
    // another model that learns says nothing of this one
    for (const one of [{ word: 'ham', model: 'own.example' } as const, stopped]) noticeBrake(engine, one)
    expect(lines()).toHaveLength(1)
    for (const word of ['ham', 'spam'] as const) noticeBrake(engine, { word })
    expect(lines().slice(1)).toEqual(['notice autolearn goes on'])
    noticeBrake(engine, stopped)
    expect(lines()).toHaveLength(3)
  })
})
