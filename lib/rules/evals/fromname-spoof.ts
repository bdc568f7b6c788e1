/** FromNameSpoof: a display name that shows another address than the one the mail comes from. */
import type { Octets } from '../../mail/message.ts'
import type { Directive, EvalFunction, EvalInput, EvalPlugin } from '../eval.ts'
import type { AddressList } from './address-list.ts'
import { addAll, listNamed, removeAll } from './address-list.ts'
import { header, lower, words } from './octets.ts'
import { allTo } from './senders.ts'

export interface SpoofSettings {
  /** Owner -> addresses that belong to it. */
  readonly owners: Map<string, AddressList>
  readonly ignoredDkim: Set<string>
  readonly ignoredHeaders: Set<string>
  /** How many characters besides the address a name may hold before it is a sentence and not a disguise. */
  extraCharacters: number
  check: number
}

const NAMED = /^\((.+?)\)[ \t]+(.+)$/s

function changesOwner(change: typeof addAll): Directive<SpoofSettings> {
  return (state, value) => {
    const match = NAMED.exec(value)
    if (match === null) return 'expected (OWNER) and addresses'
    return change(listNamed(state.owners, lower(match[1] ?? '')), lower(match[2] ?? ''))
  }
}

function addsWords(name: 'ignoredDkim' | 'ignoredHeaders'): Directive<SpoofSettings> {
  return (state, value) => {
    for (const word of words(name === 'ignoredDkim' ? lower(value) : value)) state[name].add(word)
    return value === '' ? 'a value is missing' : undefined
  }
}

export const fromNameSpoof: EvalPlugin<SpoofSettings> = {
  name: 'Mail::SpamAssassin::Plugin::FromNameSpoof',
  initial: () => ({
    owners: new Map(),
    ignoredDkim: new Set(),
    ignoredHeaders: new Set(),
    extraCharacters: 50,
    check: 1,
  }),
  directives: {
    fns_add_addrlist: changesOwner(addAll),
    fns_remove_addrlist: changesOwner(removeAll),
    fns_ignore_dkim: addsWords('ignoredDkim'),
    fns_ignore_headers: addsWords('ignoredHeaders'),
    fns_extrachars: (state, value) => {
      if (!/^\d{1,5}$/.test(value)) return 'expected a number'
      state.extraCharacters = Number(value)
      return undefined
    },
    fns_check: (state, value) => {
      if (!/^[012]$/.test(value)) return 'expected 0, 1 or 2'
      state.check = Number(value)
      return undefined
    },
  },
  functions: {
    check_fromname_spoof: (input, [level]) => {
      const { address, owner, domain } = facts(input)
      const wanted = /^[012]$/.test(level ?? '') ? Number(level) : input.conf(fromNameSpoof).check
      return address && (wanted === 0 || (wanted === 1 ? owner : domain))
    },
    check_fromname_different: tells('address'),
    check_fromname_domain_differ: tells('domain'),
    check_fromname_contains_email: tells('containsEmail'),
    check_fromname_equals_to: tells('equalsTo'),
    check_fromname_owners_differ: tells('owner'),
    check_fromname_equals_replyto: tells('equalsReplyTo'),
  },
}

interface Facts {
  readonly containsEmail: boolean
  /** The name's address, its domain and its owner differ from the sender's. */
  readonly address: boolean
  readonly domain: boolean
  readonly owner: boolean
  readonly equalsTo: boolean
  readonly equalsReplyTo: boolean
}

const NOTHING: Facts = {
  containsEmail: false,
  address: false,
  domain: false,
  owner: false,
  equalsTo: false,
  equalsReplyTo: false,
}

function tells(name: keyof Facts): EvalFunction {
  return (input) => facts(input)[name]
}

const KEY = {}

function facts(input: EvalInput): Facts {
  return input.memo(KEY, () => compare(input))
}

const EMAIL = /\b([\w.!#$%&'*+/=?^`{|}~-]+@\w[\w-]*\.\w[\w.-]*)/

function compare(input: EvalInput): Facts {
  const settings = input.conf(fromNameSpoof)
  const signed = (input.auth?.dkim?.signatures ?? []).filter(({ result }) => result === 'pass')
  if (signed.some(({ domain }) => settings.ignoredDkim.has(domain))) return NOTHING
  if ([...settings.ignoredHeaders].some((name) => header(input, name) !== '')) return NOTHING
  const from = lower(header(input, 'From:addr'))
  const name = lower(header(input, 'From:name')).slice(0, 2000)
  const shown = EMAIL.exec(name)?.[1]?.replace(/(?<!\W)\W+$/, '')
  const fromDomain = input.domains.ofUri(`mailto:${from}`)?.domain
  const shownDomain = shown === undefined ? undefined : input.domains.ofUri(`mailto:${shown}`)?.domain
  if (shown === undefined || fromDomain === undefined || shownDomain === undefined) return NOTHING
  const odd = (text: Octets): number => text.replace(/[a-z0-9]/g, '').length
  const extra = name.length + odd(name) - odd(shown) - shown.length
  if (extra > settings.extraCharacters) return { ...NOTHING, containsEmail: true }
  return {
    containsEmail: true,
    address: shown !== from,
    domain: shownDomain !== fromDomain,
    owner: owner(settings, shown, shownDomain) !== owner(settings, from, fromDomain),
    equalsTo: allTo(input).includes(shown),
    equalsReplyTo: shown === lower(header(input, 'Reply-To:addr')),
  }
}

/** The configured owner of an address, or of its local part at the registered domain; else the domain's own label. */
function owner({ owners }: SpoofSettings, address: Octets, domain: string): string {
  const trimmed = `${address.slice(0, address.lastIndexOf('@'))}@${domain}`
  for (const one of [address, trimmed]) for (const [name, list] of owners) if (list.has(one)) return name
  return domain.split('.')[0] ?? domain
}
