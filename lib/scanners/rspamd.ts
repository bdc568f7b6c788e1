/** rspamd's HTTP interface: POST /checkv2 with the envelope in headers, JSON back. */
import { z } from 'zod'
import { headerValue, post } from './http.ts'
import { failed, unavailable, type OutsideScanner, type ScanAnswer, type ScanMail } from './scanner.ts'

export function rspamd(name: string, url: string, password: string): OutsideScanner {
  return {
    name,
    async scan(mail, signal) {
      try {
        const target = new URL('/checkv2', url).href
        const answer = await post(
          { url: target, headers: envelope(mail, password), body: mail.octets },
          signal,
        )
        return answer.status === 200 ? readRspamd(answer.body) : unavailable(`answered ${answer.status}`)
      } catch (error) {
        return failed(error)
      }
    },
  }
}

function envelope(mail: ScanMail, password: string): Readonly<Record<string, string>> {
  return {
    ...(mail.clientAddress === null ? {} : { IP: headerValue(mail.clientAddress) }),
    ...(mail.helo === '' ? {} : { Helo: headerValue(mail.helo) }),
    ...(mail.clientName === '' ? {} : { Hostname: headerValue(mail.clientName) }),
    ...(mail.user === null ? {} : { User: headerValue(mail.user) }),
    ...(mail.queueId === '' ? {} : { 'Queue-Id': headerValue(mail.queueId) }),
    ...(password === '' ? {} : { Password: headerValue(password) }),
    From: headerValue(mail.sender),
    Rcpt: headerValue(mail.recipients[0] ?? ''),
  }
}

const shape = z.object({
  score: z.number(),
  action: z.string().max(100),
  symbols: z.record(z.string(), z.object({ score: z.number().optional() })).optional(),
})

export function readRspamd(body: string): ScanAnswer {
  const parsed = shape.safeParse(json(body))
  if (!parsed.success) return unavailable('answered something else than a verdict')
  const { score, action, symbols = {} } = parsed.data
  const names = Object.entries(symbols)
    .toSorted(([, a], [, b]) => Math.abs(b.score ?? 0) - Math.abs(a.score ?? 0))
    .slice(0, 12)
    .map(([name, symbol]) => `${name}(${(symbol.score ?? 0).toFixed(1)})`)
  return { kind: 'points', points: score, detail: `${action}: ${names.join(' ')}`.slice(0, 300) }
}

export function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
