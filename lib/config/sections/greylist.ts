/** Greylisting: strangers are asked to come again, which mail servers do and many spam tools do not. */
import { z } from 'zod'
import { duration, orOff } from '../units.ts'
import { groupNames } from './groups.ts'

export const greylistSection = z
  .strictObject({
    enabled: z
      .boolean()
      .default(false)
      .describe('Defer the first mail of strangers. Off by default, since it delays wanted mail too.'),
    exempt: groupNames(['private']).describe('IP groups whose clients are never deferred.'),
    delay: duration('5m', { minimum: '1s', maximum: '1h' }).describe(
      'How long a stranger must wait before a new try is accepted.',
    ),
    window: duration('2d', { minimum: '10m', maximum: '7d' }).describe(
      'How long a stranger may take to come again; later it is a stranger again.',
    ),
    lifetime: duration('36d', { minimum: '1d', maximum: '365d' }).describe(
      'How long one that came again is remembered after its last mail.',
    ),
    longest_delay: duration('1h', { minimum: '1m', maximum: '1d' }).describe(
      'A mail from the same sender to the same recipient is accepted after this time whatever address it is tried from: no pool of servers can keep a mail waiting longer than until its next try.',
    ),
    ipv4_prefix: z
      .number()
      .int()
      .min(8)
      .max(32)
      .default(24)
      .describe('Neighbours in networks of this many bits count as one client.'),
    ipv6_prefix: z.number().int().min(16).max(128).default(64).describe('The same for IPv6.'),
    allow_after: z
      .number()
      .int()
      .min(0)
      .max(1000)
      .default(5)
      .describe(
        'A source is no longer deferred after this many good mails; one bad mail sets it back. 0 = never.',
      ),
    spare_correspondents: z
      .boolean()
      .default(true)
      .describe('Do not defer people our users write to, when SPF proves the sender.'),
    spare_listed: z
      .boolean()
      .default(true)
      .describe('Do not defer clients that a DNS list speaks for (points below 0), or in `clients.allow`.'),
    spare_spf_pass: z
      .boolean()
      .default(false)
      .describe(
        'Do not defer senders whose SPF passes. Spammers have SPF too; without this, such a sender is known by its domain, so that its pool of servers counts as one.',
      ),
    above_score: orOff(z.number().min(-100).max(100))
      .default('off')
      .describe(
        'Defer only when what is known at the recipient already has this many points; `off` = all strangers.',
      ),
  })
  .refine(({ delay, longest_delay }) => longest_delay >= delay, {
    path: ['longest_delay'],
    message: 'expected no less than `delay`',
  })
