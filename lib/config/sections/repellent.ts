/** The spam repellent: the greeting is held back, and who cannot wait gives himself away. */
import { z } from 'zod'
import { choice, duration } from '../units.ts'
import { groupNames } from './groups.ts'

export const repellentSection = z.strictObject({
  delay: duration('0', { minimum: '0', maximum: '25s' }).describe(
    "How long the greeting is held back; 0 = off. 20s to 25s works best: many spam tools give up after 10. With Sendmail raise the filter's R time-out above it.",
  ),
  exempt: groupNames(['private']).describe('IP groups that are greeted at once, besides trusted clients.'),
  most_waiting: z
    .number()
    .int()
    .min(1)
    .max(10_000)
    .default(20)
    .describe(
      'How many clients may wait at once; the next are greeted at once. Each occupies a process of the MTA (Postfix has 100), so keep it far below that.',
    ),
  early_talker: choice('reject').describe(
    'What to do with a client that sends before it was greeted: the kernel is asked through `ss` (iproute2), where the MTA runs on this host.',
  ),
  hang_up: z
    .boolean()
    .default(true)
    .describe(
      'With `early_talker: reject`: 421 and the end of the connection as soon as it is seen. false = 550 at each RCPT, so that the journal has sender and recipients.',
    ),
  fast_helo: choice('score').describe(
    'What to do with a client whose HELO comes faster after the greeting than any answer could.',
  ),
  fastest_helo: duration('1ms', { minimum: '1ms', maximum: '1s' }).describe(
    'A HELO within less than this after the greeting, or within half of the round-trip time that the kernel measured, is no answer to it.',
  ),
  tls_ports: z
    .array(z.number().int().min(1).max(65_535))
    .default([465])
    .describe(
      'Ports on which TLS begins before the greeting: clients may speak first there and are never held back. Postfix says by itself that TLS began; the list is for MTAs that do not.',
    ),
})
