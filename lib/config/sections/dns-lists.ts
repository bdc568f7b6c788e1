/** Blacklists and whitelists of clients in the DNS. */
import { z } from 'zod'
import { parseCodePattern } from '../../net/dns-list.ts'
import { answerCodes, hitName, keyInZone, listZone } from '../list-keys.ts'
import { choice, duration } from '../units.ts'
import { dnsServer } from './dns.ts'
import { groupNames } from './groups.ts'

const listing = z.strictObject({
  hit: hitName(),
  score: z
    .number()
    .min(-100)
    .max(100)
    .describe(
      'Points; 0 tries the list without effect: every listing is in the log; below 0 for whitelists.',
    ),
  action: choice('score').describe('`log`, `score`, `defer` or `reject`.'),
})

const list = keyInZone(
  z.strictObject({
    ...listZone,
    description: z.string().default('').describe('For people; appears in the log and in refusals.'),
    enabled: z.boolean().default(true).describe('Whether the list is asked.'),
    families: z.enum(['ipv4', 'ipv6', 'both']).default('both').describe('Which addresses the list knows.'),
    servers: z.array(dnsServer).default([]).describe('Resolvers for this list; empty = those of `dns`.'),
    direct: z
      .boolean()
      .default(false)
      .describe(
        "Ask the zone's own name servers, for paid lists whose licence is tied to the address that asks.",
      ),
    self_test: z
      .boolean()
      .default(true)
      .describe('Test at start and every 30 minutes that 127.0.0.2 is listed and 127.0.0.1 is not.'),
    received: z
      .number()
      .int()
      .min(0)
      .max(10)
      .default(0)
      .describe(
        'How many addresses of the Received headers written by trusted relays are asked about too: for sites whose mail comes by way of a relay of their own.',
      ),
    codes: answerCodes(listing, parseCodePattern, '127.0.0.2, 127.0.0.4-7 or 127.0.*.3').describe(
      'What the answers mean; every other answer is an error and never a listing.',
    ),
  }),
)

/** Lists that serve small sites without a contract; scores such that no single one tags a mail. */
const DEFAULT_LISTS = [
  {
    zone: 'zen.spamhaus.org',
    description: 'Spamhaus ZEN',
    codes: {
      '127.0.0.2': { hit: 'DNSL_SPAMHAUS_SBL', score: 2.5 },
      '127.0.0.3': { hit: 'DNSL_SPAMHAUS_CSS', score: 2 },
      '127.0.0.4-7': { hit: 'DNSL_SPAMHAUS_XBL', score: 2.5 },
      '127.0.0.10-11': { hit: 'DNSL_SPAMHAUS_PBL', score: 2 },
    },
  },
  {
    zone: 'bl.spamcop.net',
    description: 'SpamCop',
    families: 'ipv4',
    codes: { '127.0.0.2': { hit: 'DNSL_SPAMCOP', score: 1.5 } },
  },
  {
    zone: 'list.dnswl.org',
    description: 'DNSWL, a whitelist',
    codes: {
      '127.0.*.1': { hit: 'DNSL_DNSWL_LOW', score: -0.5 },
      '127.0.*.2': { hit: 'DNSL_DNSWL_MEDIUM', score: -1.5 },
      '127.0.*.3': { hit: 'DNSL_DNSWL_HIGH', score: -4 },
    },
  },
] satisfies z.input<typeof list>[]

export const dnsListsSection = z.strictObject({
  lists: z
    .array(list)
    .default(() => z.array(list).parse(DEFAULT_LISTS))
    .describe('The lists, in the order of the report. An empty list asks none.'),
  exempt: groupNames().describe(
    'IP groups that no list is asked about, besides `clients.allow` and private networks.',
  ),
  relays: groupNames().describe(
    'IP groups of own relays, besides the trusted group: `received` looks behind them, at whom they got the mail from.',
  ),
  wait: duration('5s', { minimum: '100ms', maximum: '25s' }).describe(
    'How long the first recipient may wait for lists that have not answered yet.',
  ),
  test_interval: duration('30m', { minimum: '1m', maximum: '1d' }).describe('How often lists are tested.'),
  guard_share: z
    .number()
    .min(0.05)
    .max(1)
    .default(0.8)
    .describe(
      'A list that suddenly has more than this share of all clients is suspended: it has most likely been shut down. 1 switches the guard off.',
    ),
  guard_clients: z
    .number()
    .int()
    .min(10)
    .max(100_000)
    .default(100)
    .describe('Over how many of the latest different clients that share is taken.'),
})
