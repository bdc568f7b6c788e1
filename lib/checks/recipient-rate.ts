/** Recipients per hour from one client, counted one by one as they are named. */
import type { Taken } from '../store/counter-store.ts'
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { isExempt } from './choose.ts'
import { clientKey, counterKey, COUNTERS, HOUR } from './limit-key.ts'

export const recipientRate: Check<'recipient'> = {
  name: 'recipient_rate',
  stage: 'recipient',
  liveOnly: true,
  enabled: ({ limits }) => limits.recipients_per_hour !== 'off',
  async run(input, { config, store, now }) {
    const limit = config.limits.recipients_per_hour
    const key = clientKey(input, config)
    if (limit === 'off' || key === null || isExempt(input, config.limits.exempt)) return CLEAN
    return judge(store.counters.take(counterKey(COUNTERS.recipients, key), 1, limit, now(), HOUR), limit)
  },
}

export function judge({ taken, count }: Taken, limit: number): CheckResult {
  if (taken) return CLEAN
  return {
    kind: 'refuse',
    hit: { name: 'LIMIT_RECIPIENTS', detail: `${count} recipients in an hour, limit ${limit}` },
    reply: {
      code: 451,
      enhanced: '4.7.1',
      text: 'Too many recipients from your address, please try again later',
    },
  }
}
