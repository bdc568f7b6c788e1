/**
 * URIDNSBL: lists of domains and addresses that stand in a mail's links. `urirhsbl` asks about the domain itself,
 * `uridnsbl` about the addresses of its name servers (tflags ns, the default) or of the host (tflags a), `urinsrhsbl`
 * and `urifullnsrhsbl` about the names of its name servers; with `sub` the answer's code must fit.
 */
import type { Uri } from '../../mail/uri.ts'
import type { Directive, EvalInput, EvalPlugin, EvalRule, Lookup } from '../eval.ts'
import type { Subtest } from './dns-answers.ts'
import { fits, MOST_QUESTIONS, parseNumericSubtest, recordsOf } from './dns-answers.ts'
import { isIpv4, isPrivate, reverseIp } from './ip.ts'
import { lower, number, unique, words } from './octets.ts'

type ListKind = 'address' | 'domain' | 'server-domain' | 'server'

interface UriList {
  readonly kind: ListKind
  readonly zone: string
  readonly type: 'a' | 'txt'
  readonly subtest: Subtest
}

export interface UriDnsblSettings {
  readonly lists: Map<string, UriList>
  readonly skip: Set<string>
  skipMailto: boolean
  maxDomains: number
}

function defines(kind: ListKind, hasSubtest: boolean): Directive<UriDnsblSettings> {
  return (state, value) => {
    const [rule, zone, type, ...rest] = words(value)
    const subtest: Subtest | undefined = hasSubtest ? parseNumericSubtest(rest.join(' ')) : { kind: 'any' }
    const isType = type !== undefined && /^(?:A|TXT)$/i.test(type)
    if (rule === undefined || zone === undefined || !isType)
      return 'expected a rule name, a zone, and A or TXT'
    if (subtest === undefined || hasSubtest !== rest.length > 0)
      return 'the part after the type is no address or mask'
    const recordType = type.toUpperCase() === 'TXT' ? 'txt' : 'a'
    state.lists.set(rule, { kind, zone: zone.replace(/\.$/, ''), type: recordType, subtest })
    return undefined
  }
}

function setsSwitch(state: UriDnsblSettings, value: string): string | undefined {
  if (!/^(?:0|1|yes|no)$/i.test(value)) return 'expected 0 or 1'
  state.skipMailto = /^(?:1|yes)$/i.test(value)
  return undefined
}

export const uriDnsbl: EvalPlugin<UriDnsblSettings> = {
  name: 'Mail::SpamAssassin::Plugin::URIDNSBL',
  initial: () => ({ lists: new Map(), skip: new Set(), skipMailto: true, maxDomains: 20 }),
  directives: {
    uridnsbl: defines('address', false),
    uridnssub: defines('address', true),
    urirhsbl: defines('domain', false),
    urirhssub: defines('domain', true),
    urinsrhsbl: defines('server-domain', false),
    urinsrhssub: defines('server-domain', true),
    urifullnsrhsbl: defines('server', false),
    urifullnsrhssub: defines('server', true),
    uridnsbl_skip_mailto: setsSwitch,
    uridnsbl_max_domains: (state, value) => {
      if (!/^\d{1,3}$/.test(value)) return 'expected a number up to 999'
      state.maxDomains = Number(value)
      return undefined
    },
    uridnsbl_skip_domain: (state, value) => {
      for (const domain of words(lower(value))) state.skip.add(domain)
      return value === '' ? 'a domain is missing' : undefined
    },
    clear_uridnsbl_skip_domain: (state, value) => {
      if (value === '') state.skip.clear()
      for (const domain of words(lower(value))) state.skip.delete(domain)
      return undefined
    },
  },
  functions: {
    check_uridnsbl: (input, [name], rule) => {
      const list = input.conf(uriDnsbl).lists.get(name ?? rule.name)
      const listed = list === undefined ? undefined : listing(input, list, rule)
      if (listed !== undefined) input.report(rule.name, `URI: ${listed}`)
      return listed !== undefined
    },
  },
  lookups: {
    check_uridnsbl: (input, [name], rule) => {
      const list = input.conf(uriDnsbl).lists.get(name ?? rule.name)
      if (list === undefined) return []
      const { first, questions } = questionsOf(input, list, rule)
      return [...first, ...questions.map(({ lookup }) => lookup)].slice(0, MOST_QUESTIONS)
    },
  },
  trace: (input) => siftedHosts(input).skipped,
  can: [
    'tflags_domains_only',
    'subtest_for_ranges',
    'uridnsbl_for_a',
    'uridnsbl_a_ns',
    'tflags_notrim',
    'uridnsbl_skip_mailto',
  ].map((feature) => `Mail::SpamAssassin::Plugin::URIDNSBL::has_${feature}`),
}

interface Question {
  /** What is listed if it is: a domain, a host or an address. */
  readonly subject: string
  readonly lookup: Lookup
}

