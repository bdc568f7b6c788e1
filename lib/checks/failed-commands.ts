/**
 * SMTP commands the MTA does not know: a mail server never sends any, a browser or an exploit talking to port 25
 * sends nothing else. 421 is the only refusal that the MTA honours here, and it ends the session.
 */
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { isExempt } from './choose.ts'

export const failedCommands: Check<'unknown'> = {
  name: 'failed_commands',
  stage: 'unknown',
  liveOnly: true,
  enabled: ({ limits }) => limits.failed_commands !== 'off',
  async run(input, { config, store }) {
    const limit = config.limits.failed_commands
    if (limit === 'off' || isExempt(input, config.limits.exempt)) return CLEAN
    return judge(store.sessions.note(input.id, 'unknown command'), limit)
  },
}

export function judge(times: number, limit: number): CheckResult {
  if (times <= limit) return CLEAN
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_FAILED_COMMANDS', detail: `${times} unknown commands, limit ${limit}` },
    reply: { code: 421, enhanced: '4.7.0', text: 'Too many unknown commands' },
  }
}
