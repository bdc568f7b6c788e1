/** What makes a message the same message, whatever the way here has done to it. */
import { createHash } from 'node:crypto'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { identityOf } from '../../lib/bayes/identity.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'

const identity = (text: string) =>
  Buffer.from(identityOf(parseMessage(splitMail(Buffer.from(text, 'latin1'))))).toString('hex')

/** The definition, in patterns that take long for long runs of blanks. */
function defined(body: string): string {
  const kept = body.replace(/[ \t\r]+(?=\n|$)/g, '').replace(/\n+$/, '')
  return createHash('sha256')
    .update(`message-id:<a@b>\ndate:\nfrom:\n${kept}`, 'latin1')
    .digest()
    .subarray(0, 16)
    .toString('hex')
}

describe('the identity of a message', () => {
  it('leaves out blanks at line ends and empty lines at the end', () => {
    const text = fc.array(fc.constantFrom(' ', '\t', '\r', '\n', 'a', '\xe9'), { maxLength: 40 })
    fc.assert(
      fc.property(text, (letters) => {
        const body = letters.join('')
        expect(identity(`Message-ID: <a@b>\n\nx${body}`)).toBe(defined(`x${body}`))
      }),
      { seed: 1, numRuns: 500 },
    )
  })
  it('is that of the same mail with other line ends, trace headers and subject tags', () => {
    const sent = 'Message-ID: <a@b>\nFrom: c@d\nSubject: offer\n\none \ntwo\n'
    const kept =
      'Received: from x\r\nMessage-ID: <a@b>\r\nFrom:  c@d\r\nSubject: [SPAM] offer\r\n\r\none\r\ntwo\r\n\r\n'
    expect(identity(kept)).toBe(identity(sent))
    expect(identity(sent.replace('two', 'three'))).not.toBe(identity(sent))
  })
  it.each([' ', '\t', '\r', '\n', ' \t', '\r\n'])('takes a body of %j without end in no time', (blank) => {
    const started = performance.now()
    identity(`Message-ID: <a@b>\n\n${blank.repeat(500_000)}x`)
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