/** Questions whose answers the list's own questions are made of, and those that can be asked by now. */
interface Questions {
  readonly first: readonly Lookup[]
  readonly questions: readonly Question[]
}

function questionsOf(input: EvalInput, list: UriList, rule: EvalRule): Questions {
  if (input.local || number(input.setting('skip_uribl_checks')[0]) === 1) return { first: [], questions: [] }
  const hosts = hostsToAsk(input)
  const ask = (subject: string): Question[] => {
    const name = isIpv4(subject) ? reverseIp(subject) : subject
    return name === undefined ? [] : [{ subject, lookup: { type: list.type, name: `${name}.${list.zone}` } }]
  }
  if (list.kind === 'domain') {
    const subjects = hosts.flatMap(([host, domain]) => nameToAsk(host, domain, rule.tflags))
    return { first: [], questions: unique(subjects).flatMap(ask) }
  }
  const named = hosts.filter(([host]) => !isAddress(host))
  const servers: Lookup[] = unique(named.map(([, domain]) => domain)).map((name) => ({ type: 'ns', name }))
  const serverNames = unique(
    servers.flatMap((lookup) => recordsOf(input, lookup)).map((one) => lower(one).replace(/\.$/, '')),
  )
  if (list.kind === 'server') return { first: servers, questions: serverNames.flatMap(ask) }
  if (list.kind === 'server-domain') {
    return {
      first: servers,
      questions: unique(serverNames.map((name) => input.domains.split(name)[1])).flatMap(ask),
    }
  }
  return addressQuestions(input, rule, { hosts: named.map(([host]) => host), servers, serverNames }, ask)
}

function addressQuestions(
  input: EvalInput,
  { tflags }: EvalRule,
  found: { hosts: readonly string[]; servers: readonly Lookup[]; serverNames: readonly string[] },
  ask: (subject: string) => Question[],
): Questions {
  const ofHosts = tflags.includes('a')
  const ofServers = tflags.includes('ns') || !ofHosts
  const names = [...(ofHosts ? found.hosts : []), ...(ofServers ? found.serverNames : [])]
  const addresses: Lookup[] = unique(names).map((name) => ({ type: 'a', name }))
  const known = unique(addresses.flatMap((lookup) => recordsOf(input, lookup)))
  return { first: [...(ofServers ? found.servers : []), ...addresses], questions: known.flatMap(ask) }
}

function isAddress(host: string): boolean {
  return /^\d+\.\d+\.\d+\.\d+$/.test(host) || host.startsWith('[')
}

function nameToAsk(host: string, domain: string, tflags: readonly string[]): readonly string[] {
  if (isAddress(host)) {
    return tflags.includes('domains_only') || !isIpv4(host) || isPrivate(host) ? [] : [host]
  }
  if (tflags.includes('ips_only')) return []
  return [tflags.includes('notrim') ? host : domain]
}

const HOSTS_KEY = {}

/** Hosts of the mail's links with their domains, the most telling links first, skipped domains left out. */
export function hostsToAsk(input: EvalInput): readonly (readonly [host: string, domain: string])[] {
  return input.memo(HOSTS_KEY, () => siftedHosts(input).hosts)
}

function siftedHosts(input: EvalInput): {
  readonly hosts: readonly (readonly [host: string, domain: string])[]
  /** Why each other host is not asked about. */
  readonly skipped: readonly string[]
} {
  const { skip, skipMailto, maxDomains } = input.conf(uriDnsbl)
  const ranked: Map<string, string>[] = [new Map(), new Map(), new Map(), new Map(), new Map(), new Map()]
  const skipped: string[] = []
  for (const uri of input.uris()) {
    if (skipMailto && /^mailto:/i.test(uri.uri)) continue
    for (const [host, domain] of uri.hosts) {
      if (skip.has(domain)) skipped.push(`uridnsbl: domain ${domain} in skip list, host ${host}`)
      else if (skip.has(host)) skipped.push(`uridnsbl: host ${host} in skip list, domain ${domain}`)
      else ranked[rank(uri)]?.set(lower(host), lower(domain))
    }
  }
  return { hosts: [...new Map(ranked.flatMap((hosts) => [...hosts]))].slice(0, maxDomains), skipped }
}

/** Links a reader clicks come first, those that only a parser sees last. */
function rank({ types, anchorText }: Uri): number {
  if (types.has('a')) return anchorText.some((text) => text !== '') ? 0 : 5
  if (types.has('form')) return 1
  if (types.has('img')) return 2
  return types.has('parsed') && types.size === 1 ? 4 : 3
}

function listing(input: EvalInput, list: UriList, rule: EvalRule): string | undefined {
  return questionsOf(input, list, rule).questions.find(({ lookup }) =>
    recordsOf(input, lookup).some((record) => fits(input, list.subtest, record, list.type)),
  )?.subject
}
