/** Recipients of one message: the surplus is refused so that the client sends it in a message of its own. */
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { isExempt } from './choose.ts'

export const recipientCount: Check<'recipient'> = {
  name: 'recipient_count',
  stage: 'recipient',
  liveOnly: true,
  enabled: ({ limits }) => limits.recipients_per_message !== 'off',
  async run(input, { config }) {
    const limit = config.limits.recipients_per_message
    if (limit === 'off' || isExempt(input, config.limits.exempt)) return CLEAN
    return judge(input.recipients.length, limit)
  },
}

/** 452 and not 552, so that clients keep the surplus and come again with it (RFC 5321 section 4.5.3.1.10). */
export function judge(accepted: number, limit: number): CheckResult {
  if (accepted < limit) return CLEAN
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_RECIPIENTS_OF_MESSAGE', detail: `limit ${limit}` },
    reply: { code: 452, enhanced: '4.5.3', text: 'Too many recipients for one message' },
  }
}
