/**
 * What makes a message the same message: a digest of what sender and author wrote, without what the way here or a
 * filter changes (trace headers, subject tags, line ends, white space at line ends). The body counts, because anyone
 * can send mail under another mail's Message-ID.
 */
import { createHash } from 'node:crypto'
import type { Message } from '../mail/message.ts'

/** 16 octets. */
export function identityOf(message: Message): Uint8Array {
  const hash = createHash('sha256')
  for (const name of ['message-id', 'date', 'from'])
    hash.update(`${name}:${(message.header(name)[0] ?? '').replace(/\s+/g, ' ').trim()}\n`, 'latin1')
  const body = Buffer.from(message.body.buffer, message.body.byteOffset, message.body.byteLength)
  hash.update(
    body
      .toString('latin1')
      .replace(/[ \t\r]+(?=\n|$)/g, '')
      .replace(/\n+$/, ''),
    'latin1',
  )
  return hash.digest().subarray(0, 16)
}

/** Message-ID in readable characters, for the journal. */
export function messageIdOf(message: Message): string {
  return (message.header('message-id')[0] ?? '').replace(/[^\x21-\x7e]+/g, '').slice(0, 250)
}
