/**
 * Messages and recipients per hour from one client. Each is counted in one step with the question whether there is
 * room, so that fifty sessions at once cannot slip through together: a message at MAIL, recipients one by one.
 */
import type { Config } from '../config/schema.ts'
import type { Taken } from '../store/counter-store.ts'
import { CLEAN, type Check, type CheckResult, type Context, type SenderInput } from './check.ts'
import { isExempt } from './choose.ts'
import { clientKey, counterKey, COUNTERS, HOUR } from './limit-key.ts'

export const messageRate: Check<'sender'> = {
  name: 'message_rate',
  stage: 'sender',
  liveOnly: true,
  enabled: ({ limits }) => limits.messages_per_hour !== 'off',
  run: async (input, context) => count(input, context, 'messages', 'messages_per_hour'),
}

export const recipientRate: Check<'recipient'> = {
  name: 'recipient_rate',
  stage: 'recipient',
  liveOnly: true,
  enabled: ({ limits }) => limits.recipients_per_hour !== 'off',
  run: async (input, context) => count(input, context, 'recipients', 'recipients_per_hour'),
}

type Counted = 'messages' | 'recipients'
type ClientLimit = keyof Pick<Config['limits'], 'messages_per_hour' | 'recipients_per_hour'>

function count(
  input: SenderInput,
  { config, store, now }: Context,
  what: Counted,
  setting: ClientLimit,
): CheckResult {
  const limit = config.limits[setting]
  const key = clientKey(input, config)
  if (limit === 'off' || key === null || isExempt(input, config.limits.exempt)) return CLEAN
  return judge(store.counters.take(counterKey(COUNTERS[what], key), 1, limit, now(), HOUR), limit, what)
}

export function judge({ taken, count }: Taken, limit: number, what: Counted): CheckResult {
  if (taken) return CLEAN
  return {
    kind: 'refuse',
    hit: {
      name: what === 'messages' ? 'LIMIT_MESSAGES' : 'LIMIT_RECIPIENTS',
      detail: `${count} ${what} in an hour, limit ${limit}`,
    },
    reply: {
      code: 451,
      enhanced: '4.7.1',
      text: `Too many ${what} from your address, please try again later`,
    },
  }
}
