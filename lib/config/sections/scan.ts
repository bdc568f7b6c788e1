/** The pool of workers in which the content of mail is judged. */
import { z } from 'zod'
import { duration, size } from '../units.ts'

export const scanSection = z.strictObject({
  workers: z
    .number()
    .int()
    .min(0)
    .max(64)
    .default(0)
    .describe('Threads that judge content; 0 = one per CPU, at least 2 and at most 8.'),
  cpu: duration('4s', { minimum: '200ms', maximum: '1m' }).describe(
    'CPU time the judging of one mail may take; a mail of 16 MB may take twice as much, and so on. One that takes more ends its worker and gets a second try, with half of that, without what held up the first.',
  ),
  deadline: duration('1m', { minimum: '500ms', maximum: '4m' }).describe(
    'How long a mail may wait for its verdict on the wall clock, the wait for a worker included. A mail that found no worker is deferred; of one that did, what was found counts.',
  ),
  answers: duration('10s', { minimum: '100ms', maximum: '1m' }).describe(
    'How long the checks of one mail wait for answers from outside: DNS and scanners. What comes later is reported as unavailable.',
  ),
  rules_budget: duration('5s', { minimum: '100ms', maximum: '1m' }).describe(
    'How long all rules together may take on one mail; those that did not get their turn are named in the journal.',
  ),
  queue: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(256)
    .describe(
      'How many mails may wait for a worker. Beyond that mail is deferred with 451 4.3.2, as it is the MTA that owns a queue.',
    ),
  memory: size('384MB', { minimum: '192MB', maximum: '4GB' }).describe(
    'How much memory one worker may use for objects. A mail that needs more ends its worker, which is replaced, and gets a second try that reads less of it.',
  ),
  limit: size('1MB', { minimum: '16KB', maximum: '64MB' }).describe(
    'How much of a mail is read by rules and classifier, in octets as transferred. Text counts first, wherever it stands: of a larger mail long texts and attachments are cut until all fits. Text that did not fit is the hit TEXT_LEFT_OUT, which says how much.',
  ),
})
