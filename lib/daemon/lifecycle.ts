/**
 * What happens when to the engines of a daemon, as a state machine without threads, files or clock: an event in, a new
 * state and what is to be done out. Reload, restart of the workers and stop stand in one queue, so that none of them
 * undoes another: a restart builds from the configuration that is in force when its turn comes, and what is finished
 * after the stop began is closed, never put in force.
 */

export type Step = 'reload' | 'restart'

export interface State<E> {
  readonly phase: 'running' | 'draining' | 'closing' | 'stopped'
  /** In force: new sessions are judged by it. */
  readonly current: E
  /** Replaced, but sessions that began with them are still open. */
  readonly retiring: readonly E[]
  /** What is being built now. */
  readonly working: Step | null
  /** Each kind once: two reloads that have not begun yet would read the same files. */
  readonly waiting: readonly Step[]
  /** The MTA has been let go. */
  readonly drained: boolean
  /** Being closed; the end waits for them. */
  readonly closing: readonly E[]
}

export type Event<E> =
  | { readonly kind: 'ask'; readonly step: Step }
  | { readonly kind: 'stop' }
  /** The step at work has made an engine that may be put in force. */
  | { readonly kind: 'built'; readonly engine: E }
  /** It has made none. */
  | { readonly kind: 'refused' }
  /** A retiring engine has no session left, or has had its time. */
  | { readonly kind: 'idle'; readonly engine: E }
  /** After `stop`: no transaction is open any more. */
  | { readonly kind: 'drained' }
  | { readonly kind: 'closed'; readonly engine: E }

export type Effect<E> =
  /** Begin with this step; its end is told as `built` or `refused`. */
  | { readonly kind: 'build'; readonly step: Step }
  | { readonly kind: 'close'; readonly engine: E }
  /** The step at work is over: whoever asked for it is told whether it was done. */
  | { readonly kind: 'answer'; readonly done: boolean }
  /** A step that was asked for never begins, because of the stop. */
  | { readonly kind: 'dismiss'; readonly step: Step }
  /** Stop listening and let open transactions end; its end is told as `drained`. */
  | { readonly kind: 'drain' }
  /** Every engine is closed: stores may be. */
  | { readonly kind: 'end' }

export interface Move<E> {
  readonly state: State<E>
  readonly effects: readonly Effect<E>[]
}

export function firstState<E>(current: E): State<E> {
  return { phase: 'running', current, retiring: [], working: null, waiting: [], drained: false, closing: [] }
}

export function next<E>(state: State<E>, event: Event<E>): Move<E> {
  switch (event.kind) {
    case 'ask':
      return ask(state, event.step)
    case 'built':
      return built(state, event.engine)
    case 'refused':
      return finish(state, false)
    case 'idle':
      return idle(state, event.engine)
    case 'stop':
      return stop(state)
    case 'drained':
      return end({ ...state, drained: true })
    case 'closed':
      return end({ ...state, closing: state.closing.filter((engine) => engine !== event.engine) })
  }
}

function ask<E>(state: State<E>, step: Step): Move<E> {
  if (state.phase !== 'running') return { state, effects: [{ kind: 'dismiss', step }] }
  if (state.working === null)
    return { state: { ...state, working: step }, effects: [{ kind: 'build', step }] }
  return state.waiting.includes(step)
    ? { state, effects: [] }
    : { state: { ...state, waiting: [...state.waiting, step] }, effects: [] }
}

function built<E>(state: State<E>, engine: E): Move<E> {
  if (state.phase === 'running')
    return finish({ ...state, current: engine, retiring: [...state.retiring, state.current] }, true)
  const { state: after, effects } = finish({ ...state, closing: [...state.closing, engine] }, false)
  return { state: after, effects: [{ kind: 'close', engine }, ...effects] }
}

/** The step at work is over: its asker is told, and the next one begins. */
function finish<E>(state: State<E>, done: boolean): Move<E> {
  const { working, waiting } = state
  if (working === null) return { state, effects: [] }
  const [following, ...rest] = waiting
  const answer: Effect<E> = { kind: 'answer', done }
  if (state.phase === 'running' && following !== undefined)
    return {
      state: { ...state, working: following, waiting: rest },
      effects: [answer, { kind: 'build', step: following }],
    }
  const { state: after, effects } = end({ ...state, working: null })
  return { state: after, effects: [answer, ...effects] }
}

function idle<E>(state: State<E>, engine: E): Move<E> {
  if (!state.retiring.includes(engine)) return { state, effects: [] }
  const retiring = state.retiring.filter((one) => one !== engine)
  return {
    state: { ...state, retiring, closing: [...state.closing, engine] },
    effects: [{ kind: 'close', engine }],
  }
}

function stop<E>(state: State<E>): Move<E> {
  if (state.phase !== 'running') return { state, effects: [] }
  const effects = state.waiting.map((step): Effect<E> => ({ kind: 'dismiss', step }))
  return {
    state: { ...state, phase: 'draining', waiting: [] },
    effects: [...effects, { kind: 'drain' }],
  }
}

/**
 * Once no transaction is open and nothing is being built, every engine is closed; once all are, it is the end. A build
 * is waited for, because a worker thread that is cut off while it loads may abort the process.
 */
function end<E>(state: State<E>): Move<E> {
  if (state.phase === 'draining' && state.drained && state.working === null) {
    const left = [...state.retiring, state.current]
    return {
      state: { ...state, phase: 'closing', retiring: [], closing: [...state.closing, ...left] },
      effects: left.map((engine): Effect<E> => ({ kind: 'close', engine })),
    }
  }
  if (state.phase === 'closing' && state.closing.length === 0)
    return { state: { ...state, phase: 'stopped' }, effects: [{ kind: 'end' }] }
  return { state, effects: [] }
}
