/** What a client says and shows of itself: its sender's domain, its name in the DNS, its HELO. */
import { z } from 'zod'
import { domainName } from '../../net/name.ts'
import { choice } from '../units.ts'
import { groupNames } from './groups.ts'

export const senderDomainSection = z.strictObject({
  enabled: z.boolean().default(true).describe('Look up the domain of the MAIL FROM address.'),
  exempt: groupNames(['private']).describe('IP groups that are not checked.'),
  absent: choice('score').describe(
    'What to do when the domain of the MAIL FROM address is not in the DNS (no MX, no address): nobody could answer. `log`, `score`, `defer` or `reject`. A DNS failure never counts as absence.',
  ),
  null_mx: choice('score').describe(
    'What to do when the domain says by a null MX that it takes no mail (RFC 7505).',
  ),
})

export const clientNameSection = z.strictObject({
  enabled: z.boolean().default(true).describe('Look at the name of the client in the DNS.'),
  exempt: groupNames(['private']).describe('IP groups that are not checked.'),
  none: choice('score').describe('What to do with a client whose address has no name in the DNS.'),
  unconfirmed: choice('score').describe('What to do when the names of an address do not lead back to it.'),
  generic: choice('score').describe(
    'What to do when the name looks made from the address, as those of dial-up and hosting pools do.',
  ),
})

export const heloSection = z.strictObject({
  enabled: z.boolean().default(true).describe('Look at what the client calls itself.'),
  exempt: groupNames(['private']).describe('IP groups that are not checked.'),
  own_names: z
    .array(z.string().refine((text) => domainName(text) !== null, 'expected a host name'))
    .default([])
    .describe(
      'Names under which this server is known, besides the one the MTA tells: a stranger that says one of them lies.',
    ),
  own_name: choice('score').describe('What to do with a stranger that says our own name or address.'),
  bare_ip: choice('score').describe('What to do with a HELO that is an IP address without brackets.'),
  not_fqdn: choice('score').describe('What to do with a HELO that is no full host name.'),
  unresolvable: choice('score').describe(
    'What to do with a HELO name that is not in the DNS. Big senders do this too: `reject` loses mail.',
  ),
})
