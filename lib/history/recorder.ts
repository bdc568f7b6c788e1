/**
 * Writes decisions to the record, many at once: a transaction per mail would cost the thread that talks to the MTA
 * more than the mail itself. What is lost with a crash is the last second.
 */
import { messageOf } from '../fault.ts'
import type { Outcome, Recorder } from '../checks/check.ts'
import { cleanText } from '../policy/clean.ts'
import type { Decision, HistoryStore } from '../store/history-store.ts'

const FLUSH_AFTER = 1000
const FLUSH_AT = 200
const MAX_TEXT = 300

/** A recorder with a memory of its own; the daemon makes one and flushes it at its end. */
export interface HistoryRecorder extends Recorder {
  flush(): void
}

export function createHistoryRecorder(
  store: HistoryStore,
  onFailure: (reason: string) => void,
): HistoryRecorder {
  let waiting: Decision[] = []
  let timer: NodeJS.Timeout | null = null
  let failing = false
  const flush = () => {
    if (timer !== null) clearTimeout(timer)
    timer = null
    const decisions = waiting
    waiting = []
    if (decisions.length === 0) return
    try {
      store.add(decisions)
      failing = false
    } catch (error) {
      // said once, not once a second
      if (!failing) onFailure(messageOf(error))
      failing = true
    }
  }
  return {
    name: 'history',
    record(outcome, { config, now }) {
      if (!config.history.enabled) return
      waiting.push(decisionOf(outcome, now(), config.history.subject))
      if (waiting.length >= FLUSH_AT) flush()
      else timer ??= setTimeout(flush, FLUSH_AFTER).unref()
    },
    flush,
  }
}

function decisionOf(outcome: Outcome, at: number, withSubject: boolean): Decision {
  const { session, message } = outcome
  const cut = (text: string) => cleanText(text, MAX_TEXT)
  return {
    at,
    reference: outcome.reference,
    queueId: outcome.queueId,
    client: session.client.address ?? '',
    clientName: cut(session.client.hostname),
    helo: cut(outcome.helo),
    user: cut(outcome.user ?? ''),
    sender: cut(outcome.sender ?? ''),
    recipients: outcome.recipients.slice(0, 1000).map(cut),
    verdict: outcome.judged ? outcome.verdict : 'pass',
    why: outcome.why,
    score: outcome.score,
    required: outcome.required,
    hits: outcome.hits.map(({ name, score, detail }) => ({
      name,
      score,
      ...(detail === undefined ? {} : { detail: cut(detail) }),
    })),
    unavailable: outcome.unavailable.map(({ check, reason }) => ({ check, reason: cut(reason) })),
    messageId: cut(message?.messageId ?? ''),
    from: cut(message?.from ?? ''),
    subject: withSubject ? cut(message?.subject ?? '') : '',
  }
}
