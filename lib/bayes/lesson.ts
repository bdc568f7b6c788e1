/** A message as a lesson: what the store needs to learn it, recognise it and name it in the journal. */
import type { Message } from '../mail/message.ts'
import type { LessonInput, LessonOrigin, MailClass } from '../store/bayes-store.ts'
import { featuresOf } from './features.ts'
import type { Features, Salt } from './features.ts'
import { identityOf, messageIdOf } from './identity.ts'
import { tokensOf } from './tokens.ts'
import { viewOf } from './view.ts'

const known = new WeakMap<Message, { readonly salt: Salt; readonly features: Features }>()

/** The features of a message, worked out once: it is judged, remembered and perhaps learned. */
export function messageFeatures(message: Message, salt: Salt, sender?: string): Features {
  const found = known.get(message)
  if (found?.salt === salt) return found.features
  const features = featuresOf(tokensOf(viewOf(message, sender)), salt)
  known.set(message, { salt, features })
  return features
}

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
    features: messageFeatures(message, salt, sender),
  }
}
