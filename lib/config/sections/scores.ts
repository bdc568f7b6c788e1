/** At which score what happens. */
import { z } from 'zod'
import { orOff } from '../units.ts'

const threshold = (fallback: number | 'off') => orOff(z.number().min(-1000).max(10_000)).default(fallback)

/** Of the thresholds that are reached the strongest counts: one above a stronger one would never take effect. */
const WEAKEST_FIRST = ['tag', 'junk', 'redirect', 'quarantine', 'discard', 'reject'] as const

export const scoresSection = z
  .strictObject({
    tag: threshold(5).describe('From this score on mail is marked as spam and delivered; `off` = never.'),
    junk: threshold('off').describe(
      'From this score on mail is tagged and carries the header by which sieve files it into junk; `off` = never.',
    ),
    redirect: threshold('off').describe(
      'From this score on mail goes to `actions.quarantine_address` instead of its recipients; `off` = never.',
    ),
    quarantine: threshold('off').describe(
      "From this score on mail goes to the MTA's hold queue; `off` = never.",
    ),
    discard: threshold('off').describe(
      'From this score on mail is accepted and thrown away, which nobody is told of; `off` = never.',
    ),
    reject: threshold(15).describe('From this score on mail is refused with 550 5.7.1; `off` = never.'),
  })
  .superRefine((scores, context) => {
    const inForce = WEAKEST_FIRST.map((name) => scores[name]).filter((value) => typeof value === 'number')
    if (inForce.some((value, index) => value < (inForce[index - 1] ?? value)))
      context.addIssue({ code: 'custom', message: `expected ${WEAKEST_FIRST.join(' <= ')}` })
  })
