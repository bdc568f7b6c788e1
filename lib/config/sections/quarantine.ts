/** Where `hamlet quarantine` finds the MTA's held mail. */
import { z } from 'zod'

export const quarantineSection = z.strictObject({
  mta: z.enum(['postfix', 'sendmail']).default('postfix').describe('Whose queue it is.'),
  config: z
    .string()
    .default('')
    .describe(
      "Postfix: its configuration directory, for an instance of its own; Sendmail: its configuration file. Empty = the MTA's usual one.",
    ),
  queue_directory: z.string().default('/var/spool/mqueue').describe('Sendmail: the directory of its queue.'),
  sendmail: z.string().default('/usr/sbin/sendmail').describe('Sendmail: the program.'),
})
