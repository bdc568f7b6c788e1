/**
 * Copies of refused and discarded mail for a mailbox of the administrator, while scores are tuned. They are handed to
 * the relay after the sender has its answer; what cannot be handed over is said in the journal and given up, because
 * the mail was refused and its sender knows.
 */
import type { Engine } from './engine.ts'
import { handOver, withOwnLines } from './hand-over.ts'
import type { Arrival } from './judge.ts'
import type { Sent, Verdict } from './policy/verdict.ts'
import { cleanText } from './plain-text.ts'

/** Copies on their way at once: a flood of spam must not become a flood of connections. */
const MOST_AT_ONCE = 4
let onTheirWay = 0

/** Who gets a copy of a mail with this verdict; null when nobody does. */
export function blockedCopyTo(
  { config }: Pick<Engine, 'config'>,
  { kind }: Pick<Verdict, 'kind'>,
): string | null {
  const to = config.actions.copy_blocked_to
  return to === '' || (kind !== 'reject' && kind !== 'discard') ? null : to
}

/** Never rejects. */
export async function copyBlocked(
  { config }: Pick<Engine, 'config'>,
  arrival: Arrival,
  { why }: Pick<Verdict, 'why'>,
  to: string,
): Promise<Sent> {
  if (onTheirWay >= MOST_AT_ONCE) return { what: 'copy', to, outcome: 'too many at once' }
  onTheirWay++
  try {
    return await handOver('copy', to, copyOf(arrival, why), { config, arrival, timeout: 30_000 })
  } finally {
    onTheirWay--
  }
}

/** The mail as it came, with the envelope and the reason above it. */
function copyOf(arrival: Arrival, why: string): Uint8Array {
  return withOwnLines(arrival, [
    `X-Spam-Blocked: ${cleanText(why, 200)}`,
    `X-Spam-Original-Sender: <${cleanText(arrival.sender.address, 320)}>`,
    ...arrival.recipients
      .slice(0, 50)
      .map(({ address }) => `X-Spam-Original-Recipient: <${cleanText(address, 320)}>`),
  ])
}
