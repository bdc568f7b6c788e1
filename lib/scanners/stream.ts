/** One question over a TCP or unix socket: everything is written, everything up to a limit is read, then it is over. */
import { createConnection, type Socket } from 'node:net'

export interface Question {
  /** `unix:/path`, `/path`, `host:port` or `[::1]:port` */
  readonly address: string
  readonly parts: readonly Uint8Array[]
  /** Half-close after writing; for protocols that end a request so. */
  readonly end: boolean
  /** The answer is complete; without it the server's hanging up says so. */
  readonly complete?: (answer: Buffer) => boolean
}

/** Answers of scanners are short; more is nonsense. */
const ANSWER_LIMIT = 1 << 20

/** The answer's octets; rejects with a plain Error whose message explains it. */
export function ask({ address, parts, end, complete }: Question, signal: AbortSignal): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    if (signal.aborted) return reject(new Error('no time left'))
    const socket = connect(address)
    const chunks: Buffer[] = []
    let length = 0
    const finish = (error: Error | null) => {
      signal.removeEventListener('abort', onAbort)
      socket.destroy()
      if (error) reject(error)
      else resolve(Buffer.concat(chunks))
    }
    const onAbort = () => finish(new Error('no answer in time'))
    signal.addEventListener('abort', onAbort, { once: true })
    socket.on('error', (error) => finish(new Error(error.message || 'connection failed')))
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      length += chunk.length
      if (length > ANSWER_LIMIT) finish(new Error('an endless answer'))
      else if (complete?.(Buffer.concat(chunks)) === true) finish(null)
    })
    // a scanner may answer and hang up before it has read everything (size limit): the answer counts
    socket.on('close', () => finish(length > 0 ? null : new Error('hung up without an answer')))
    void write(socket, parts, end)
  })
}

function connect(address: string): Socket {
  if (address.startsWith('unix:')) return createConnection(address.slice(5))
  if (address.startsWith('/')) return createConnection(address)
  const colon = address.lastIndexOf(':')
  const host = address.slice(0, colon).replace(/^\[|\]$/g, '')
  return createConnection({ host, port: Number(address.slice(colon + 1)) })
}

/** Waits for the socket to drain, so that a hanging scanner does not make us buffer a second copy of the mail. */
async function write(socket: Socket, parts: readonly Uint8Array[], end: boolean): Promise<void> {
  for (const part of parts) {
    if (socket.destroyed) return
    if (!socket.write(part))
      await new Promise((resolve) => socket.once('drain', resolve).once('close', resolve))
  }
  if (end && !socket.destroyed) socket.end()
}
