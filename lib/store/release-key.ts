/**
 * By what a released mail is known again, should it pass the filter a second time (requeued, or sent on by hand): its
 * Message-ID and body. Nothing is written into the mail, so its octets and signatures stay as they were.
 */
import { createHash } from 'node:crypto'

/** Line ends do not count, nor do empty lines at the end: MTAs differ in both. */
export function releaseKey(messageId: string, body: Uint8Array): string {
  const text = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
    .toString('latin1')
    .replace(/\r\n/g, '\n')
    .replace(/(?<!\n)\n+$/, '')
  return createHash('sha256').update(`${messageId.trim()}\0`).update(text, 'latin1').digest('hex')
}
