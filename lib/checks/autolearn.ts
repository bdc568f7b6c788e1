/**
 * After the rules have spoken: learns the message when they are sure enough (lib/bayes/autolearn.ts). Runs in the scan
 * worker, which has the parsed message at hand. Learning that fails, because another writer is busy or the disk is
 * full, is no matter for the mail: the next one will be learned.
 */
import { messageOf } from '../fault.ts'
import { judgeAutolearn } from '../bayes/autolearn.ts'
import type { AutolearnPoints } from '../bayes/autolearn.ts'
import { teach } from '../bayes/classify.ts'
import { lessonFrom } from '../bayes/lesson.ts'
import type { MessageInput, ScoredHit } from './check.ts'
import type { Config } from '../config/schema.ts'
import type { Store } from '../store/store.ts'

/** For X-Spam-Status (`autolearn=`) and the journal. */
export interface Autolearned {
  readonly word: 'ham' | 'spam' | 'no' | 'disabled' | 'stopped' | 'unavailable'
  readonly reason?: string
  /** The domain whose model this is about; absent for the site's. */
  readonly model?: string
}

const OWN = /^BAYES_/
/** Lists that people keep say who is welcome, not what spam looks like. */
const LISTS =
  /(?:^|_)(?:IN|FROM|TO)?_?(?:WELCOMELIST|WHITELIST|BLOCKLIST|BLACKLIST)(?:_|$)|^KNOWN_CORRESPONDENT/

/**
 * `partOf` says whether a rule looks at the header or the body; what is neither (meta, checks) counts for both, as in
 * SpamAssassin, and `none` not at all.
 */
export function autolearnPoints(
  hits: readonly ScoredHit[],
  partOf: (name: string) => 'header' | 'body' | 'both' | 'none',
): AutolearnPoints {
  const points = { score: 0, header: 0, body: 0, classifier: 0 }
  for (const { name, score } of hits) {
    if (OWN.test(name)) points.classifier += score
    if (OWN.test(name) || LISTS.test(name)) continue
    const part = partOf(name)
    if (part === 'none') continue
    points.score += score
    if (part !== 'body') points.header += score
    if (part !== 'header') points.body += score
  }
  return points
}

export function autolearn(
  { message, sender }: Pick<MessageInput, 'message' | 'sender'>,
  points: AutolearnPoints,
  { config, store, now }: { readonly config: Config; readonly store: Store; readonly now: () => number },
): Autolearned {
  const limits = config.bayes.autolearn
  if (!limits.enabled || !config.bayes.enabled) return { word: 'disabled' }
  try {
    const answer = judgeAutolearn(points, limits, store.bayes.autolearnRecord())
    if (answer.kind === 'stopped') return { word: 'stopped', reason: answer.reason }
    if (answer.kind !== 'learn') return { word: answer.kind }
    const origin = { at: now(), who: 'hamlet', source: 'auto' }
    const lesson = lessonFrom(message, answer.as, store.bayes.salt, origin, sender.address)
    // What people have said of this message stands.
    if (store.bayes.learnedAs(lesson.message) !== null) return { word: 'no' }
    store.bayes.learn([lesson], teach)
    return { word: answer.as }
  } catch (error) {
    return { word: 'unavailable', reason: messageOf(error) }
  }
}
