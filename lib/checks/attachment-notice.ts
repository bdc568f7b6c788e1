/** Tells a proven sender which attachment was taken out, after the mail was delivered without it. */
import { aligned, domainOf } from '../auth/domains.ts'
import { noticeMail } from '../attachments/notice.ts'
import { submit } from '../net/submit.ts'
import type { Context, Outcome } from './check.ts'
import { factsOf } from './facts.ts'

const DAY = 86_400_000
/** Notices to one address a day: whoever sends a hundred files knows after the third. */
const MOST_A_DAY = 3

export const wantsNotice = (outcome: Outcome): boolean =>
  (factsOf(outcome.results).attachments?.notify ?? []).length > 0 && deserves(outcome)

/** What became of the notice. */
export async function sendNotice(
  outcome: Outcome,
  { config, store, now }: Pick<Context, 'config' | 'store' | 'now'>,
): Promise<{ readonly what: 'notice'; readonly to: string; readonly outcome: string }> {
  const taken = factsOf(outcome.results).attachments?.notify ?? []
  const to = outcome.sender ?? ''
  if (store.counters.add(`attachment-notice:${to.toLowerCase()}`, 1, now(), DAY) > MOST_A_DAY)
    return { what: 'notice', to, outcome: `not sent: ${MOST_A_DAY} a day are enough` }
  const host = outcome.session.macros.get('j') ?? 'localhost'
  const message = noticeMail({
    from: config.attachments.notice_from || `postmaster@${host}`,
    to,
    host,
    subject: outcome.message?.subject ?? '',
    messageId: outcome.message?.messageId ?? '',
    recipients: outcome.recipients,
    taken,
    date: new Date(now()),
    id: `notice-${outcome.session.id}`,
  })
  const { relay: server } = config.attachments
  const sent = await submit({
    server,
    helo: host,
    from: '',
    to: [to],
    message: Buffer.from(message),
    timeout: 15_000,
  })
  return { what: 'notice', to, outcome: sent.kind === 'sent' ? 'sent' : sent.reason }
}

/** Delivered, and SPF or DKIM proved the envelope sender: a notice to a forged one would be spam of our own. */
export function deserves({
  sender,
  verdict,
  results,
}: Pick<Outcome, 'sender' | 'verdict' | 'results'>): boolean {
  if (sender === null || sender === '' || (verdict !== 'deliver' && verdict !== 'tag')) return false
  const { spf, dkim } = factsOf(results)
  const domain = domainOf(sender)
  const signed = (dkim?.signatures ?? []).some((one) => one.trusted && aligned(one.domain, domain))
  return spf?.mailFrom?.result === 'pass' || signed
}
