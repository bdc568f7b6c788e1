/**
 * Tells the administrator that autolearn has stopped by itself: a warning when it happens, not one per mail, and a line
 * when it goes on again. The scan workers find out, each by itself; only the main thread has the journal.
 */
import type { Autolearned } from './checks/autolearn.ts'
import type { Engine } from './engine.ts'

/** Engines whose journal says that autolearn stands still. */
const stopped = new WeakSet<Engine>()

export function noticeBrake(engine: Engine, autolearned: Autolearned | undefined): void {
  if (autolearned?.word === 'stopped') {
    if (stopped.has(engine)) return
    stopped.add(engine)
    engine.log.warn(autolearned.reason ?? 'autolearn has stopped')
  } else if (autolearned?.word === 'ham' || autolearned?.word === 'spam') {
    if (stopped.delete(engine)) engine.log.notice('autolearn goes on')
  }
}
