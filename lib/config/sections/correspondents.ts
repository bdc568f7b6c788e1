/** People our own users write to. */
import { z } from 'zod'
import { duration } from '../units.ts'

export const correspondentsSection = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Remember whom users who logged in write to, and trust mail from these people as far as SPF or DKIM proves that it is from them.',
    ),
  keep: duration('180d', { minimum: '1d', maximum: '3650d' }).describe(
    'For how long after the last mail to them people are known.',
  ),
  most_recipients: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .default(20)
    .describe('Mail to more people than this is a circular and makes nobody known.'),
  from_trusted: z
    .boolean()
    .default(false)
    .describe(
      'Remember also whom clients in the trusted group write to, such as a webmail server that does not log in.',
    ),
})
