/**
 * Blacklists and whitelists in the DNS: asked as soon as the client connects, joined at the first recipient, so that
 * they cost no time where the answers are quick.
 */
import type { Config } from '../config/schema.ts'
import type { Answer } from '../net/dns.ts'
import { errorMeaning, isErrorCode, listName, parseCodePattern, type CodePattern } from '../net/dns-list.ts'
import { parseAddress, type Address } from '../net/ip.ts'
import type { Check, CheckResult, Context, Session } from './check.ts'
import { CLEAN } from './check.ts'
import type { CheckFacts } from './facts.ts'
import { chooseAll, isExempt, type Finding } from './choose.ts'
import { within } from './weigh.ts'

type List = Config['dns_lists']['lists'][number]

export const dnsLists: Check<'connect'> = {
  name: 'dns_lists',
  stage: 'connect',
  join: 'recipient',
  asksNetwork: true,
  enabled: ({ dns_lists }) => dns_lists.lists.some(({ enabled }) => enabled),
  async run(session, context) {
    const address = session.client.address === null ? null : parseAddress(session.client.address)
    const facts = factsFor(context)
    if (address === null || isSpared(session, context.config)) return facts ? { ...CLEAN, facts } : CLEAN
    const result = judge(await askLists(address, context))
    return facts && result.kind !== 'refuse' ? { ...result, facts } : result
  },
}

export function isSpared(session: Pick<Session, 'groups'>, { clients, dns_lists }: Config): boolean {
  return (
    session.groups.has('private') || isExempt(session, clients.allow) || isExempt(session, dns_lists.exempt)
  )
}

/** Which lists are suspended, for those who ask them later about other addresses. */
function factsFor({ config, dnsLists }: Context): CheckFacts | null {
  const { lists } = config.dns_lists
  if (!dnsLists || lists.every(({ received }) => received === 0)) return null
  return { suspendedLists: lists.flatMap((_, index) => (dnsLists.suspended(index) === null ? [] : [index])) }
}

/** What one list said. */
export interface Said {
  readonly list: List
  readonly answer: Answer<string>
}

/** Asks every list that knows addresses of this family; the answers come in the order of the lists. */
async function askLists(
  address: Address,
  { config, dns, dnsLists: service, signal }: Pick<Context, 'config' | 'dns' | 'dnsLists' | 'signal'>,
): Promise<Said[]> {
  const { lists, wait } = config.dns_lists
  const deadline = within(signal, wait)
  // A list that lies or refuses us is as good as switched off, which the journal has said; one that does not answer is
  // named in every verdict that goes without it.
  const asked = lists.flatMap((list, index) =>
    list.enabled && knows(list, address) && (!service?.suspended(index) || service.resting(index))
      ? [{ list, index }]
      : [],
  )
  return Promise.all(
    asked.map(async ({ list, index }): Promise<Said> => {
      const why = service?.suspended(index) ?? null
      if (why !== null) return { list, answer: { kind: 'unavailable', reason: `suspended, ${why}` } }
      const answer = await (service?.dnsFor(index) ?? dns).a(listName(address, zoneOf(list)), deadline)
      if (answer.kind === 'unavailable') service?.failed(index, answer.reason)
      else service?.observe(index, `${address.value}`, listings(list, answer).length > 0)
      return { list, answer }
    }),
  )
}

/** The zone to ask, key and all; only for the DNS, never for a log. */
export function zoneOf({ zone, key }: Pick<List, 'zone' | 'key'>): string {
  return zone.replaceAll('{key}', key ?? '')
}

export function knows({ families }: List, { family }: Address): boolean {
  return families === 'both' || families === `ipv${family}`
}

/** Several lists listing the same client add up; the strongest refusal wins. Errors are named and never count. */
export function judge(said: readonly Said[]): CheckResult {
  const findings = said.flatMap(({ list, answer }) => listings(list, answer))
  const result = chooseAll(findings)
  if (result.kind === 'refuse') return result
  const hits = result.kind === 'hits' ? result.hits : []
  const silent = said.flatMap(({ list, answer }) => trouble(list, answer))
  return silent.length > 0 ? { kind: 'unavailable', reason: silent.join('; '), hits } : { kind: 'hits', hits }
}

function listings(list: List, answer: Answer<string>): Finding[] {
  if (answer.kind !== 'found') return []
  const findings = new Map<string, Finding>()
  for (const code of answer.records)
    for (const { pattern, listing } of patternsOf(list))
      if (pattern.matches(code) && !findings.has(listing.hit))
        findings.set(listing.hit, {
          choice: listing.action,
          hit: { name: listing.hit, detail: `${list.zone} ${code}`, score: listing.score },
          words: { text: `Your address is listed by ${list.description || list.zone}` },
        })
  return [...findings.values()]
}

function trouble(list: List, answer: Answer<string>): string[] {
  if (answer.kind === 'unavailable') return [`${list.zone}: ${answer.reason}`]
  if (answer.kind === 'absent') return []
  const code = answer.records.find(isErrorCode)
  return code === undefined ? [] : [`${list.zone} answered ${errorMeaning(code)}`]
}

type Listing = List['codes'][string]
interface PatternListing {
  readonly pattern: CodePattern
  readonly listing: Listing
}
const compiled = new WeakMap<List, readonly PatternListing[]>()

function patternsOf(list: List): readonly PatternListing[] {
  let patterns = compiled.get(list)
  if (!patterns) {
    patterns = Object.entries(list.codes).flatMap(([text, listing]) => {
      const pattern = parseCodePattern(text)
      return pattern === null ? [] : [{ pattern, listing }]
    })
    compiled.set(list, patterns)
  }
  return patterns
}
