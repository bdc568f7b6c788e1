/**
 * DNSEval: blacklists and welcome lists in the DNS, asked about the relays a mail passed (check_rbl) and about the
 * domains of its addresses. Rules of one set share its answers: check_rbl asks, check_rbl_sub looks at the answer's code.
 */
import type { Octets } from '../../mail/message.ts'
import type { EvalFunction, EvalInput, EvalPlugin, EvalRule, Lookup } from '../eval.ts'
import type { Subtest } from './dns-answers.ts'
import { answerTo, fits, MOST_QUESTIONS, recordsOf } from './dns-answers.ts'
import { findIps, isIp, isPrivate, reverseIp } from './ip.ts'
import { header, lower, number, unique } from './octets.ts'
import { allFrom, isHostName } from './senders.ts'

export interface DnsEvalSettings {
  rblHeaders: readonly string[]
}

const RBL_HEADERS = [
  'EnvelopeFrom',
  'Reply-To',
  'Disposition-Notification-To',
  'X-WebmailclientIP',
  'X-Source-IP',
]

type Ask = (input: EvalInput, args: readonly string[], rule: EvalRule) => readonly Lookup[]

/** Function -> what it asks. Arguments are (set, zone, subtest, …). */
const ASKS: Readonly<Record<string, Ask>> = {
  check_rbl: (input, args, rule) => aboutRelays(input, args, rule, 'a'),
  check_rbl_txt: (input, args, rule) => aboutRelays(input, args, rule, 'txt'),
  check_rbl_accreditor: (input, args, rule) =>
    accreditors(input).includes(args[3] ?? '') ? aboutRelays(input, args, rule, 'a') : [],
  check_rbl_from_host: (input, args, rule) => aboutHosts(args, rule, input, allFrom(input).map(hostOf)),
  check_rbl_from_domain: (input, args, rule) =>
    aboutHosts(
      args,
      rule,
      input,
      allFrom(input).map((address) => input.domains.ofUri(`mailto:${address}`)?.domain),
    ),
  check_rbl_envfrom: (input, args, rule) =>
    aboutHosts(args, rule, input, [hostOf(header(input, 'EnvelopeFrom:addr'))]),
  check_rbl_headers: (input, args, rule) => aboutHosts(args, rule, input, hostsOfHeaders(input, args[3])),
  check_rbl_rcvd: (input, args, rule) => {
    const first = input.relays.untrusted.at(-1)
    return aboutHosts(
      args,
      rule,
      input,
      first === undefined ? [] : [first.ip, first.by, first.helo, first.rdns],
    )
  },
  check_rbl_ns_from: (input, args, rule) => {
    const domain = hostOf(header(input, 'EnvelopeFrom:addr'))
    if (domain === undefined) return []
    const servers = recordsOf(input, { type: 'ns', name: domain })
    return [{ type: 'ns', name: domain }, ...aboutHosts(args, rule, input, servers)]
  },
}

export const dnsEval: EvalPlugin<DnsEvalSettings> = {
  name: 'Mail::SpamAssassin::Plugin::DNSEval',
  initial: () => ({ rblHeaders: RBL_HEADERS }),
  directives: {
    rbl_headers: (state, value) => {
      state.rblHeaders = value.split(/[\s,]+/).filter((name) => name !== '')
      return state.rblHeaders.length === 0 ? 'a header name is missing' : undefined
    },
  },
  functions: {
    ...Object.fromEntries(Object.keys(ASKS).map((name): [string, EvalFunction] => [name, listedBy(name)])),
    check_rbl_sub: listedInSet,
    check_dns_sender: senderUnknown,
  },
  lookups: { ...ASKS, check_dns_sender: senderLookups },
  can: ['domains_only', 'ips_only'].map((flag) => `Mail::SpamAssassin::Plugin::DNSEval::has_tflags_${flag}`),
}

/** The zone of a list as it is appended; rules write it with and without a dot at its end. */
function underZone(name: string, zone: string | undefined): string {
  return `${name}.${(zone ?? '').replace(/(?<!\.)\.+$/, '')}`
}

function isOff(input: EvalInput): boolean {
  return input.local || number(input.setting('skip_rbl_checks')[0]) === 1
}

function aboutRelays(
  input: EvalInput,
  args: readonly string[],
  rule: EvalRule,
  type: 'a' | 'txt',
): readonly Lookup[] {
  if (isOff(input)) return []
  return relayAddresses(input, args[0] ?? '', rule)
    .flatMap((ip) => reverseIp(ip) ?? [])
    .map((name) => ({ type, name: underZone(name, args[1]) }))
}

const RELAYS_KEY = {}
/** How many relays are asked about where the rule files do not say. */
const CHECKED_RELAYS = 9

/** Addresses a set is about, by the ending of its name: -lastexternal, -notfirsthop, -firsttrusted, -untrusted, or all. */
function relayAddresses(input: EvalInput, set: string, rule: EvalRule): readonly string[] {
  const { untrusted, external, originating } = input.memo(RELAYS_KEY, () => relaySets(input))
  const ending = /-(notfirsthop|lastexternal|firsttrusted|untrusted)$/.exec(set)?.[1]
  let chosen: readonly string[]
  if (ending === 'lastexternal') chosen = external.slice(0, 1)
  else if (ending === 'notfirsthop') chosen = external.length > 1 ? external.slice(0, -1) : external
  else if (ending === 'firsttrusted') chosen = unique([...untrusted, ...originating]).slice(0, 1)
  else if (ending === 'untrusted') chosen = unique([...untrusted, ...originating]).slice(1)
  else chosen = unique([...untrusted, ...originating]).toReversed()
  chosen = chosen.slice(0, number(input.setting('num_check_received')[0]) || CHECKED_RELAYS)
  if (rule.tflags.includes('nice')) return chosen
  const firstStrange = chosen.findIndex((ip) => !input.trusts(ip))
  return firstStrange < 0 ? [] : chosen.slice(firstStrange)
}

