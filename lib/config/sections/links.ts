/** Links in the text: what makes them suspicious, and the DNS lists of domains they are looked up in. */
import { z } from 'zod'
import { parseListCode } from '../../links/list-code.ts'
import { domainName } from '../../net/name.ts'
import { answerCodes, hitName, keyInZone, listZone } from '../list-keys.ts'
import { duration } from '../units.ts'

const name = z
  .string()
  .max(253)
  .refine((text) => domainName(text) !== null, 'expected a domain name')
  .transform((text) => text.toLowerCase().replace(/\.$/, ''))

const listing = z.strictObject({
  hit: hitName(),
  score: z.number().min(-100).max(100).describe('Points.'),
})

const list = keyInZone(
  z.strictObject({
    ...listZone,
    of: z
      .enum(['domain', 'host', 'address'])
      .default('domain')
      .describe(
        'What is looked up: the registered domain of a link, its whole host name, or the addresses that host name has.',
      ),
    codes: answerCodes(listing, parseListCode, '127.0.1.2, 127.0.1.2-99 or bit 64').describe(
      'What the answers mean, `bit 64` for lists that add up; other answers are never a listing.',
    ),
  }),
)

const DEFAULT_LISTS = [
  {
    zone: 'dbl.spamhaus.org',
    of: 'host',
    codes: {
      '127.0.1.2-99': { hit: 'LINKL_SPAMHAUS_DBL', score: 3.5 },
      '127.0.1.102-199': { hit: 'LINKL_SPAMHAUS_DBL_ABUSED', score: 2 },
    },
  },
  {
    zone: 'multi.surbl.org',
    codes: {
      'bit 8': { hit: 'LINKL_SURBL_PHISHING', score: 3.5 },
      'bit 16': { hit: 'LINKL_SURBL_MALWARE', score: 3.5 },
      'bit 64': { hit: 'LINKL_SURBL_ABUSE', score: 3 },
      'bit 128': { hit: 'LINKL_SURBL_CRACKED', score: 2 },
    },
  },
] satisfies z.input<typeof list>[]

export const linksSection = z.strictObject({
  check: z
    .enum(['off', 'log', 'score'])
    .default('score')
    .describe('Look for links that lead elsewhere than they say; `log` reports them without points.'),
  shorteners: z
    .array(name)
    .default([])
    .describe('Further services that shorten links, besides the ones Hamlet knows.'),
  protected_domains: z
    .array(name)
    .default([])
    .describe(
      'Your own domain and those of your banks and suppliers: links and senders that only look like them are reported (LINK_LOOKALIKE, FROM_LOOKALIKE).',
    ),
  lists: z
    .array(list)
    .default(() => z.array(list).parse(DEFAULT_LISTS))
    .describe('DNS lists of domains in links, in the order of the report. An empty list asks none.'),
  ignore: z
    .array(name)
    .default([
      'w3.org',
      'schemas.microsoft.com',
      'gmail.com',
      'outlook.com',
      'yahoo.com',
      'google.com',
      'apple.com',
    ])
    .describe('Domains that are never looked up, with everything below them.'),
  most_lookups: z
    .number()
    .int()
    .min(1)
    .max(200)
    .default(30)
    .describe('How many different names of one mail are looked up in each list; the first ones.'),
  timeout: duration('5s', { minimum: '100ms', maximum: '30s' }).describe(
    'How long all lookups of one mail may take together.',
  ),
})
