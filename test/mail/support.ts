/** Short ways to a message for tests of the message model. */
import { parseMessage } from '../../lib/mail/message.ts'
import type { Message } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'

/** A message from its text; each character is one octet. */
export function mail(text: string): Message {
  return parseMessage(splitMail(Buffer.from(text, 'latin1')))
}

/** A message whose only part is HTML. */
export function page(html: string, charset = 'utf-8'): Message {
  return mail(`Subject: s\nContent-Type: text/html; charset=${charset}\n\n${html}`)
}

/** Numbers from a seed, the same in every run: mulberry32. */
export function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Asks a message for everything it has. */
export function askAll(message: Message): void {
  message.allHeaders()
  message.headerBlock()
  message.full()
  message.rendered()
  message.visible()
  message.invisible()
  message.decoded()
  message.html()
  message.uris()
  void message.defects
  for (const leaf of message.leaves.slice(0, 100)) {
    void leaf.filename
    void leaf.start
    leaf.bytes()
  }
}