interface RelaySets {
  /** Public addresses, newest relay first, each once. */
  readonly untrusted: readonly string[]
  readonly external: readonly string[]
  /** From headers in which webmail tells its user's address. */
  readonly originating: readonly string[]
}

function relaySets(input: EvalInput): RelaySets {
  const { trusted, untrusted } = input.relays
  const publicOnly = (ips: readonly string[]): readonly string[] =>
    unique(ips.filter((ip) => isIp(ip) && !isPrivate(ip)))
  const strangers = untrusted.map(({ ip }) => ip)
  const outside = trusted.filter(({ internal }) => !internal).map(({ ip }) => ip)
  const originating = input
    .setting('originating_ip_headers')
    .flatMap((name) => findIps(header(input, name)))
    .filter((ip) => !input.trusts(ip))
  return {
    untrusted: publicOnly(strangers),
    external: publicOnly([...outside, ...strangers]),
    originating: publicOnly(originating),
  }
}

function hostOf(address: Octets): string | undefined {
  const host = lower(/@([^@ \t\n\r\f\v]+)/.exec(address)?.[1] ?? '')
    .replace(/^\.+|(?<!\.)\.+$/g, '')
    .replace(/\.{2,}/g, '.')
  return host.includes('.') ? host : undefined
}

function hostsOfHeaders(input: EvalInput, names: string | undefined): readonly string[] {
  return (names?.split(',') ?? input.conf(dnsEval).rblHeaders).flatMap((name) => {
    const host = hostOf(header(input, `${name}:addr`))
    return host === undefined ? header(input, name).split('\n') : [host]
  })
}

function aboutHosts(
  args: readonly string[],
  { tflags }: EvalRule,
  input: EvalInput,
  hosts: readonly (string | undefined)[],
): readonly Lookup[] {
  if (isOff(input)) return []
  const names = unique(hosts.filter((host) => host !== undefined)).flatMap((written) => {
    const host = lower(written).replace(/\.$/, '')
    if (isIp(host)) return tflags.includes('domains_only') ? [] : (reverseIp(host) ?? [])
    return tflags.includes('ips_only') || !isHostName(host) || !input.domains.valid(host) ? [] : [host]
  })
  return names.slice(0, MOST_QUESTIONS).map((name) => ({ type: 'a', name: underZone(name, args[1]) }))
}

/** Accreditors a mail names: in its envelope sender's a--tag label, or in an Accreditor field. */
function accreditors(input: EvalInput): readonly string[] {
  const label = /[@.]a--([a-z0-9]{3,})\./i.exec(header(input, 'EnvelopeFrom:addr'))?.[1]
  const named = header(input, 'Accreditor')
    .split(',')
    .map((term) => term.trim().split(/\s+/)[0] ?? '')
  return [...(label === undefined ? [] : [label]), ...named].map(lower).filter((tag) => tag !== '')
}

function subtestOf(text: string | undefined): Subtest {
  if (text === undefined) return { kind: 'any' }
  if (/^\d+$/.test(text)) return { kind: 'mask', mask: Number(text) }
  if (/^\d+\.\d+\.\d+\.\d+$/.test(text)) return { kind: 'exact', text }
  return { kind: 'regex', pattern: text }
}

/** A listing: a record that the rule takes; A records outside 127/8 are never one. */
function findListing(input: EvalInput, lookups: readonly Lookup[], subtest: Subtest): string | undefined {
  for (const lookup of lookups) {
    if (lookup.type !== 'a' && lookup.type !== 'txt') continue
    const record = recordsOf(input, lookup).find(
      (one) => (lookup.type === 'txt' || one.startsWith('127.')) && fits(input, subtest, one, lookup.type),
    )
    if (record !== undefined) return lookup.type === 'txt' ? record : `${lookup.name} is ${record}`
  }
  return undefined
}

function listedBy(name: string): EvalFunction {
  return (input, args, rule) => {
    const found = findListing(input, ASKS[name]?.(input, args, rule) ?? [], subtestOf(args[2]))
    if (found !== undefined) input.report(rule.name, found)
    return found !== undefined
  }
}

/** `check_rbl_sub(set, subtest)`: asks nothing itself; true when an answer any rule of the set got fits. */
function listedInSet(input: EvalInput, [set = '', subtest]: readonly string[], rule: EvalRule): boolean {
  if (subtest === undefined) return false
  for (const [name, ask] of Object.entries(ASKS)) {
    for (const asker of input.rulesOf(name)) {
      if (asker.args[0] !== set) continue
      const found = findListing(input, ask(input, asker.args, asker), subtestOf(subtest))
      if (found === undefined) continue
      input.report(rule.name, found)
      return true
    }
  }
  return false
}

function senderLookups(input: EvalInput): readonly Lookup[] {
  const host = hostOf(header(input, 'EnvelopeFrom:addr'))
  if (isOff(input) || host === undefined) return []
  return [
    { type: 'a', name: host },
    { type: 'mx', name: host },
  ]
}

/** The envelope sender's domain has neither address nor mail exchanger; not while either question is open. */
function senderUnknown(input: EvalInput): boolean {
  const lookups = senderLookups(input)
  return lookups.length > 0 && lookups.every((lookup) => answerTo(input, lookup)?.kind === 'absent')
}
