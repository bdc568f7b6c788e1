/** Whose mail is judged at all, and when a refusal is said. */
import { z } from 'zod'
import { duration } from '../units.ts'

export const judgeSection = z.strictObject({
  authenticated: z
    .boolean()
    .default(false)
    .describe(
      'Judge the content of mail of users who logged in, too. What concerns strangers (lists, greylisting, limits per client, the name of the client) does not concern them.',
    ),
  trusted: z.boolean().default(false).describe('The same for clients in the trusted group.'),
  trusted_group: z
    .string()
    .default('trusted')
    .describe(
      'IP group whose clients are not judged: own hosts and relays. The group is empty unless `groups` fills it.',
    ),
  refuse_at: z
    .enum(['recipient', 'once'])
    .default('recipient')
    .describe(
      'When a refusal found at connect, HELO or MAIL is said: at each `recipient`, so that the journal has sender and recipient, or at `once`.',
    ),
  reach_postmaster: z
    .boolean()
    .default(true)
    .describe('Mail to postmaster and abuse is never refused before its content was seen (RFC 5321, 4.5.1).'),
  unfinished: z
    .enum(['score', 'quarantine', 'defer', 'deliver'])
    .default('score')
    .describe(
      'What happens to a mail of which something could not be judged within its budget, even in a second try: `score` = the points of SCAN_UNFINISHED are added, `quarantine`, `defer` = 451, `deliver` = it is only said. In any case all that was found counts, and the journal says what is missing.',
    ),
  busy: z
    .enum(['defer', 'deliver'])
    .default('defer')
    .describe(
      'What happens to a mail for which no worker was free: `defer` = 451 4.3.2, the MTA of the sender comes again; `deliver` = it goes on with what SMTP time found.',
    ),
  stage_deadline: duration('8s', { minimum: '100ms', maximum: '25s' }).describe(
    'How long any SMTP command may wait for lookups; what has not answered by then is reported as unavailable. Sendmail waits 10 s by default, Postfix 30 s.',
  ),
})
