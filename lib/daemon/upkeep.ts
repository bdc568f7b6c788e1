/**
 * What the daemon does every few seconds beside judging: one loop for its whole life, whatever engine is in force, so
 * that no two of them ever run at once. Each turn is small, because it runs on the thread that talks to the MTA.
 */

/** Milliseconds between two turns, and to the next one while a task says that it has more to do. */
const INTERVAL = 5000
const SOON = 250

export interface UpkeepTask {
  readonly name: string
  /** One small step; true when there is more to do soon. */
  run(): boolean
}

export interface Upkeep {
  stop(): void
}

/** Starts the loop. A task that throws costs its own step, and is told once until it works again. */
export function startUpkeep(
  tasks: readonly UpkeepTask[],
  onFailure: (name: string, error: unknown) => void,
): Upkeep {
  const failing = new Set<string>()
  const step = ({ name, run }: UpkeepTask): boolean => {
    try {
      const more = run()
      failing.delete(name)
      return more
    } catch (error) {
      if (!failing.has(name)) onFailure(name, error)
      failing.add(name)
      return false
    }
  }
  const turn = (): void => {
    // every task has its step, whatever the others say
    const more = tasks.map(step).includes(true)
    timer = setTimeout(turn, more ? SOON : INTERVAL)
    timer.unref()
  }
  let timer = setTimeout(turn, INTERVAL)
  timer.unref()
  return { stop: () => clearTimeout(timer) }
}
