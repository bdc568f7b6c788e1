/** Microsoft's Caller ID for E-mail. */
import { z } from 'zod'
import { choice, duration } from '../units.ts'
import { groupNames } from './groups.ts'

export const callerIdSection = z.strictObject({
  enabled: z
    .boolean()
    .default(false)
    .describe(
      'Ask for the Caller ID policy (`_ep.<domain>`) of whoever put the mail on its way. Hardly anybody publishes one any more: it costs a lookup a mail.',
    ),
  exempt: groupNames(['private']).describe('IP groups that are not checked: backup servers and forwarders.'),
  fail: choice('score').describe(
    'What to do when the policy does not name this client: `log`, `score`, `defer` or `reject`.',
  ),
  permerror: choice('log').describe('The same when the policy is wrong.'),
  honour_testing: z
    .boolean()
    .default(false)
    .describe('Take a policy that is marked as a test for a real one.'),
  time_limit: duration('6s', { minimum: '100ms', maximum: '20s' }).describe(
    'How long all its lookups together may take.',
  ),
})
