import { mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readDialogue } from './support/dialogue.ts'
import { playSession, playSocket } from './support/players.ts'

// Each script is played twice: the state machine alone, and a server on a real socket, must say the same.
const folder = join(import.meta.dirname, 'dialogues')
const names = readdirSync(folder).filter((name) => name.endsWith('.dialogue'))

describe.each(names)('%s', (name) => {
  const dialogue = readDialogue(join(folder, name))
  const expected = dialogue.turns.map(({ line, expected }) => ({ line, answers: expected }))
  let scratch = ''

  beforeAll(() => {
    scratch = mkdtempSync(join(tmpdir(), 'milter-'))
  })
  afterAll(() => rmSync(scratch, { recursive: true }))

  it('the state machine alone', () => {
    const played = playSession(dialogue)
    expect(dialogue.turns.map(({ line }, index) => ({ line, answers: played.answers[index] }))).toEqual(
      expected,
    )
    expect(played.events).toEqual(dialogue.events)
  })

  it('over a socket', async () => {
    const played = await playSocket(dialogue, join(scratch, 'socket'))
    expect(dialogue.turns.map(({ line }, index) => ({ line, answers: played.answers[index] }))).toEqual(
      expected,
    )
    expect(played.events).toEqual(dialogue.events)
  })
})

it('there are dialogues', () => {
  expect(names.length).toBeGreaterThan(10)
})
