/** One view per message and rule set, shared by the pass that asks for lookups and the pass that judges. */
import type { Message } from '../mail/message.ts'
import type { EnvelopeFacts } from './eval.ts'
import type { Program } from './program.ts'
import { MessageView } from './view.ts'

interface Kept {
  readonly program: Program
  readonly envelope: EnvelopeFacts
  readonly joining: boolean
  readonly view: MessageView
}

const views = new WeakMap<Message, Kept>()

export function viewOf(
  program: Program,
  message: Message,
  envelope: EnvelopeFacts,
  joining: boolean,
): MessageView {
  const kept = views.get(message)
  if (kept?.program === program && kept.envelope === envelope && kept.joining === joining) return kept.view
  const view = new MessageView(program, message, envelope, joining)
  views.set(message, { program, envelope, joining, view })
  return view
}
