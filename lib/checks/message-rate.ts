/**
 * Messages per hour from one client. A message is counted at MAIL, in one step with the question whether there is
 * room, so that fifty sessions at once cannot slip through together.
 */
import type { Check, CheckResult } from './check.ts'
import { CLEAN } from './check.ts'
import { isExempt } from './choose.ts'
import { clientKey, counterKey, COUNTERS, HOUR } from './limit-key.ts'
import type { Taken } from '../store/counter-store.ts'

export const messageRate: Check<'sender'> = {
  name: 'message_rate',
  stage: 'sender',
  liveOnly: true,
  enabled: ({ limits }) => limits.messages_per_hour !== 'off',
  async run(input, { config, store, now }) {
    const limit = config.limits.messages_per_hour
    const key = clientKey(input, config)
    if (limit === 'off' || key === null || isExempt(input, config.limits.exempt)) return CLEAN
    return judge(store.counters.take(counterKey(COUNTERS.messages, key), 1, limit, now(), HOUR), limit)
  },
}

export function judge({ taken, count }: Taken, limit: number): CheckResult {
  if (taken) return CLEAN
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_MESSAGES', detail: `${count} messages in an hour, limit ${limit}` },
    reply: {
      code: 451,
      enhanced: '4.7.1',
      text: 'Too many messages from your address, please try again later',
    },
  }
}
