/** How much of anything one client, one session or one user may do. */
import { z } from 'zod'
import { GROUP_NAME } from '../../net/groups.ts'
import { duration, orOff, size } from '../units.ts'
import { groupNames } from './groups.ts'

const limit = (fallback: number | 'off', minimum = 1) =>
  orOff(z.number().int().min(minimum).max(10_000_000))
    .default(fallback)
    .meta({ kind: `a whole number from ${minimum}, or off` })

const messageSize = orOff(size('25MB', { minimum: '1KB', maximum: '2GB' }))

export const limitsSection = z.strictObject({
  exempt: groupNames().describe('IP groups whose clients no limit per client concerns.'),
  ipv6_prefix: z
    .number()
    .int()
    .min(32)
    .max(128)
    .default(64)
    .describe('IPv6 clients are counted by networks of this many bits, since one client has a whole /64.'),
  messages_per_hour: limit('off').describe(
    'Messages (MAIL commands) from one client within any 60 minutes; more are deferred with 451 4.7.1. Refused ones are not counted, so that a server that comes again is let in as soon as there is room.',
  ),
  recipients_per_hour: limit('off').describe(
    'Recipients from one client within any 60 minutes; more are deferred with 451 4.7.1.',
  ),
  connections: limit('off').describe(
    'SMTP sessions one client may have open at once; one more gets 421 4.7.0. Do not set it too low: big senders use several.',
  ),
  recipients_per_message: limit('off').describe(
    'Recipients of one message; further ones get 452 4.5.3, upon which the client sends them in a message of their own. RFC 5321 wants at least 100.',
  ),
  message_size: messageSize
    .default('off')
    .describe(
      "Larger messages are refused with 552 5.3.4, at MAIL when the client says the size, else at the end. The MTA's own limit comes first.",
    ),
  message_size_of: z
    .record(z.string().regex(GROUP_NAME, 'expected the name of an IP group'), messageSize)
    .default({})
    .describe(
      'Other limits for clients in these IP groups, such as `{ partners: 100MB }`; of several groups the most generous counts.',
    ),
  unknown_recipients: limit(50).describe(
    'Recipients that do not exist here (refused by the MTA with 5.1.1) from one client within any 60 minutes; from then on the client is shut out for `unknown_recipients_block`.',
  ),
  unknown_recipients_action: z
    .enum(['log', 'defer', 'reject'])
    .default('defer')
    .describe('What a client hears that is shut out for guessing recipients.'),
  unknown_recipients_block: duration('1h', { minimum: '1m', maximum: '7d' }).describe(
    'For how long such a client is shut out.',
  ),
  workers_ended: limit(2).describe(
    'Scan workers that had to be ended for mails of one client within any 60 minutes; from then on its mail is deferred for `workers_ended_block`.',
  ),
  workers_ended_block: duration('1h', { minimum: '1m', maximum: '7d' }).describe(
    'For how long mail of such a client is deferred.',
  ),
  failed_commands: limit(20).describe(
    'Commands that come to nothing in one session: unknown ones, recipients refused for good, mails begun and given up; one more gets 421 4.7.0 and the end of the session. Failed logins, syntax errors and commands out of order are seen by the MTA only: smtpd_hard_error_limit and smtpd_soft_error_limit of Postfix, confBAD_RCPT_THROTTLE of Sendmail.',
  ),
  user_messages_per_hour: limit(500).describe(
    'Messages one authenticated user may send within any 60 minutes: a stolen account is stopped here, and the journal says so loudly.',
  ),
  user_recipients_per_hour: limit(2000).describe(
    'Recipients one authenticated user may send to within any 60 minutes.',
  ),
  user_exempt: z
    .array(z.string())
    .default([])
    .describe('Login names that no limit per user concerns (a newsletter, a ticket system).'),
})
