/**
 * Hands one message of our own to an SMTP server: notices, and copies of originals. As little SMTP as that takes
 * (RFC 5321 without extensions), one deadline for the whole dialogue, and failure is a value.
 */
import { createConnection } from 'node:net'
import { parseHostPort } from './host-port.ts'

export interface Submission {
  /** `host:port`, an IPv6 address in brackets. */
  readonly server: string
  readonly helo: string
  /** '' for the null sender. */
  readonly from: string
  readonly to: readonly string[]
  /** Header and body, any line ends. */
  readonly message: Uint8Array
  readonly timeout: number
}
export type Submitted =
  | { readonly kind: 'sent'; readonly answer: string }
  | { readonly kind: 'unavailable'; readonly reason: string }

const REPLY_LIMIT = 64 * 1024

/** Never rejects. */
export function submit(submission: Submission): Promise<Submitted> {
  const unsafe = [submission.from, submission.helo, ...submission.to].some((text) =>
    /[\s\x00-\x1f<>]|[^\x00-\x7f]/.test(text),
  )
  if (unsafe)
    return Promise.resolve({ kind: 'unavailable', reason: 'an address that cannot be written in SMTP' })
  return new Promise((resolve) => {
    const server = parseHostPort(submission.server)
    if (server === null) {
      resolve({ kind: 'unavailable', reason: `${submission.server} is not host:port` })
      return
    }
    const socket = createConnection({ host: server.host, port: server.port })
    const timer = setTimeout(
      () => done({ kind: 'unavailable', reason: 'no answer in time' }),
      submission.timeout,
    )
    const done = (outcome: Submitted) => {
      clearTimeout(timer)
      socket.destroy()
      resolve(outcome)
    }
    const steps = dialogue(submission)
    let received = ''
    socket.setEncoding('latin1')
    socket.on('error', (error) => done({ kind: 'unavailable', reason: error.message }))
    socket.on('close', () => done({ kind: 'unavailable', reason: 'the server hung up' }))
    socket.on('data', (chunk) => {
      received += String(chunk)
      if (received.length > REPLY_LIMIT) return done({ kind: 'unavailable', reason: 'an endless reply' })
      const reply = /^(?:\d{3}-[^\n]*\n)*(\d{3})(?: [^\n]*)?\r?\n$/.exec(received)
      if (reply === null) return
      const [step, next] = [steps.shift(), steps[0]]
      const text = received.trim().slice(0, 300)
      received = ''
      if (!reply[1]?.startsWith(step?.expects ?? '2'))
        return done({ kind: 'unavailable', reason: `${step?.what ?? 'server'}: ${text}` })
      if (next === undefined) return done({ kind: 'sent', answer: text })
      socket.write(next.sends)
    })
  })
}

interface Step {
  readonly what: string
  readonly sends: string | Uint8Array
  readonly expects: '2' | '3'
}

/** The greeting first, which nothing is sent for. */
function dialogue({ helo, from, to, message }: Submission): Step[] {
  return [
    { what: 'greeting', sends: '', expects: '2' },
    { what: 'EHLO', sends: `EHLO ${helo}\r\n`, expects: '2' },
    { what: 'MAIL', sends: `MAIL FROM:<${from}>\r\n`, expects: '2' },
    ...to.map((address): Step => ({ what: 'RCPT', sends: `RCPT TO:<${address}>\r\n`, expects: '2' })),
    { what: 'DATA', sends: 'DATA\r\n', expects: '3' },
    { what: 'message', sends: dotStuffed(message), expects: '2' },
  ]
}

/** CRLF line ends, lines that begin with a dot get another one, and the dot that ends it (RFC 5321 section 4.5.2). */
function dotStuffed(message: Uint8Array): Uint8Array {
  const text = Buffer.from(message)
    .toString('latin1')
    .replace(/\r?\n|\r/g, '\r\n')
    .replace(/^\./gm, '..')
  return Buffer.from(`${text}${text.endsWith('\r\n') ? '' : '\r\n'}.\r\n`, 'latin1')
}
