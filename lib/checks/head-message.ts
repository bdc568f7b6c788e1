/**
 * The part of a mail whose text is looked at: of a body over `scan.limit` the first part, as for rules. Rendering 20 MB
 * of HTML takes ten seconds, and who wants to be read puts the text first.
 */
import type { Config } from '../config/schema.ts'
import { parseMessage, type Message } from '../mail/message.ts'
import type { MessageInput } from './check.ts'

/** Several checks look at the same mail. */
const made = new WeakMap<Message, Message>()

export function headMessage({ message, body, headers }: MessageInput, { scan }: Config): Message {
  if (body.length <= scan.limit) return message
  const known = made.get(message)
  if (known) return known
  const head = parseMessage({ headers, body: body.subarray(0, scan.limit), truncated: true })
  made.set(message, head)
  return head
}
