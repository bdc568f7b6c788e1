/**
 * What passes between the state machine and the one who obeys it: steps, questions for the handler, and answers.
 */

import type { BodyCollector } from './body.ts'
import type {
  AtConnect,
  AtData,
  AtHelo,
  AtMessage,
  AtRecipient,
  AtRejectedRecipient,
  AtSender,
  AtUnknown,
  MessageReply,
  RawHeader,
  Reply,
} from './handler.ts'
import { STEP } from './wire.ts'

/** What the handler is to be asked. */
export type Question =
  | { readonly stage: 'connect'; readonly input: AtConnect }
  | { readonly stage: 'helo'; readonly input: AtHelo }
  | { readonly stage: 'sender'; readonly input: AtSender }
  | { readonly stage: 'recipient'; readonly input: AtRecipient }
  | { readonly stage: 'rejectedRecipient'; readonly input: AtRejectedRecipient }
  | { readonly stage: 'data'; readonly input: AtData }
  | { readonly stage: 'unknown'; readonly input: AtUnknown }
  | { readonly stage: 'header'; readonly input: RawHeader }
  | { readonly stage: 'endOfHeaders' }
  | { readonly stage: 'body'; readonly input: Buffer }
  /** `input` is without the body, which `held` has. */
  | { readonly stage: 'message'; readonly input: Omit<AtMessage, 'body'>; readonly held: BodyCollector }

/** What is to be done next. */
export type Step =
  | { readonly kind: 'wait' }
  | { readonly kind: 'send'; readonly frame: Buffer }
  | { readonly kind: 'ask'; readonly question: Question }
  /** QUIT_NC: this SMTP session is over, the next one comes on the same connection. */
  | { readonly kind: 'renew' }
  | { readonly kind: 'close' }

/** An answer of the handler, of whichever stage. */
export type Answer = Reply | { readonly kind: 'skip' }

/** Frames for the MTA, and sentences for the log about what of the answer could not be sent. */
export interface Answered {
  readonly frames: readonly Buffer[]
  readonly problems: readonly string[]
}

export const NOTHING: Answered = { frames: [], problems: [] }

/** What a step sends, as an answer. */
export function sent(step: Step): Answered {
  return step.kind === 'send' ? { frames: [step.frame], problems: [] } : NOTHING
}

/** The step that, when agreed, means that the MTA expects no reply. */
export const NO_REPLY = {
  connect: STEP.noReplyConnect,
  helo: STEP.noReplyHelo,
  sender: STEP.noReplyMail,
  recipient: STEP.noReplyRecipient,
  rejectedRecipient: STEP.noReplyRecipient,
  data: STEP.noReplyData,
  unknown: STEP.noReplyUnknown,
  header: STEP.noReplyHeader,
  endOfHeaders: STEP.noReplyEndOfHeaders,
  body: STEP.noReplyBody,
  message: 0,
} as const satisfies Record<Question['stage'], number>

/** Stages at which an answer other than continue settles the whole mail. */
export const DECIDING: ReadonlySet<Question['stage']> = new Set([
  'sender',
  'data',
  'header',
  'endOfHeaders',
  'body',
])

export function isContinue({ kind }: Answer): boolean {
  return kind === 'continue' || kind === 'skip'
}

/** Postfix takes no discard before MAIL, and skip concerns body chunks only. */
export function legalAnswer(stage: Question['stage'], answer: Answer): Answer {
  const illegal =
    (answer.kind === 'skip' && stage !== 'body') ||
    (answer.kind === 'discard' && (stage === 'connect' || stage === 'helo' || stage === 'unknown'))
  return illegal ? { kind: 'continue' } : answer
}

/** Postfix takes the body's replacement in one piece only: it goes last, and the last one wins. */
export function inSafeOrder(edits: MessageReply['edits']): MessageReply['edits'] {
  const bodies = edits.filter(({ kind }) => kind === 'replaceBody')
  return bodies.length === 0
    ? edits
    : [...edits.filter(({ kind }) => kind !== 'replaceBody'), ...bodies.slice(-1)]
}
