/** WLBLEval: welcome lists and block lists of addresses, relays and hosts in URIs, under their new and old names. */
import type { Octets } from '../../mail/message.ts'
import type { Relay } from '../../mail/received.ts'
import type { EvalFunction, EvalInput, EvalPlugin } from '../eval.ts'
import type { BoundList } from './address-list.ts'
import { contains } from './ip.ts'
import { escapeRegex, header, lower } from './octets.ts'
import { allFrom, allTo } from './senders.ts'
import type { WelcomeLists } from './wlbl-lists.ts'
import { listDirectives, noLists, withOldNames } from './wlbl-lists.ts'

export const wlblEval: EvalPlugin<WelcomeLists> = {
  name: 'Mail::SpamAssassin::Plugin::WLBLEval',
  initial: noLists,
  directives: listDirectives,
  functions: withOldNames<EvalFunction>({
    check_from_in_blocklist: fromIn('blocklist_from'),
    check_to_in_blocklist: toIn('blocklist_to'),
    check_to_in_welcomelist: toIn('welcomelist_to'),
    check_to_in_more_spam: toIn('more_spam_to'),
    check_to_in_all_spam: toIn('all_spam_to'),
    check_from_in_list: (input, [list = '']) => fromIn(list)(input),
    check_to_in_list: (input, [list = '']) => toIn(list)(input),
    check_replyto_in_list: (input, [list = '']) => {
      const address = header(input, 'Reply-To:addr')
      return address !== '' && isIn(input, list, address)
    },
    check_from_in_welcomelist: (input) => welcome(input) > 0,
    check_forged_in_welcomelist: (input) => welcome(input) < 0 && welcomeByDefault(input) === 0,
    check_from_in_default_welcomelist: (input) => welcomeByDefault(input) > 0,
    check_forged_in_default_welcomelist: (input) => welcomeByDefault(input) < 0 && welcome(input) === 0,
    check_mailfrom_matches_rcvd: senderMatchesRelay,
    check_uri_host_listed: (input, [list = ''], rule) => hostListed(input, list, rule.name),
    check_uri_host_in_blocklist: (input, _, rule) => hostListed(input, 'BLOCK', rule.name),
    check_uri_host_in_welcomelist: (input, _, rule) => hostListed(input, 'WELCOME', rule.name),
  }),
}

/** Is the address in the list of that name? For other plugins too: welcomelist_auth concerns SPF and DKIM. */
export function isIn(input: EvalInput, list: string, address: Octets): boolean {
  return input.conf(wlblEval).lists.get(list)?.has(address) === true
}

/** Most lists of most administrators are empty: no need to gather addresses for them. */
function isFilled(input: EvalInput, list: string): boolean {
  return (input.conf(wlblEval).lists.get(list)?.size ?? 0) > 0
}

function fromIn(list: string): (input: EvalInput) => boolean {
  return (input) => isFilled(input, list) && allFrom(input).some((address) => isIn(input, list, address))
}

function toIn(list: string): (input: EvalInput) => boolean {
  return (input) => isFilled(input, list) && allTo(input).some((address) => isIn(input, list, address))
}

/** 1: welcome, -1: the address is listed but came from elsewhere, 0: not listed. */
type Welcome = 1 | 0 | -1

const WELCOME_KEY = {}
const DEFAULT_KEY = {}

function welcome(input: EvalInput): Welcome {
  return input.memo(WELCOME_KEY, () => {
    if (fromIn('welcomelist_from')(input)) return 1
    return best(allFrom(input).map((address) => boundTo(input, input.conf(wlblEval).welcomeRcvd, address)))
  })
}

function welcomeByDefault(input: EvalInput): Welcome {
  return input.memo(DEFAULT_KEY, () =>
    best(allFrom(input).map((address) => boundTo(input, input.conf(wlblEval).defaultRcvd, address))),
  )
}

function best(results: readonly Welcome[]): Welcome {
  return results.includes(1) ? 1 : results.includes(-1) ? -1 : 0
}

/** The relay that handed the mail over to a trusted one; of mail that never left trusted relays, all of them. */
function handingOver({ relays }: EvalInput): readonly Relay[] {
  const [first] = relays.untrusted
  return first === undefined ? relays.trusted : [first]
}

function boundTo(input: EvalInput, list: BoundList, address: Octets): Welcome {
  if (list.size === 0) return 0
  const relays = handingOver(input)
  if (relays.length === 0) return 0
  const key = lower(address)
  const bounds = [...list.values()].filter(({ regex }) => regex.test(key)).flatMap((entry) => entry.bounds)
  if (bounds.length === 0) return 0
  if (bounds.some((bound) => relays.some((relay) => isAt(relay, bound)))) return 1
  return isIn(input, 'welcomelist_allows_relays', key) ? 0 : -1
}

/** A bound is a domain of the relay's name, or an address or network in brackets. */
function isAt(relay: Relay, bound: string): boolean {
  const network = /^\[(.*)\](\/\d{1,3})?$/s.exec(bound)
  if (network !== null) return relay.ip !== '' && contains(`${network[1] ?? ''}${network[2] ?? ''}`, relay.ip)
  return new RegExp(`(?:^|\\.)${escapeRegex(bound)}$`, 'i').test(relay.rdns)
}

function senderMatchesRelay(input: EvalInput): boolean {
  const address = header(input, 'EnvelopeFrom:addr')
  const domain = address.slice(address.lastIndexOf('@') + 1)
  if (!address.includes('@') || !domain.slice(1, -1).includes('.')) return false
  const own = input.domains.split(domain)[1]
  return handingOver(input).some(({ rdns }) => rdns !== '' && input.domains.split(lower(rdns))[1] === own)
}

const HOSTS_KEY = {}
/** More labels than this are junk in front of a domain; the tail is what is listed. */
const MOST_LABELS = 10

/** `check_uri_host_listed(LIST)`: a host in the mail's links, or a domain above it, stands in that list. */
function hostListed(input: EvalInput, list: string, rule: string): boolean {
  const found = input.memo(HOSTS_KEY, () => listedHosts(input)).get(list)
  if (found !== undefined) input.report(rule, `URI: ${found}`)
  return found !== undefined
}

function listedHosts(input: EvalInput): ReadonlyMap<string, string> {
  const { hosts: lists } = input.conf(wlblEval)
  const found = new Map<string, string>()
  const seen = new Set<string>()
  for (const { uri, hosts } of lists.size === 0 ? [] : input.uris()) {
    if (/^mailto:/i.test(uri)) continue
    for (const host of hosts.keys()) {
      if (seen.has(host)) continue
      seen.add(host)
      for (const [name, list] of lists) {
        const match = suffixes(host).find((suffix) => list.has(suffix))
        if (match !== undefined && list.get(match) === true)
          found.set(name, match === host ? host : `${host} (${match})`)
      }
    }
  }
  return found
}

function suffixes(host: string): readonly string[] {
  const literal = /^\[(.*)\]$/.exec(host)
  if (literal !== null) return [literal[1] ?? '']
  if (/^\d+\.\d+\.\d+\.\d+$/.test(host)) return [host]
  const labels = host.split('.')
  return labels.map((_, index) => labels.slice(index).join('.')).slice(-MOST_LABELS)
}
