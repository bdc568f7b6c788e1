/** What is written into a judged mail and said to the client. */
import { z } from 'zod'

export const answerSection = z.strictObject({
  flag: z.boolean().default(true).describe('Add `X-Spam-Flag: YES` to tagged mail.'),
  level: z.boolean().default(true).describe('Add `X-Spam-Level` with one star per full point (50 at most).'),
  status: z
    .boolean()
    .default(true)
    .describe(
      'Add `X-Spam-Status` with score, threshold and the tests that hit, in the form SpamAssassin uses.',
    ),
  status_from: z
    .number()
    .min(0)
    .max(100)
    .default(0.1)
    .describe(
      'Tests worth less than this, up or down, are left out of `X-Spam-Status`; 0 = all are named. The journal and `hamlet why` have them all.',
    ),
  report: z
    .enum(['never', 'spam', 'always'])
    .default('never')
    .describe('Add `X-Spam-Report`: one line per test with its points and its description.'),
  subject_prefix: z
    .string()
    .max(60)
    .default('')
    .describe(
      'Text put before the subject of tagged mail, such as `[SPAM] `; empty = the subject stays as it is.',
    ),
  authentication_results: z
    .boolean()
    .default(true)
    .describe('Add `Authentication-Results` (RFC 8601) with the outcome of SPF, DKIM, DMARC and ARC.'),
  authserv_id: z
    .string()
    .regex(/^[^\s;()"]{0,253}$/, 'expected a name without blanks')
    .default('')
    .describe(
      'Name that stands in `Authentication-Results`; empty = the host name the MTA gives (macro `j`).',
    ),
  remove_foreign: z
    .boolean()
    .default(true)
    .describe('Remove `X-Spam-*` headers and `Authentication-Results` in our name that came from outside.'),
  reject_text: z
    .string()
    .max(400)
    .default('Message refused as spam')
    .describe(
      'Text of the 550 answer to refused mail; the reference for `grep` in the journal is put behind it.',
    ),
})
