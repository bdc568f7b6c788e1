/**
 * Copies of refused and discarded mail for a mailbox of the administrator, while scores are tuned. They are handed to
 * the relay after the sender has its answer; what cannot be handed over is said in the journal and given up, because
 * the mail was refused and its sender knows.
 */
import type { Engine } from './engine.ts'
import type { Arrival } from './judge.ts'
import { submit } from './net/submit.ts'
import type { Verdict } from './policy/verdict.ts'
import { cleanText } from './policy/clean.ts'

/** Copies on their way at once: a flood of spam must not become a flood of connections. */
const MOST_AT_ONCE = 4
let onTheirWay = 0

export async function copyBlocked(
  { config, log }: Engine,
  arrival: Arrival,
  { kind, why }: Verdict,
  reference: string,
): Promise<void> {
  const to = config.actions.copy_blocked_to
  if (to === '' || (kind !== 'reject' && kind !== 'discard')) return
  if (onTheirWay >= MOST_AT_ONCE)
    return log.notice('no copy of blocked mail: too many at once', { ref: reference })
  onTheirWay++
  try {
    const outcome = await submit({
      server: config.attachments.relay,
      helo: arrival.macros.get('j') ?? 'localhost',
      from: '',
      to: [to],
      message: copyOf(arrival, why),
      timeout: 30_000,
    })
    if (outcome.kind === 'unavailable')
      log.warn('no copy of blocked mail', { ref: reference, why: outcome.reason })
  } finally {
    onTheirWay--
  }
}

/** The mail as it came, with the envelope and the reason above it. */
function copyOf({ headers, body, sender, recipients }: Arrival, why: string): Uint8Array {
  const own = [
    `X-Spam-Blocked: ${cleanText(why, 200)}`,
    `X-Spam-Original-Sender: <${cleanText(sender.address, 320)}>`,
    ...recipients
      .slice(0, 50)
      .map(({ address }) => `X-Spam-Original-Recipient: <${cleanText(address, 320)}>`),
  ]
  const header = [...own, ...headers.map(({ name, value }) => `${name}:${value}`)].map((line) => `${line}\n`)
  return Buffer.concat([Buffer.from(`${header.join('')}\n`, 'latin1'), body])
}
