/**
 * Tells the administrator that autolearn has stopped by itself: a warning when it happens, not one per mail, and a line
 * when it goes on again. The scan workers find out, each by itself; only the main thread has the journal.
 */
import type { Autolearned } from './checks/autolearn.ts'
import type { Engine } from './engine.ts'

/** Models (domains, '' for the site) of which an engine's journal says that they stand still. */
const stopped = new WeakMap<Engine, Set<string>>()

export function noticeBrake(engine: Engine, autolearned: Autolearned | undefined): void {
  if (autolearned === undefined) return
  const { word, reason = 'autolearn has stopped', model = '' } = autolearned
  const known = stopped.get(engine) ?? new Set()
  const of = model === '' ? '' : `${model}: `
  if (word === 'stopped' && !known.has(model)) {
    stopped.set(engine, known.add(model))
    engine.log.warn(of + reason)
  } else if ((word === 'ham' || word === 'spam') && known.delete(model))
    engine.log.notice(`${of}autolearn goes on`)
}
