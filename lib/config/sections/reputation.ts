/** What senders have earned by their earlier mails. */
import { z } from 'zod'
import { duration } from '../units.ts'

export const reputationSection = z.strictObject({
  enabled: z
    .boolean()
    .default(true)
    .describe(
      'Remember the scores of each sender (address and what proves it), and pull the score of a new mail towards their average.',
    ),
  weight: z
    .number()
    .min(0)
    .max(1)
    .default(0.3)
    .describe('How far a score is pulled: 0 = not at all, 1 = the average counts alone.'),
  most: z.number().min(0).max(20).default(3).describe('The most points that reputation adds or takes away.'),
  minimum_mails: z
    .number()
    .min(1)
    .max(100)
    .default(3)
    .describe('Reputation counts from so many earlier mails on.'),
  most_mails: z
    .number()
    .min(2)
    .max(1000)
    .default(50)
    .describe('The past weighs at most as much as so many mails, so that credit can be lost again.'),
  half_life: duration('30d', { minimum: '1d', maximum: '365d' }).describe(
    'After this time without mail the past weighs half.',
  ),
  keep: duration('120d', { minimum: '1d', maximum: '3650d' }).describe(
    'Senders who have not written for so long are forgotten.',
  ),
})
