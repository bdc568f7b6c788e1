/**
 * From a question to the handler's callback.
 */

import type { MessageReply, MilterHandler, Reply } from './handler.ts'
import type { Answer, Question } from './question.ts'

const CONTINUE: Reply = { kind: 'continue' }

/** What any callback may have answered. */
export type AnyAnswer = Answer | MessageReply | undefined

/** Calls the callback of the question's stage; one that is missing answers continue. */
export function callHandler(
  handler: MilterHandler,
  question: Question,
  signal: AbortSignal,
): AnyAnswer | PromiseLike<AnyAnswer> {
  switch (question.stage) {
    case 'connect':
      return handler.connect?.(question.input, signal) ?? CONTINUE
    case 'helo':
      return handler.helo?.(question.input, signal) ?? CONTINUE
    case 'sender':
      return handler.sender?.(question.input, signal) ?? CONTINUE
    case 'recipient':
      return handler.recipient?.(question.input, signal) ?? CONTINUE
    case 'rejectedRecipient': {
      const done = handler.rejectedRecipient?.(question.input)
      return isThenable(done) ? Promise.resolve(done).then(() => CONTINUE) : CONTINUE
    }
    case 'data':
      return handler.data?.(question.input, signal) ?? CONTINUE
    case 'unknown':
      return handler.unknown?.(question.input, signal) ?? CONTINUE
    case 'header':
      return handler.header?.(question.input, signal) ?? CONTINUE
    case 'endOfHeaders':
      return handler.endOfHeaders?.(signal) ?? CONTINUE
    case 'body':
      return handler.body?.(question.input, signal) ?? CONTINUE
    case 'message':
      return handler.message?.(question.input, signal) ?? { reply: CONTINUE, edits: [] }
  }
}

/** Not `instanceof Promise`: a handler's promise may come from another library or another realm. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** What the MTA gets when a callback failed: try again later. */
export function failure({ stage }: Question): AnyAnswer {
  return stage === 'message' ? { reply: { kind: 'tempfail' }, edits: [] } : { kind: 'tempfail' }
}
