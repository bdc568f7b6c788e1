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
  hash.update(withoutLooseEnds(message.body))
  return hash.digest().subarray(0, 16)
}

const NEWLINE = 10
const isBlank = (octet: number): boolean => octet === 32 || octet === 9 || octet === 13

/**
 * Without spaces, tabs and returns at line ends, and without empty lines at the end. Octet by octet: a pattern would try
 * a long run of blanks from each of its places, and one mail would take minutes.
 */
function withoutLooseEnds(body: Uint8Array): Uint8Array {
  const kept = new Uint8Array(body.length)
  let length = 0
  // where the kept text ends when the blanks and newlines after it do not count
  let solid = 0
  let lineEnd = 0
  for (let at = 0; at < body.length; at++) {
    const octet = body[at]!
    if (octet === NEWLINE) length = lineEnd
    kept[length++] = octet
    if (!isBlank(octet)) lineEnd = length
    if (!isBlank(octet) && octet !== NEWLINE) solid = length
  }
  return kept.subarray(0, solid)
}

/** Message-ID in readable characters, for the journal. */
export function messageIdOf(message: Message): string {
  return (message.header('message-id')[0] ?? '').replace(/[^\x21-\x7e]+/g, '').slice(0, 250)
}
