/** A message as a lesson: what the store needs to learn it, recognise it and name it in the journal. */
import type { Message } from '../mail/message.ts'
import type { LessonInput, LessonOrigin, MailClass } from '../store/bayes-store.ts'
import { featuresOf } from './features.ts'
import type { Salt } from './features.ts'
import { identityOf, messageIdOf } from './identity.ts'
import { tokensOf } from './tokens.ts'
import { viewOf } from './view.ts'

/** `sender`: the envelope sender where the mail does not carry it yet. */
export function lessonFrom(
  message: Message,
  as: MailClass,
  salt: Salt,
  origin: Omit<LessonOrigin, 'about'>,
  sender?: string,
): LessonInput {
  return {
    ...origin,
    about: messageIdOf(message),
    message: identityOf(message),
    as,
    features: featuresOf(tokensOf(viewOf(message, sender)), salt),
  }
}
