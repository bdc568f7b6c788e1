/** A mail of somebody else, handed to the relay as it came with lines of our own above its header. */
import type { Config } from './config/schema.ts'
import type { Arrival } from './judge.ts'
import { submit } from './net/submit.ts'
import type { Sent } from './policy/verdict.ts'

/** Octets: `own` lines without line ends, then header and body of the mail. */
export function withOwnLines(
  { headers, body }: Pick<Arrival, 'headers' | 'body'>,
  own: readonly string[],
): Buffer {
  const lines = [...own, ...headers.map(({ name, value }) => `${name}:${value}`)]
  return Buffer.concat([Buffer.from(`${lines.map((line) => `${line}\n`).join('')}\n`, 'latin1'), body])
}

/** From the null sender. `timeout`: milliseconds for the whole dialogue. Never rejects. */
export async function handOver(
  what: Sent['what'],
  to: string,
  message: Uint8Array,
  {
    config,
    arrival,
    timeout,
  }: { readonly config: Config; readonly arrival: Arrival; readonly timeout: number },
): Promise<Sent> {
  const outcome = await submit({
    server: config.attachments.relay,
    helo: arrival.macros.get('j') ?? 'localhost',
    from: '',
    to: [to],
    message,
    timeout,
  })
  return outcome.kind === 'sent'
    ? { what, to, outcome: 'sent' }
    : { what, to, outcome: outcome.reason, failed: true }
}
