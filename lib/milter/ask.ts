/**
 * From a question to the handler's callback.
 */

import type { BodyCollector } from './body.ts'
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
      return askMessage(handler, question, signal)
  }
}

/** When the body is at hand; the MTA is kept waiting until then as by any callback. */
function askMessage(
  handler: MilterHandler,
  { input, held }: Extract<Question, { stage: 'message' }>,
  signal: AbortSignal,
): AnyAnswer | PromiseLike<AnyAnswer> {
  const ask = (body: Buffer) =>
    handler.message?.({ ...input, body }, signal) ?? { reply: CONTINUE, edits: [] }
  const body = whole(held)
  return isThenable(body) ? body.then(ask) : ask(body)
}

/** At once where there is room; else when it is this body's turn, or read from its file. */
function whole(held: BodyCollector): Buffer | Promise<Buffer> {
  const room = Promise.withResolvers<void>()
  let begun = false
  held.enter(
    () => {
      begun = true
      room.resolve()
    },
    () => room.reject(new Error('the message is gone')),
  )
  const { file } = held
  if (file === null) return begun ? held.bytes() : room.promise.then(() => held.bytes())
  return room.promise.then(() => file.read(held.kept))
}

/** Not `instanceof Promise`: a handler's promise may come from another library or another realm. */
export function isThenable<T>(value: T | PromiseLike<T>): value is PromiseLike<T> {
  return typeof value === 'object' && value !== null && 'then' in value
}

/** What the MTA gets when a callback failed: try again later. */
export function failure({ stage }: Question): AnyAnswer {
  return stage === 'message' ? { reply: { kind: 'tempfail' }, edits: [] } : { kind: 'tempfail' }
}
