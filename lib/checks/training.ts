/**
 * Learning by mail: an authenticated user sends a message as an attachment to one of the training addresses. Only the
 * attachment is learned, as the sender says; the mail itself is taken and goes no further, so the addresses need no
 * mailbox. Anyone else who writes there is judged like any sender.
 */
import { teach } from '../bayes/classify.ts'
import { lessonFrom } from '../bayes/lesson.ts'
import type { Config } from '../config/schema.ts'
import { parseMessage } from '../mail/message.ts'
import type { Message } from '../mail/message.ts'
import type { Part } from '../mail/mime.ts'
import { splitMail } from '../mail/split.ts'
import type { Lesson, MailClass } from '../store/bayes-store.ts'
import type { Store } from '../store/store.ts'
import type { DataInput } from './check.ts'

/** Attached messages of one mail that are learned. */
const MOST_MESSAGES = 100
const DEEPEST = 20
const DAY = 86_400_000
/** What becomes of a message beyond the user's lessons of a day (`bayes.train.most_a_day`). */
const OVER = 'over the daily limit' as const

export type Envelope = Pick<DataInput, 'user' | 'recipients'>

/** As what this mail trains; null when it is no training, which is also when its recipients disagree. */
export function trainingClass(
  { user, recipients }: Envelope,
  { bayes }: Pick<Config, 'bayes'>,
): MailClass | null {
  if (user === null || !bayes.enabled || recipients.length === 0) return null
  const classes = new Set(recipients.map(({ address }) => classOf(address, bayes.train)))
  const [only] = classes
  return classes.size === 1 && only !== undefined ? only : null
}

function classOf(address: string, { spam, ham }: Config['bayes']['train']): MailClass | null {
  const among = (list: readonly string[]) => list.some((one) => one.toLowerCase() === address.toLowerCase())
  if (among(spam)) return 'spam'
  return among(ham) ? 'ham' : null
}

/** The messages attached to a mail, not those attached to them. */
export function attachedMessages(message: Message): readonly Message[] {
  const found: Message[] = []
  const visit = (part: Part, depth: number): void => {
    if (depth > DEEPEST || found.length >= MOST_MESSAGES) return
    if (isMessage(part)) found.push(parseMessage(splitMail(part.bytes())))
    else for (const child of part.parts) visit(child, depth + 1)
  }
  visit(message.root, 0)
  return found
}

/** Some clients attach a message as a file. */
function isMessage({ type, filename, isLeaf }: Part): boolean {
  if (type === 'message/rfc822' || type === 'message/global') return true
  return isLeaf && type !== 'text/plain' && /\.eml$/i.test(filename ?? '')
}

/** Learns what is attached; throws where the store does. Returns what became of each message. */
export function train(
  message: Message,
  as: MailClass,
  who: string,
  { store, now, most }: { readonly store: Store; readonly now: () => number; readonly most: number },
): readonly (Lesson | typeof OVER)[] {
  const origin = { at: now(), who, source: 'mail' }
  const attached = attachedMessages(message)
  const room = Math.max(0, most - store.bayes.taughtBy(who, now() - DAY))
  const lessons = attached.slice(0, room).map((one) => lessonFrom(one, as, store.bayes.salt, origin))
  const learned = lessons.length === 0 ? [] : store.bayes.learn(lessons, teach)
  return [...learned, ...attached.slice(room).map((): typeof OVER => OVER)]
}
