/** Where mail goes that is not simply delivered, tagged or refused. */
import { z } from 'zod'

const address = z.union([z.literal(''), z.email('expected a mail address')])

export const actionsSection = z.strictObject({
  quarantine_address: address
    .default('')
    .describe(
      'Mailbox to which `redirect` sends mail instead of its recipients, who are kept in X-Spam-Original-Recipient; without one such mail goes to the hold queue.',
    ),
  quarantine_to: z
    .enum(['hold', 'address'])
    .default('hold')
    .describe("Where quarantined mail goes: the MTA's hold queue, or `quarantine_address`."),
  junk_folder: z
    .string()
    .regex(/^[\x21-\x7e]([\x20-\x7e]{0,60}[\x21-\x7e])?$/, 'expected a folder name in ASCII')
    .default('Junk')
    .describe('Folder named in `X-Spam-Folder` of mail that goes to junk, for a sieve script to file it by.'),
  copy_tagged_to: address
    .default('')
    .describe('Address that gets a copy of every tagged mail; empty = none.'),
  copy_blocked_to: address
    .default('')
    .describe(
      'Address that gets a copy of every refused or discarded mail, for the time while scores are tuned; handed to `attachments.relay`. Empty = none.',
    ),
})
