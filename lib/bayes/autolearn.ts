/**
 * Learning without being told: which messages the other checks are so sure of that the classifier may learn them, and
 * when this has to stop. Pure. The classifier's own word never counts, or it would feed on its own errors.
 */
import type { MailClass } from '../store/bayes-store.ts'

/** What a message got from everything but the classifier and the lists of people (SpamAssassin's learn and userconf rules). */
export interface AutolearnPoints {
  readonly score: number
  /** Of the score, what the header earned and what the body earned. */
  readonly header: number
  readonly body: number
  /** What the classifier itself gave. */
  readonly classifier: number
}

export interface AutolearnLimits {
  readonly enabled: boolean
  /** Ham below this score. */
  readonly ham: number
  /** Spam from this score on. */
  readonly spam: number
  /** Share of corrected lessons that stops it. */
  readonly brake: number
}

/** Of the last lessons learned this way, how many people have corrected. */
export interface AutolearnRecord {
  readonly lessons: number
  readonly corrected: number
}

export type AutolearnAnswer =
  | { readonly kind: 'learn'; readonly as: MailClass }
  | { readonly kind: 'no' }
  | { readonly kind: 'stopped'; readonly reason: string }
  | { readonly kind: 'disabled' }

/** Points that header and body must each have given to spam. */
const EACH = 3
/** The classifier's word against it at which it is not learned: someone is wrong, and people should say who. */
const CONTRADICTION = 1
const FEWEST_CORRECTIONS = 3

export function judgeAutolearn(
  points: AutolearnPoints,
  limits: AutolearnLimits,
  record: AutolearnRecord,
): AutolearnAnswer {
  if (!limits.enabled) return { kind: 'disabled' }
  const as = classOf(points, limits)
  if (as === null) return { kind: 'no' }
  const reason = brakeReason(record, limits.brake)
  return reason === null ? { kind: 'learn', as } : { kind: 'stopped', reason }
}

function classOf(
  { score, header, body, classifier }: AutolearnPoints,
  { ham, spam }: AutolearnLimits,
): MailClass | null {
  if (score < ham) return classifier > CONTRADICTION ? null : 'ham'
  const sure = score >= spam && header >= EACH && body >= EACH
  return sure && classifier >= -CONTRADICTION ? 'spam' : null
}

/** Why learning has stopped by itself, in words for the administrator; null while it goes on. */
export function brakeReason({ lessons, corrected }: AutolearnRecord, brake: number): string | null {
  if (corrected < FEWEST_CORRECTIONS || corrected <= brake * lessons) return null
  return `autolearn has stopped: ${corrected} of the last ${lessons} messages it learned were corrected by people; see hamlet learn log --source auto, then hamlet learn resume`
}
