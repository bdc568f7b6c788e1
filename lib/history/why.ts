/**
 * A decision in words for the one who is asked "where is my mail?". Pure. Since the score is a plain sum, what would
 * have changed the outcome can be said exactly: the single lines without which the mail would have passed.
 */
import { formatScore } from '../policy/score.ts'
import type { Decision } from '../store/history-store.ts'

const OUTCOME: Readonly<Record<string, string>> = {
  deliver: 'delivered',
  pass: 'delivered without being judged',
  tag: 'delivered, marked as spam',
  quarantine: "held in the MTA's hold queue",
  redirect: 'sent to the quarantine mailbox',
  discard: 'discarded',
  reject: 'refused for good; the sender was told',
  defer: 'put off; the sender was asked to try again',
}

export function explainDecision(
  decision: Decision,
  descriptions: ReadonlyMap<string, string>,
): readonly string[] {
  const { at, reference, queueId, verdict, why, hits, unavailable } = decision
  const name = decision.clientName.startsWith('[') ? 'unknown' : decision.clientName
  const who = `${name}[${decision.client || 'local'}]`
  return [
    `${new Date(at).toISOString()}  ${OUTCOME[verdict] ?? verdict}  (${why})`,
    `  from <${decision.sender}> to ${decision.recipients.map((one) => `<${one}>`).join(', ') || 'nobody yet'}`,
    `  client ${who}${decision.helo === '' ? '' : `, HELO ${decision.helo}`}${decision.user === '' ? '' : `, logged in as ${decision.user}`}`,
    ...(decision.subject === '' ? [] : [`  subject ${decision.subject}`]),
    ...(decision.messageId === '' ? [] : [`  Message-ID ${decision.messageId}`]),
    `  reference ${reference}${queueId === '' ? '' : `, queue id ${queueId}`}`,
    ...(hits.length === 0 && decision.required === null ? [] : [scoreLine(decision)]),
    ...[...hits]
      .toSorted((one, other) => Math.abs(other.score) - Math.abs(one.score))
      .map(({ name, score, detail }) => {
        const words = [descriptions.get(name), detail].filter((word) => word !== undefined && word !== '')
        return `    ${formatScore(score).padStart(7)}  ${name}${words.length === 0 ? '' : `  ${words.join(': ')}`}`
      }),
    ...unavailable.map(({ check, reason }) => `          -  ${check} could not answer: ${reason}`),
    ...(decision.skipped === 'private-client'
      ? ['  the client is in the group private: SPF, DNS lists and the checks of its name were not asked']
      : []),
    ...(decision.unfinished === undefined
      ? []
      : [`  not finished within its budget: ${decision.unfinished.join(', ')}`]),
    ...(decision.removed ?? []).map(({ name: file, hit }) => `  taken out of it: "${file}" (${hit})`),
    ...(decision.sent ?? []).map(({ what, to, outcome }) => `  ${what} to <${to}>: ${outcome}`),
    ...counterfactuals(decision),
  ]
}

function scoreLine({ score, required }: Decision): string {
  return `  score ${formatScore(score)}${required === null ? '' : ` of ${formatScore(required)}`}`
}

/** Which single lines decided it. */
export function counterfactuals({ score, required, hits }: Decision): readonly string[] {
  if (required === null) return []
  if (score >= required) {
    const decisive = hits
      .filter((hit) => hit.score > 0 && score - hit.score < required)
      .map(({ name }) => name)
    return decisive.length === 0
      ? ['  No single test decided it: without any one of them it would still have counted as spam.']
      : [`  Without ${decisive.join(' or without ')} it would not have counted as spam.`]
  }
  const saving = hits.filter((hit) => hit.score < 0 && score - hit.score >= required).map(({ name }) => name)
  return saving.length === 0
    ? []
    : [`  Without ${saving.join(' or without ')} it would have counted as spam.`]
}
