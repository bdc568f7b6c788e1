/**
 * SMTP commands that came to nothing in one session: commands the MTA does not know (a mail server never sends any, a
 * browser or an exploit talking to port 25 sends nothing else), recipients that the MTA or we refused for good, mails
 * that were begun and given up. Over the limit the session ends with 421, at the next command that a milter is asked
 * about. What the MTA keeps to itself (syntax errors, failed logins, commands out of order) only the MTA can limit.
 */
import { CLEAN, type Check, type CheckResult, type Context, type Session } from './check.ts'
import { isExempt } from './choose.ts'

const KINDS = ['unknown commands', 'refused recipients', 'aborted mails'] as const
type Kind = (typeof KINDS)[number]

/** Counts one of a session; also called for what is no stage of its own. */
export function noteFailed(
  { store }: Pick<Context, 'store'>,
  session: Pick<Session, 'id'>,
  kind: Kind,
): void {
  store.sessions.note(session.id, kind)
}

const enabled: Check['enabled'] = ({ limits }) => limits.failed_commands !== 'off'

/** What the session has come to. */
function reckon(input: Session, { config, store }: Pick<Context, 'config' | 'store'>): CheckResult {
  const limit = config.limits.failed_commands
  if (limit === 'off' || isExempt(input, config.limits.exempt)) return CLEAN
  return judge(
    KINDS.map((kind) => [kind, store.sessions.noted(input.id, kind)] as const),
    limit,
  )
}

export const failedCommands: Check<'unknown'> = {
  name: 'failed_commands',
  stage: 'unknown',
  liveOnly: true,
  enabled,
  async run(input, context) {
    noteFailed(context, input, 'unknown commands')
    return reckon(input, context)
  },
}

/** The MTA has refused a recipient: our answer is not heard, it only counts. */
export const failedRecipients: Check<'rejectedRecipient'> = {
  name: 'failed_recipients',
  stage: 'rejectedRecipient',
  liveOnly: true,
  enabled,
  async run(input, context) {
    // what is put off is no failure: the client is asked to come again
    if (!input.status.startsWith('4.')) noteFailed(context, input, 'refused recipients')
    return CLEAN
  },
}

/** A session over the limit is ended at its next mail or recipient. */
export const failedBefore: Check<'sender'> = {
  name: 'failed_before',
  stage: 'sender',
  liveOnly: true,
  enabled,
  run: async (input, context) => reckon(input, context),
}
export const failedMeanwhile: Check<'recipient'> = {
  name: 'failed_meanwhile',
  stage: 'recipient',
  liveOnly: true,
  enabled,
  run: async (input, context) => reckon(input, context),
}

export function judge(counts: readonly (readonly [Kind, number])[], limit: number): CheckResult {
  const times = counts.reduce((sum, [, count]) => sum + count, 0)
  if (times <= limit) return CLEAN
  const said = counts.filter(([, count]) => count > 0).map(([kind, count]) => `${count} ${kind}`)
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_FAILED_COMMANDS', detail: `${said.join(', ')}, limit ${limit}` },
    reply: { code: 421, enhanced: '4.7.0', text: 'Too many commands that came to nothing' },
  }
}
