/** SPF: who may send for a domain. */
import { z } from 'zod'
import { choice, duration } from '../units.ts'
import { groupNames } from './groups.ts'

export const spfSection = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Ask for the SPF policies of the MAIL FROM domain and the HELO name.'),
  exempt: groupNames(['private']).describe(
    'IP groups that are not checked: backup servers and forwarders, which hand on mail that others sent.',
  ),
  fail: choice('score').describe(
    'What to do when the policy of the MAIL FROM domain forbids this client: `log`, `score`, `defer` or `reject`. Forwarded mail fails too: `score` is the advice.',
  ),
  softfail: choice('score').describe('The same when the policy says "probably not".'),
  neutral: choice('score').describe('The same when the policy says nothing about this client.'),
  none: choice('score').describe('The same when the domain has no policy.'),
  permerror: choice('score').describe('The same when the policy is wrong (syntax, too many lookups).'),
  temperror: choice('log').describe('The same when the policy could not be looked up.'),
  helo: z.boolean().default(true).describe('Check the HELO name too.'),
  helo_fail: choice('score').describe('What to do when the policy of the HELO name forbids this client.'),
  time_limit: duration('6s', { minimum: '100ms', maximum: '20s' }).describe(
    'How long the evaluation of one policy may take, all its lookups together.',
  ),
  received_spf: z
    .boolean()
    .default(false)
    .describe('Write a Received-SPF header too; Authentication-Results says the same in the newer way.'),
})
