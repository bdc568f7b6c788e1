/**
 * The lines an administrator searches for: one per message, one per refused connection or recipient. The queue id
 * stands first where there is one, so that `grep QUEUEID` tells one story together with the MTA's own lines; the
 * reference is the one the client was told.
 */
import { TEXT_LEFT_OUT } from './checks/text-left-out.ts'
import type { Hit, SenderInput } from './checks/check.ts'
import type { Config } from './config/schema.ts'
import type { Engine } from './engine.ts'
import type { Arrival, Judged } from './judge.ts'
import type { LogFields, LogLevel } from './log.ts'
import type { Path, SmtpReply } from './milter/handler.ts'
import { formatScore } from './policy/score.ts'
import type { Sent, Verdict } from './policy/verdict.ts'

/** So many recipients are named; the rest are counted. */
const NAMED_RECIPIENTS = 10
const MAX_FIELD = 300

const LEVEL_OF: Readonly<Record<Verdict['kind'], LogLevel>> = {
  deliver: 'info',
  tag: 'info',
  quarantine: 'notice',
  redirect: 'notice',
  discard: 'notice',
  reject: 'notice',
  defer: 'notice',
}

export function logVerdict(
  { log, config }: Engine,
  arrival: Arrival,
  { verdict, about, judged, times }: Judged,
  reference: string,
  milliseconds: number,
): void {
  const { report } = verdict
  const fields: LogFields = {
    verdict: judged ? verdict.kind : 'pass',
    ...(judged
      ? {
          score: formatScore(report.score),
          required: report.required === null ? 'none' : formatScore(report.required),
          tests: report.hits.map(({ name, score }) => `${name}=${formatScore(score)}`).join(',') || 'none',
          autolearn: report.classifier?.autolearn,
          needs: report.classifier?.needs ?? undefined,
        }
      : { why: arrival.user === null ? 'trusted client' : 'authenticated user' }),
    removed: report.removed?.map(({ name, hit }) => `${cut(name)} (${hit})`).join(', '),
    sent:
      report.sent === undefined || report.sent.length === 0
        ? undefined
        : report.sent.map(sentWords).join('; '),
    skipped: report.skipped,
    unfinished: report.unfinished?.join(','),
    unavailable:
      report.unavailable.length === 0
        ? undefined
        : report.unavailable.map(({ check, reason }) => `${check}: ${reason}`).join('; '),
    ...envelopeFields(arrival, arrival.recipients, config),
    msgid: cut(about.messageId),
    subject: config.log.subject ? cut(about.subject) : undefined,
    size: arrival.bodySize,
    truncated: arrival.truncated || report.hits.some(({ name }) => name === TEXT_LEFT_OUT) || undefined,
    ref: reference,
    ms: Math.round(milliseconds),
  }
  const level = report.unavailable.length > 0 ? 'warn' : LEVEL_OF[verdict.kind]
  log[level](`${arrival.queueId || 'NOQUEUE'}:`, fields)
  log.debug(`${arrival.queueId || 'NOQUEUE'}: times`, { ref: reference, ...roundTimes(times) })
}

export interface Refused {
  readonly stage: string
  readonly kind: 'reject' | 'defer'
  readonly hit: Hit
  readonly reply: SmtpReply
  readonly recipients: readonly Path[]
  readonly reference: string
}

export function logRefusal(
  { log, config }: Engine,
  input: SenderInput,
  { stage, kind, hit, reply, recipients, reference }: Refused,
): void {
  log.notice(`${input.macros.get('i') || 'NOQUEUE'}:`, {
    verdict: kind,
    at: stage,
    test: hit.name,
    detail: hit.detail === undefined ? undefined : cut(hit.detail),
    reply: `${reply.code} ${reply.enhanced}`,
    ...envelopeFields(input, recipients, config),
    ref: reference,
  })
}

function envelopeFields(
  { client, helo, sender, user }: SenderInput,
  recipients: readonly Path[],
  { log: { addresses } }: Config,
): LogFields {
  const show = (address: string) => `<${cut(addresses === 'full' ? address : address.replace(/^.*@/, '…@'))}>`
  const more = recipients.length - NAMED_RECIPIENTS
  return {
    client: `${cut(client.hostname.replace(/^\[.*\]$/, 'unknown'))}[${client.address ?? 'local'}]`,
    helo: helo === '' ? undefined : cut(helo),
    from: show(sender.address),
    to:
      recipients.length === 0
        ? undefined
        : recipients
            .slice(0, NAMED_RECIPIENTS)
            .map(({ address }) => show(address))
            .join(',') + (more > 0 ? ` and ${more} more` : ''),
    user: user ?? undefined,
  }
}

const sentWords = ({ what, to, outcome }: Sent): string => `${what} to <${to}>: ${cut(outcome)}`

const cut = (text: string): string => (text.length > MAX_FIELD ? `${text.slice(0, MAX_FIELD)}…` : text)

const roundTimes = (times: Readonly<Record<string, number>>): LogFields =>
  Object.fromEntries(Object.entries(times).map(([name, value]) => [name, Math.round(value * 100) / 100]))
