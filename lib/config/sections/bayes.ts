/** The classifier that learns. */
import { z } from 'zod'
import { size } from '../units.ts'

/** Not in ASCII only: addresses may be of UTF-8 (RFC 6531). */
const mailbox = z
  .string()
  .max(320)
  .regex(/^[^@\s]+@[^@\s.]+(?:\.[^@\s.]+)*$/, 'expected a mail address')

export const bayesSection = z.strictObject({
  enabled: z.boolean().default(true).describe('Ask the classifier about each message.'),
  size: size('200MB', { minimum: '20MB', maximum: '16GB' }).describe(
    'How large its database (bayes.sqlite in `state`) may grow; the least useful words are dropped before that.',
  ),
  remember: size('50MB', { minimum: '0', maximum: '4GB' }).describe(
    'How much room there is for what the classifier saw of the messages judged last (numbers, no text, in seen.sqlite in `state`), so that `hamlet learn spam --ref REFERENCE` can learn them; 50MB are about 3500 messages, the oldest go first. It costs each message half a millisecond; 0 remembers none.',
  ),
  domains: z
    .array(
      z
        .string()
        .regex(
          /^(?=.{1,253}$)[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/,
          'expected a domain in small letters such as example.org',
        ),
    )
    .max(50)
    .default([])
    .describe(
      'Domains with a model of their own (bayes-domains/DOMAIN.sqlite in `state`, each up to `size`): mail to recipients of this domain alone teaches it, and is judged by it as soon as it has learned 200 spam and 200 ham; until then by the model of the site. Takes about 20 MB of memory for each domain and scan worker.',
    ),
  autolearn: z
    .strictObject({
      enabled: z
        .boolean()
        .default(false)
        .describe(
          'Learn from messages that the other checks are sure of. It stops by itself when people correct it.',
        ),
      ham: z
        .number()
        .max(5)
        .default(0.1)
        .describe('Learn as ham below this score, counted without the classifier and the lists of people.'),
      spam: z
        .number()
        .min(5)
        .default(12)
        .describe(
          'Learn as spam from this score on, of which at least 3 points come from the header and 3 from the body.',
        ),
      brake: z
        .number()
        .min(0)
        .max(1)
        .default(0.05)
        .describe(
          'Stop when this share of the last 200 messages learned this way was corrected by people (and at least 3).',
        ),
    })
    .prefault({})
    .describe('Learning without being told.'),
  train: z
    .strictObject({
      spam: z
        .array(mailbox)
        .default([])
        .describe(
          'Addresses to which authenticated users send spam as an attachment, so that it is learned (`spam@example.com`).',
        ),
      ham: z.array(mailbox).default([]).describe('The same for wanted mail.'),
      most_a_day: z
        .number()
        .int()
        .min(1)
        .max(1_000_000)
        .default(1000)
        .describe(
          'How many lessons one user may teach in 24 hours, by mail or by moving messages; what is over it is not learned, so that nobody alone turns the classifier.',
        ),
    })
    .prefault({})
    .describe('Learning by mail.'),
})
