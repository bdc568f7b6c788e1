/** `hamlet learn spam|ham|forget --ref REFERENCE`: messages that the filter judged lately, by what it remembers of them. */
import { teach } from '../../bayes/classify.ts'
import type { BayesStore, Lesson, MailClass } from '../../store/bayes-store.ts'
import { hasSeen, openSeen, type SeenMessage } from '../../store/seen-store.ts'
import { loadConfig } from '../config-file.ts'
import type { Terminal } from '../verb.ts'
import { LOCK_TIMEOUT } from './store.ts'

interface Origin {
  readonly who: string
  readonly source: string
}

/** One result a reference; `unknown` where nothing is remembered, which is said. Throws `StoreError`. */
export function learnSeen(
  store: BayesStore,
  action: MailClass | 'forget',
  references: readonly string[],
  origin: Origin,
  configFile: string | undefined,
  terminal: Terminal,
): readonly Lesson[] {
  return recall(configFile, store.salt, references).map((seen, at) => {
    if (seen === null) {
      terminal.err(
        `nothing is remembered of ${references[at] ?? ''}: too old, never judged here, or bayes.remember is 0`,
      )
      return 'unknown'
    }
    const from = { ...origin, at: Date.now(), about: seen.about }
    if (action === 'forget') return store.forget(seen.message, seen.features, from)
    return store.learn([{ ...from, ...seen, as: action }], teach)[0] ?? 'unknown'
  })
}

/** References are taken as they stand in headers and replies: `ref=k3jd92hx-2`, `(ref k3jd92hx-2)`. */
function recall(
  configFile: string | undefined,
  salt: BayesStore['salt'],
  references: readonly string[],
): readonly (SeenMessage | null)[] {
  const { config } = loadConfig(configFile)
  // made by the filter alone: a file that belongs to root would lock it out
  if (!hasSeen(config.state)) return references.map(() => null)
  const seen = openSeen(config.state, { size: config.bayes.remember, lockTimeout: LOCK_TIMEOUT })
  try {
    return references.map((text) => seen.find(text.replace(/^\(?ref[= ]|\)$/g, '').trim(), salt))
  } finally {
    seen.close()
  }
}
