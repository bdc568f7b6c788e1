/** The journal. */
import { z } from 'zod'

export const logSection = z.strictObject({
  format: z
    .enum(['text', 'json'])
    .default('text')
    .describe('One line of text per event, or one JSON object.'),
  level: z
    .enum(['error', 'warn', 'notice', 'info', 'debug'])
    .default('info')
    .describe('The least important level that is written.'),
  subject: z.boolean().default(false).describe('Write the subject of mails into the journal.'),
  addresses: z
    .enum(['full', 'domain'])
    .default('full')
    .describe('Write whole envelope addresses into the journal, or their domains only.'),
})
