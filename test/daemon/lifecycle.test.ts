/** Which event leads to what: the machine alone, engines are letters. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { firstState, next, type Effect, type Event, type State } from '../../lib/daemon/lifecycle.ts'

/** `reload`, `restart`, `stop`, `refused`, `drained`; `+B` built, `-A` has no session left, `xA` is closed. */
function eventOf(word: string): Event<string> {
  if (word === 'reload' || word === 'restart') return { kind: 'ask', step: word }
  if (word === 'stop' || word === 'refused' || word === 'drained') return { kind: word }
  const engine = word.slice(1)
  return { kind: word.startsWith('+') ? 'built' : word.startsWith('-') ? 'idle' : 'closed', engine }
}

function wordOf(effect: Effect<string>): string {
  switch (effect.kind) {
    case 'build':
      return `build ${effect.step}`
    case 'close':
      return `close ${effect.engine}`
    case 'answer':
      return effect.done ? 'done' : 'not done'
    case 'dismiss':
      return `dismiss ${effect.step}`
    default:
      return effect.kind
  }
}

function play(words: string): { readonly effects: string; readonly state: State<string> } {
  let state = firstState('A')
  const said: string[] = []
  for (const word of words.split(' ')) {
    const move = next(state, eventOf(word))
    state = move.state
    said.push(...move.effects.map(wordOf))
  }
  return { effects: said.join(', '), state }
}

describe('the lifecycle of engines', () => {
  it.each([
    ['a reload', 'reload +B', 'build reload, done', 'B', ['A']],
    ['a reload that is refused keeps the old engine', 'reload refused', 'build reload, not done', 'A', []],
    [
      'a restart asked for while a reload is at work waits, and follows it',
      'reload restart +B +C',
      'build reload, done, build restart, done',
      'C',
      ['A', 'B'],
    ],
    [
      'a reload asked for while workers are restarted is not undone by them',
      'restart reload +B +C',
      'build restart, done, build reload, done',
      'C',
      ['A', 'B'],
    ],
    [
      'a storm of reloads is the one at work and one after it',
      'reload reload reload reload +B +C',
      'build reload, done, build reload, done',
      'C',
      ['A', 'B'],
    ],
    ['an old engine ends with its last session', 'reload +B -A xA', 'build reload, done, close A', 'B', []],
    ['only a replaced engine is ended for having no session', '-A', '', 'A', []],
    ['a stop', 'stop drained xA', 'drain, close A, end', 'A', []],
    [
      'a stop closes the retiring engines too',
      'reload +B stop drained xB xA',
      'build reload, done, drain, close A, close B, end',
      'B',
      [],
    ],
    [
      'a stop during a reload waits for what is being built and closes it unused',
      'reload stop drained +B xB xA',
      'build reload, drain, close B, not done, close A, end',
      'A',
      [],
    ],
    [
      'a stop during a reload, the reload ending first',
      'reload stop +B xB drained xA',
      'build reload, drain, close B, not done, close A, end',
      'A',
      [],
    ],
    [
      'a stop answers those whose turn never comes',
      'reload restart stop drained refused xA',
      'build reload, dismiss restart, drain, not done, close A, end',
      'A',
      [],
    ],
    ['what is asked for after the stop is not begun', 'stop reload', 'drain, dismiss reload', 'A', []],
    ['two stops are one', 'stop stop drained xA', 'drain, close A, end', 'A', []],
  ])('%s', (_name, words, effects, current, retiring) => {
    const played = play(words)
    expect(played.effects).toBe(effects)
    expect([played.state.current, played.state.retiring]).toEqual([current, retiring])
  })

  it('closes every engine once and ends once, whatever comes in which order', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 5 }), { maxLength: 40 }), (choices) => {
        let state = firstState(0)
        let made = 0
        const closed: number[] = []
        const open: number[] = []
        let ends = 0
        let builds = 0
        const send = (event: Event<number>): void => {
          const move = next(state, event)
          state = move.state
          for (const effect of move.effects) {
            if (effect.kind === 'close') open.push(effect.engine)
            if (effect.kind === 'end') ends++
            if (effect.kind === 'build') builds++
          }
        }
        const finish = (): void => {
          if (state.working !== null) send({ kind: 'built', engine: ++made })
        }
        const close = (): void => {
          const engine = open.shift()
          if (engine === undefined) return
          closed.push(engine)
          send({ kind: 'closed', engine })
        }
        for (const choice of choices) {
          if (choice === 0) send({ kind: 'ask', step: 'reload' })
          if (choice === 1) send({ kind: 'ask', step: 'restart' })
          if (choice === 2) finish()
          if (choice === 3) send({ kind: 'idle', engine: state.retiring[0] ?? -1 })
          if (choice === 4) close()
          if (choice === 5 && state.phase === 'running' && made > 2) send({ kind: 'stop' })
        }
        send({ kind: 'stop' })
        finish()
        send({ kind: 'drained' })
        while (open.length > 0) close()
        expect(state.phase).toBe('stopped')
        expect(ends).toBe(1)
        expect(builds).toBe(made)
        expect(closed.toSorted((one, other) => one - other)).toEqual(
          Array.from({ length: made + 1 }, (_, engine) => engine),
        )
      }),
      { numRuns: 500 },
    )
  })
})
