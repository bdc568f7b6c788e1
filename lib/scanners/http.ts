/**
 * One POST over HTTP or HTTPS. Certificates are always checked: an online filter that anyone on the way can play is
 * worse than none; a site with an authority of its own names its file.
 */
import { request as httpRequest } from 'node:http'
import { request as httpsRequest } from 'node:https'

export interface Post {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** PEM of authorities to trust instead of the system's. */
  readonly ca?: string
}
export interface HttpAnswer {
  readonly status: number
  readonly body: string
}

const ANSWER_LIMIT = 1 << 20

/** Rejects with an Error whose message explains it: a wrong certificate, a time-out, an endless answer. */
export function post({ url, headers, body, ca }: Post, signal: AbortSignal): Promise<HttpAnswer> {
  return new Promise((resolve, reject) => {
    const target = new URL(url)
    const options = {
      method: 'POST',
      headers: { ...headers, 'Content-Length': String(body.length) },
      signal,
      agent: false,
      ...(ca === undefined ? {} : { ca }),
    } as const
    const fail = (error: Error) => reject(signal.aborted ? new Error('no answer in time') : error)
    const request = (target.protocol === 'https:' ? httpsRequest : httpRequest)(
      target,
      options,
      (response) => {
        const chunks: Buffer[] = []
        let length = 0
        response.on('error', fail)
        response.on('data', (chunk: Buffer) => {
          chunks.push(chunk)
          length += chunk.length
          if (length > ANSWER_LIMIT) request.destroy(new Error('an endless answer'))
        })
        response.on('end', () =>
          resolve({ status: response.statusCode ?? 0, body: Buffer.concat(chunks).toString('utf8') }),
        )
        response.on('close', () => fail(new Error('the answer was cut off')))
      },
    )
    request.on('error', fail)
    request.end(body)
  })
}

/** Values of headers we send: one line, printable. */
export const headerValue = (text: string): string => text.replace(/[^\x20-\x7e]/g, '?').slice(0, 500)
