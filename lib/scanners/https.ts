/**
 * A plain service over HTTPS that answers how bad a mail is, 0 (clean) to 9: the shape of Kerio's online filter. The
 * answer is a bare digit, or JSON `{"result": 7, "kind": "phishing", "name": "…"}`.
 */
import { z } from 'zod'
import { headerValue, post } from './http.ts'
import { json } from './rspamd.ts'
import { failed, unavailable, type OutsideScanner, type ScanAnswer } from './scanner.ts'

export interface HttpsOptions {
  readonly url: string
  /** Sent as `Authorization: Bearer …`; '' for none. */
  readonly token: string
  readonly ca?: string
}

export function https(name: string, { url, token, ca }: HttpsOptions): OutsideScanner {
  return {
    name,
    async scan(mail, signal) {
      const headers = {
        'Content-Type': 'message/rfc822',
        ...(token === '' ? {} : { Authorization: `Bearer ${headerValue(token)}` }),
        ...(mail.clientAddress === null ? {} : { 'X-Client-Address': headerValue(mail.clientAddress) }),
        'X-Sender': headerValue(mail.sender),
      }
      try {
        const answer = await post(
          { url, headers, body: mail.octets, ...(ca === undefined ? {} : { ca }) },
          signal,
        )
        return answer.status === 200 ? readHttps(answer.body) : unavailable(`answered ${answer.status}`)
      } catch (error) {
        return failed(error)
      }
    },
  }
}

const shape = z.object({
  result: z.number().int().min(0).max(9),
  kind: z.enum(['clean', 'spam', 'phishing', 'malware']).optional(),
  name: z.string().max(300).optional(),
})

export function readHttps(body: string): ScanAnswer {
  const text = body.trim()
  const parsed = shape.safeParse(/^[0-9]$/.test(text) ? { result: Number(text) } : json(text))
  if (!parsed.success) return unavailable(`answered neither 0 to 9 nor a verdict: ${text.slice(0, 60)}`)
  const { result, kind, name = '' } = parsed.data
  if (kind === 'malware' || kind === 'phishing')
    return { kind: 'threat', threat: kind, name: name || kind, points: result }
  return result === 0
    ? { kind: 'clean' }
    : { kind: 'points', points: result, detail: name || `${result} of 9` }
}
