/** Senders that are allowed or blocked by the configuration; `hamlet allow` and `hamlet block` add more. */
import { z } from 'zod'
import { parseProof, parseSender } from '../../auth/sender-entry.ts'

const sender = z
  .string()
  .refine((text) => parseSender(text) !== null, 'expected name@example.org or @example.org')
const recipient = z
  .string()
  .max(320)
  .regex(/^(?:[^@\s]+@)?[a-z0-9_.-]+$/i, 'expected a domain or an address')

export const sendersSection = z.strictObject({
  allow: z
    .array(
      z.strictObject({
        sender: sender.describe('`name@example.org`, or `@example.org` for everybody there and below.'),
        proof: z
          .string()
          .refine(
            (text) => parseProof(text) !== null,
            'expected aligned, dkim:DOMAIN, spf:DOMAIN, group:NAME, net:NETWORK or unproven',
          )
          .default('aligned')
          .describe(
            "What must prove that a mail is theirs: `aligned` = SPF or DKIM of the sender's own domain, `dkim:DOMAIN`, `spf:DOMAIN`, `group:NAME` = sent by a client in that IP group, `net:192.0.2.0/24` = by a client of that network, `unproven` = nothing, which a forger can use.",
          ),
        for: z.array(recipient).default([]).describe('Only mail to these domains or addresses; empty = all.'),
      }),
    )
    .default([])
    .describe('Mail of these senders is delivered whatever its score; malware still is not.'),
  block: z
    .array(
      z.strictObject({
        sender: sender.describe('`name@example.org`, or `@example.org` for everybody there and below.'),
        for: z.array(recipient).default([]).describe('Only mail to these domains or addresses; empty = all.'),
      }),
    )
    .default([])
    .describe('Mail of these senders is not wanted.'),
  block_action: z
    .enum(['tag', 'junk', 'quarantine', 'redirect', 'reject', 'discard'])
    .default('reject')
    .describe('What happens to mail of blocked senders.'),
  block_text: z
    .string()
    .max(400)
    .default('Mail from this sender is not accepted here')
    .describe('Words of the refusal.'),
})
