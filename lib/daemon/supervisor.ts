/**
 * Runs the lifecycle (lifecycle.ts): the one owner of the engine in force and of those that still have sessions, and
 * the one queue of reload, restart and stop.
 */
import { firstState, next, type Effect, type Event, type State, type Step } from './lifecycle.ts'

export interface SupervisorOptions<E> {
  readonly first: E
  /**
   * Makes the engine of a step, `current` being the one in force; null when the old one has to stay (said by itself).
   */
  readonly build: (step: Step, current: E) => Promise<E | null>
  /** Called when an engine that was built is put in force, before anything else can happen. */
  readonly entered: (step: Step, engine: E, before: E) => void
  readonly close: (engine: E) => Promise<void>
  /** Sessions that are still judged by an engine. */
  readonly sessions: (engine: E) => number
  /** Stops listening and lets open transactions end. */
  readonly drain: () => Promise<void>
  /** Told of what no step has said by itself: building or closing threw. */
  readonly onFailure: (what: string, error: unknown) => void
  /** Milliseconds after which a replaced engine is closed whatever is open. */
  readonly grace: number
  readonly now: () => number
}

export interface Supervisor<E> {
  /** The engine that new sessions get. */
  current(): E
  /** How many engines there are that are not closed, the current one included. */
  engines(): number
  /** Resolves when it is decided: true when a new engine is in force, false when the old one stayed. */
  ask(step: Step): Promise<boolean>
  /** Closes replaced engines whose sessions have ended or had their time; called by the daemon's upkeep. */
  reap(): void
  /** Ends everything; resolves when every engine is closed. Called again it waits for the same end. */
  stop(): Promise<void>
}

type Asker = (done: boolean) => void

export function createSupervisor<E>(options: SupervisorOptions<E>): Supervisor<E> {
  let state: State<E> = firstState(options.first)
  /** Who asked for a step that has not begun, and for the one at work. */
  const waiting: Record<Step, Asker[]> = { reload: [], restart: [] }
  let begun: Asker[] = []
  /** When an engine was replaced. */
  const since = new Map<E, number>()
  const ended = Promise.withResolvers<void>()

  const dispatch = (event: Event<E>): void => {
    const { state: after, effects } = next(state, event)
    for (const engine of after.retiring) if (!since.has(engine)) since.set(engine, options.now())
    state = after
    for (const effect of effects) perform(effect)
  }
  const perform = (effect: Effect<E>): void => {
    switch (effect.kind) {
      case 'build':
        void build(effect.step)
        break
      case 'close':
        since.delete(effect.engine)
        void close(effect.engine)
        break
      case 'answer':
        for (const tell of begun.splice(0)) tell(effect.done)
        break
      case 'dismiss':
        for (const tell of waiting[effect.step].splice(0)) tell(false)
        break
      case 'drain':
        void drain()
        break
      case 'end':
        ended.resolve()
        break
    }
  }
  const build = async (step: Step): Promise<void> => {
    begun = waiting[step].splice(0)
    let engine: E | null = null
    try {
      engine = await options.build(step, state.current)
    } catch (error) {
      options.onFailure(`the ${step} failed`, error)
    }
    if (engine !== null && state.phase === 'running') options.entered(step, engine, state.current)
    dispatch(engine === null ? { kind: 'refused' } : { kind: 'built', engine })
  }
  const close = async (engine: E): Promise<void> => {
    try {
      await options.close(engine)
    } catch (error) {
      options.onFailure('an engine did not close', error)
    }
    dispatch({ kind: 'closed', engine })
  }
  const drain = async (): Promise<void> => {
    try {
      await options.drain()
    } catch (error) {
      options.onFailure('listening did not end', error)
    }
    dispatch({ kind: 'drained' })
  }

  return {
    current: () => state.current,
    engines: () => state.retiring.length + state.closing.length + (state.phase === 'stopped' ? 0 : 1),
    ask: (step) =>
      new Promise((resolve) => {
        waiting[step].push(resolve)
        dispatch({ kind: 'ask', step })
      }),
    reap() {
      for (const engine of state.retiring)
        if (options.sessions(engine) === 0 || options.now() - (since.get(engine) ?? 0) >= options.grace)
          dispatch({ kind: 'idle', engine })
    },
    stop() {
      dispatch({ kind: 'stop' })
      return ended.promise
    },
  }
}
