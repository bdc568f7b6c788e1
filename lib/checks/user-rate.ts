/**
 * Messages and recipients per hour of a user who logged in: the one thing own mail is judged by. An account whose
 * password was stolen is stopped within its limit, and the journal says so in words that nobody overlooks.
 */
import type { Config } from '../config/schema.ts'
import type { Taken } from '../store/counter-store.ts'
import { CLEAN, type Check, type CheckResult, type Context, type SenderInput } from './check.ts'
import { alertKey, counterKey, COUNTERS, HOUR, userKey, type CounterName } from './limit-key.ts'

export const userMessageRate: Check<'sender'> = {
  name: 'user_message_rate',
  stage: 'sender',
  liveOnly: true,
  judgesOwn: true,
  enabled: ({ limits }) => limits.user_messages_per_hour !== 'off',
  run: async (input, context) => count(input, context, COUNTERS.userMessages, 'user_messages_per_hour'),
}

export const userRecipientRate: Check<'recipient'> = {
  name: 'user_recipient_rate',
  stage: 'recipient',
  liveOnly: true,
  judgesOwn: true,
  enabled: ({ limits }) => limits.user_recipients_per_hour !== 'off',
  run: async (input, context) => count(input, context, COUNTERS.userRecipients, 'user_recipients_per_hour'),
}

type UserLimit = keyof Pick<Config['limits'], 'user_messages_per_hour' | 'user_recipients_per_hour'>

function count(
  { user, client }: SenderInput,
  { config, store, now, alert }: Context,
  counter: CounterName,
  setting: UserLimit,
): CheckResult {
  const limit = config.limits[setting]
  if (user === null || limit === 'off') return CLEAN
  const whom = userKey(user)
  if (config.limits.user_exempt.some((name) => userKey(name) === whom)) return CLEAN
  const taken = store.counters.take(counterKey(counter, whom), 1, limit, now(), HOUR)
  const result = judge(taken, limit, counter)
  // Said when the limit is met and once an hour after that, not for each of the thousands that a bot tries.
  if (result.kind === 'refuse' && store.counters.take(alertKey(counter, whom), 1, 1, now(), HOUR).taken)
    alert?.(
      `user ${user} is over the limit of ${limit} ${counter === COUNTERS.userMessages ? 'messages' : 'recipients'} an hour, ` +
        `now from ${client.address ?? 'unknown'}: is the password stolen?`,
    )
  return result
}

export function judge({ taken, count }: Taken, limit: number, counter: CounterName): CheckResult {
  if (taken) return CLEAN
  const what = counter === COUNTERS.userMessages ? 'messages' : 'recipients'
  return {
    kind: 'refuse',
    hit: {
      name: what === 'messages' ? 'LIMIT_USER_MESSAGES' : 'LIMIT_USER_RECIPIENTS',
      detail: `${count} ${what} in an hour, limit ${limit}`,
    },
    reply: {
      code: 451,
      enhanced: '4.7.1',
      text: `Too many ${what} from your account within an hour, please try again later`,
    },
  }
}
