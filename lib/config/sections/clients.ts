/** The administrator's own lists of clients. */
import { z } from 'zod'
import { choice } from '../units.ts'
import { groupNames } from './groups.ts'

export const clientsSection = z.strictObject({
  allow: groupNames().describe(
    'IP groups that the internet blacklists are not asked about; every other check still applies. Private networks belong to it by themselves.',
  ),
  country_database: z
    .string()
    .default('')
    .describe(
      'File in MaxMind format (MMDB) that tells the country of an address, such as GeoLite2-Country.mmdb; groups may then have entries `country:XX`. Read again when it changes; empty = none.',
    ),
  deny: z
    .array(
      z.strictObject({
        group: z.string().describe('IP group whose clients are meant: addresses, netblocks or countries.'),
        action: choice('reject').describe('What to do about them: `log`, `score`, `defer` or `reject`.'),
        score: z
          .number()
          .min(-100)
          .max(100)
          .default(2)
          .describe('Points, when the action is `score`; not enough by itself, but a good head start.'),
      }),
    )
    .default([])
    .describe(
      'Clients that are not welcome; asked also for those in `allow` and in private networks, but never for trusted clients and users who logged in.',
    ),
})
