/** The record of decisions that `hamlet why` reads. */
import { z } from 'zod'
import { duration, size } from '../units.ts'

export const historySection = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe('Keep a record of every decision, so that `hamlet why` can explain it.'),
  keep: duration('30d', { minimum: '1h', maximum: '400d' }).describe('For how long decisions are kept.'),
  most: z
    .number()
    .int()
    .min(1000)
    .max(50_000_000)
    .default(1_000_000)
    .describe('How many decisions are kept at most; the oldest go first. About 0.7 KB each.'),
  queue: size('32MB', { minimum: '1MB', maximum: '1GB' }).describe(
    'How much may wait in memory to be written, while the disk is slow or another program has the file locked; what finds no room is not recorded, and the journal says so.',
  ),
  subject: z.boolean().default(true).describe('Keep the subject of the mail with the decision.'),
})
