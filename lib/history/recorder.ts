/** What is kept of a mail's outcome for `hamlet why`: made here, written by whoever it is handed to. */
import type { Outcome, Recorder } from '../checks/check.ts'
import { cleanText } from '../plain-text.ts'
import type { Decision } from '../store/history-store.ts'

const MAX_TEXT = 300

/** `add` must not write by itself: it is called on the thread that talks to the MTA. */
export function createHistoryRecorder(add: (decision: Decision) => void): Recorder {
  return {
    name: 'history',
    record(outcome, { config, now }) {
      if (config.history.enabled) add(decisionOf(outcome, now(), config.history.subject))
    },
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
    ...(outcome.removed === undefined
      ? {}
      : { removed: outcome.removed.slice(0, 50).map(({ name, hit }) => ({ name: cut(name), hit })) }),
    ...(outcome.sent === undefined || outcome.sent.length === 0
      ? {}
      : {
          sent: outcome.sent.map(({ what, to, outcome: became }) => ({
            what,
            to: cut(to),
            outcome: cut(became),
          })),
        }),
    ...(outcome.skipped === undefined ? {} : { skipped: outcome.skipped }),
    ...(outcome.unfinished === undefined ? {} : { unfinished: outcome.unfinished }),
    messageId: cut(message?.messageId ?? ''),
    from: cut(message?.from ?? ''),
    subject: withSubject ? cut(message?.subject ?? '') : '',
  }
}
