/**
 * Mail of our own about a mail: the untouched original of one whose attachment is taken out, the notice to its sender,
 * the copy of a refused one. Judging only says what is to be sent; the filter of the daemon hands it to the relay, and
 * says what became of it. A mail in a file that somebody looks at (`hamlet scan`) sends nothing.
 */
import { sendNotice, wantsNotice } from './checks/attachment-notice.ts'
import type { Outcome } from './checks/check.ts'
import { blockedCopyTo, copyBlocked } from './blocked-copy.ts'
import type { Engine } from './engine.ts'
import { messageOf } from './fault.ts'
import { handOver, withOwnLines } from './hand-over.ts'
import type { Arrival } from './judge.ts'
import type { Sent, Verdict } from './policy/verdict.ts'

/** Hands the original to each address, before the MTA is answered: what nobody has may not be taken out of a mail. */
export type SendOriginals = (to: readonly string[]) => Promise<readonly Sent[]>

export const originalsOf =
  ({ config }: Engine, arrival: Arrival): SendOriginals =>
  (to) => {
    const original = withOwnLines(arrival, [`X-Hamlet-Original: ${arrival.id}`])
    return Promise.all(
      to.map((address) => handOver('original', address, original, { config, arrival, timeout: 15_000 })),
    )
  }

/** What follows after the MTA has its answer; null when there is nothing to send. Never rejects. */
export function followUp(
  engine: Engine,
  arrival: Arrival,
  verdict: Verdict,
  outcome: Outcome,
): Promise<readonly Sent[]> | null {
  const copyTo = blockedCopyTo(engine, verdict)
  const notice = wantsNotice(outcome)
  if (copyTo === null && !notice) return null
  return send(engine, arrival, verdict, outcome, copyTo, notice)
}

async function send(
  engine: Engine,
  arrival: Arrival,
  verdict: Verdict,
  outcome: Outcome,
  copyTo: string | null,
  notice: boolean,
): Promise<readonly Sent[]> {
  try {
    const sent = await Promise.all([
      ...(copyTo === null ? [] : [copyBlocked(engine, arrival, verdict, copyTo)]),
      ...(notice ? [sendNotice(outcome, engine)] : []),
    ])
    for (const { what, to, outcome: became } of sent)
      engine.log[became === 'sent' ? 'info' : 'warn'](`${arrival.queueId || 'NOQUEUE'}: ${what} to <${to}>`, {
        outcome: became,
        ref: outcome.reference,
      })
    return sent
  } catch (error) {
    engine.log.warn('what follows after a verdict failed', {
      reason: messageOf(error),
      ref: outcome.reference,
    })
    return []
  }
}
