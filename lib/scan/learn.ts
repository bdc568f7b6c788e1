/** The classifier's lesson from a judged mail: what the rules and checks earned, by the part of the mail they look at. */
import { messageOf } from '../fault.ts'
import { autolearn, autolearnPoints, type Autolearned } from '../checks/autolearn.ts'
import type { Demand } from '../checks/demand.ts'
import { lessonFrom } from '../bayes/lesson.ts'
import { train, trainingClass } from '../checks/training.ts'
import type { CheckResult, ScoredHit } from '../checks/check.ts'
import type { Config } from '../config/schema.ts'
import type { Message } from '../mail/message.ts'
import type { Rule, RuleSet } from '../rules/ruleset.ts'
import type { Store } from '../store/store.ts'
import type { SeenStore } from '../store/seen-store.ts'
import type { ScanJob } from './job.ts'

interface Services {
  readonly config: Config
  readonly store: Store
  readonly now: () => number
}

/** Learns by itself where the checks are sure. A mail in a file, which has no queue id, teaches nothing. */
export function learnFrom(
  { queueId, sender }: Pick<ScanJob, 'queueId' | 'sender'>,
  message: Message,
  hits: readonly ScoredHit[],
  rules: RuleSet,
  services: Services,
): Autolearned {
  if (queueId === '') return { word: 'no' }
  const points = autolearnPoints(hits, (name) => partOf(rules.rules.get(name)))
  return autolearn({ message, sender }, points, services)
}

/**
 * Keeps what the classifier saw, so that the mail can be learned by its reference later. When that fails, because
 * another worker is writing or the disk is full, this one mail cannot be: nothing that mail should wait for.
 */
export function remember(
  { queueId, reference, sender }: Pick<ScanJob, 'queueId' | 'reference' | 'sender'>,
  message: Message,
  { config, store, seen, now }: Services & { readonly seen?: SeenStore | undefined },
): void {
  if (seen === undefined || queueId === '' || !config.bayes.enabled) return
  try {
    const { salt } = store.bayes
    const origin = { at: now(), who: '', source: '' }
    seen.add(reference, salt, lessonFrom(message, 'ham', salt, origin, sender.address))
  } catch {
    // see above
  }
}

/** A mail to a training address: what was learned, and that the mail goes no further. Null for any other mail. */
export function trainFrom(
  job: Pick<ScanJob, 'user' | 'recipients' | 'queueId'>,
  message: Message,
  services: Services,
): { readonly hit: ScoredHit; readonly demands: readonly Demand[]; readonly result: CheckResult } | null {
  const as = trainingClass(job, services.config)
  if (as === null || job.user === null || job.queueId === '') return null
  const name = as === 'spam' ? 'TRAINED_SPAM' : 'TRAINED_HAM'
  try {
    const lessons = train(message, as, job.user, {
      ...services,
      most: services.config.bayes.train.most_a_day,
    })
    const words = lessons.length === 0 ? 'no message is attached' : lessons.join(', ')
    const hit = { name, score: 0, detail: `${job.user}: ${words}` }
    return {
      hit,
      demands: [{ action: 'discard', source: 'rule', hit: name }],
      result: { kind: 'hits', hits: [hit] },
    }
  } catch (error) {
    // the user's mail program tries again, and the lesson is not lost
    const reason = messageOf(error)
    return {
      hit: { name, score: 0, detail: reason },
      demands: [{ action: 'defer', source: 'rule', hit: name, text: 'Cannot learn now, try again later' }],
      result: { kind: 'unavailable', reason },
    }
  }
}

/** What repeats the classifier's word, what people have set, and what its author wants left out: as in SpamAssassin. */
const NOT_COUNTED = ['learn', 'userconf', 'noautolearn']

function partOf(rule: Rule | undefined): 'header' | 'body' | 'both' | 'none' {
  if (rule?.tflags.some((flag) => NOT_COUNTED.includes(flag)) === true) return 'none'
  switch (rule?.test.kind) {
    case 'header':
    case 'exists':
      return 'header'
    case 'text':
      return 'body'
    default:
      return 'both'
  }
}
