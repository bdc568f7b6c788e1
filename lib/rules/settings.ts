/**
 * Directives of the language that are no rules: what a rule file says about scores, networks, headers and the machine
 * around it. Those that mean something to Hamlet are kept in `Settings`; the rest is named here so that a stock file
 * reads without errors, and lint says which lines have no effect.
 */
import { covers, parseNetwork } from './networks.ts'
import type { Place, Severity } from './problem.ts'
import { ELSEWHERE } from './no-effect.ts'
import { whyNoPattern } from './regex/pattern.ts'

/** `add_header all Status text`: a header of its own, X-Spam-<name>. */
export interface AddedHeader {
  readonly scope: 'spam' | 'ham' | 'all'
  readonly name: string
  /** Template with _TAGS_; \n and \t already put in. */
  readonly template: string
}

export interface Settings {
  readonly requiredScore: number
  /** Words as written: addresses, networks, `!` for an exception. Undefined: not configured. */
  readonly trustedNetworks: readonly string[] | undefined
  readonly internalNetworks: readonly string[] | undefined
  readonly msaNetworks: readonly string[] | undefined
  readonly originatingIpHeaders: readonly string[]
  readonly addedHeaders: readonly AddedHeader[]
  /** Header name (Subject, From, To) -> template put before or into it. */
  readonly rewrittenHeaders: ReadonlyMap<string, string>
  readonly report: readonly string[]
  /** Perl patterns, group 1 of which is the address a redirecting URI leads to. */
  readonly redirectors: readonly string[]
  /** Domains that rules may or may not ask the DNS about; `*` is every domain. */
  readonly dnsRestrictions: ReadonlyMap<string, 'allow' | 'deny'>
  readonly topLevelDomains: readonly string[]
  readonly secondLevelDomains: readonly string[]
  readonly thirdLevelDomains: readonly string[]
  /** Every other known directive: key -> words of all its lines, in order. */
  readonly words: ReadonlyMap<string, readonly string[]>
}

/** How a simple directive's value is read. */
type Kind = 'text' | 'number' | 'boolean' | 'words' | 'any'

/** Simple directives with an effect on rules or on what is done with a mail. */
const KEPT: Readonly<Record<string, Kind>> = {
  required_score: 'number',
  report_safe: 'number',
  report_contact: 'text',
  report_hostname: 'text',
  report_charset: 'any',
  ok_locales: 'words',
  ok_languages: 'words',
  normalize_charset: 'boolean',
  envelope_sender_header: 'text',
  always_trust_envelope_sender: 'boolean',
  parse_dkim_uris: 'boolean',
  body_part_scan_size: 'number',
  rawbody_part_scan_size: 'number',
  version_tag: 'text',
  fold_headers: 'boolean',
  num_check_received: 'number',
  bayes_auto_learn: 'boolean',
  bayes_auto_learn_threshold_nonspam: 'number',
  bayes_auto_learn_threshold_spam: 'number',
  bayes_ignore_header: 'words',
  bayes_ignore_from: 'words',
  bayes_ignore_to: 'words',
  use_bayes: 'boolean',
  use_bayes_rules: 'boolean',
  skip_rbl_checks: 'boolean',
  skip_uribl_checks: 'boolean',
  time_limit: 'any',
}

const ALIASES: Readonly<Record<string, string>> = { required_hits: 'required_score' }

type Report = (severity: Severity, place: Place, text: string) => void

interface Draft {
  requiredScore: number
  networks: Record<'trusted_networks' | 'internal_networks' | 'msa_networks', string[] | undefined>
  originating: string[]
  added: AddedHeader[]
  rewritten: Map<string, string>
  report: string[]
  redirectors: string[]
  restrictions: Map<string, 'allow' | 'deny'>
  tlds: string[]
  seconds: string[]
  thirds: string[]
  words: Map<string, string[]>
}

/** What a directive line came to: done, an error text, or not one of ours. */
export type Outcome = Complaint | 'done' | 'unknown'

interface Complaint {
  readonly error: string
  readonly severity?: Severity
}

type Handler = (draft: Draft, value: string) => string | Complaint | undefined

const networks =
  (key: 'trusted_networks' | 'internal_networks' | 'msa_networks'): Handler =>
  (draft, value) => {
    if (value === '') return `missing '${key}' value`
    const words = value.split(/\s+/)
    const wrong = words.find((word) => parseNetwork(word) === undefined)
    if (wrong !== undefined) return `${key}: ${wrong} is no address or network`
    const list = (draft.networks[key] ??= [])
    const twice = words.filter((word) => {
      const known = covers(list, word.replace(/^!/, ''))
      list.push(word)
      return known
    })
    if (twice.length === 0) return undefined
    return { error: `${key}: ${twice.join(' ')} is in the list already`, severity: 'warning' }
  }

const SPECIAL: Readonly<Record<string, Handler>> = {
  trusted_networks: networks('trusted_networks'),
  internal_networks: networks('internal_networks'),
  msa_networks: networks('msa_networks'),
  clear_trusted_networks: (draft) => void (draft.networks.trusted_networks = undefined),
  clear_internal_networks: (draft) => void (draft.networks.internal_networks = undefined),
  clear_msa_networks: (draft) => void (draft.networks.msa_networks = undefined),
  originating_ip_headers: (draft, value) => void draft.originating.push(...value.split(/\s+/)),
  clear_originating_ip_headers: (draft) => void (draft.originating = []),
  util_rb_tld: (draft, value) => void draft.tlds.push(...value.toLowerCase().split(/\s+/)),
  util_rb_2tld: (draft, value) => void draft.seconds.push(...value.toLowerCase().split(/\s+/)),
  util_rb_3tld: (draft, value) => void draft.thirds.push(...value.toLowerCase().split(/\s+/)),
  clear_util_rb(draft) {
    draft.tlds = []
    draft.seconds = []
    draft.thirds = []
    return undefined
  },
  redirector_pattern: (draft, value) => whyNoPattern(value) ?? void draft.redirectors.push(value),
  dns_query_restriction: restrictQueries,
  clear_dns_query_restriction: (draft) => void draft.restrictions.clear(),
  clear_dns_query_restrictions: (draft) => void draft.restrictions.clear(),
  report: (draft, value) => void draft.report.push(/^"(.*?)"$/.exec(value)?.[1] ?? value),
  clear_report_template: (draft) => void (draft.report = []),
  clear_headers: (draft) => void (draft.added = []),
  add_header: addHeader,
  remove_header: removeHeader,
  rewrite_header: rewriteHeader,
}

function restrictQueries(draft: Draft, value: string): string | undefined {
  const [word, ...domains] = value.toLowerCase().split(/\s+/)
  if ((word !== 'allow' && word !== 'deny') || domains.length === 0)
    return 'dns_query_restriction takes allow or deny, and domains'
  for (const domain of domains) draft.restrictions.set(domain.replace(/\.$/, ''), word)
  return undefined
}

/** X-Spam headers that Hamlet's configuration is about, whatever rule files say. */
export const OWN_HEADERS: ReadonlySet<string> = new Set([
  'flag',
  'level',
  'status',
  'report',
  'checker-version',
  'folder',
  'original-recipient',
])

function addHeader(draft: Draft, value: string): string | undefined {
  const found = /^(spam|ham|all)\s+([\w-]+)\s+(.*)$/is.exec(value)
  if (found === null) return 'add_header takes spam, ham or all, a header name and a text'
  const [, scope, name, text] = found
  const quoted = /^"(.*)"$/.exec(text!)?.[1] ?? text!
  removeHeader(draft, `${scope} ${name}`)
  draft.added.push({
    scope: scope!.toLowerCase() as AddedHeader['scope'],
    name: name!,
    template: quoted.replace(/\\n/g, '\n').replace(/\\t/g, '\t').replaceAll('\\\\', '\\'),
  })
  return undefined
}

function removeHeader(draft: Draft, value: string): string | undefined {
  const found = /^(spam|ham|all)\s+([\w-]+)\s*$/i.exec(value)
  if (found === null) return 'remove_header takes spam, ham or all, and a header name'
  const scope = found[1]!.toLowerCase()
  const name = found[2]!.toLowerCase()
  // `all` takes away what was added for spam and ham as well.
  draft.added = draft.added.filter(
    (header) => header.name.toLowerCase() !== name || (scope !== 'all' && header.scope !== scope),
  )
  return undefined
}

function rewriteHeader(draft: Draft, value: string): string | Complaint | undefined {
  const found = /^(subject|from|to)(?:\s+(.*))?$/is.exec(value)
  if (found === null) return 'rewrite_header takes Subject, From or To, and a text'
  const name = found[1]![0]!.toUpperCase() + found[1]!.slice(1).toLowerCase()
  if (found[2] === undefined || found[2] === '') {
    draft.rewritten.delete(name)
    return undefined
  }
  draft.rewritten.set(name, found[2])
  if (name === 'Subject') return undefined
  return { error: `rewrite_header ${name}: only the subject is rewritten`, severity: 'unsupported' }
}

function checkKind(key: string, kind: Kind, value: string): string | undefined {
  if (kind === 'any') return undefined
  if (value === '') return `missing '${key}' value`
  if (kind === 'number' && !/^[+-]?\d+(?:\.\d*)?$/.test(value)) return `invalid '${key}' value`
  if (kind === 'boolean' && !/^(?:yes|no|0|1|2)$/i.test(value)) return `invalid '${key}' value`
  return undefined
}

/** Collects settings while files are read. */
export class SettingsReader {
  /** Where the last line about a list of networks stands. */
  readonly #places = new Map<string, Place>()
  readonly #draft: Draft = {
    requiredScore: 5,
    networks: { trusted_networks: undefined, internal_networks: undefined, msa_networks: undefined },
    originating: [],
    added: [],
    rewritten: new Map(),
    report: [],
    redirectors: [],
    restrictions: new Map(),
    tlds: [],
    seconds: [],
    thirds: [],
    words: new Map(),
  }

  apply(written: string, value: string, place?: Place): Outcome {
    const key = (Object.hasOwn(ALIASES, written) ? ALIASES[written] : undefined) ?? written
    if (place !== undefined && key.endsWith('_networks')) this.#places.set(key, place)
    const special = Object.hasOwn(SPECIAL, key) ? SPECIAL[key] : undefined
    if (special !== undefined) {
      const complaint = special(this.#draft, value)
      if (complaint === undefined) return 'done'
      return typeof complaint === 'string' ? { error: complaint } : complaint
    }
    const kind = Object.hasOwn(KEPT, key) ? KEPT[key] : undefined
    if (kind === undefined) return 'unknown'
    const error = checkKind(key, kind, value)
    if (error !== undefined) return { error }
    this.#keep(key, kind, value)
    const elsewhere = Object.hasOwn(ELSEWHERE, key) ? ELSEWHERE[key] : undefined
    if (elsewhere === undefined || elsewhere.silent?.test(value) === true) return 'done'
    return { error: `${written} has no effect: ${elsewhere.reason}`, severity: 'warning' }
  }

  #keep(key: string, kind: Kind, value: string): void {
    if (key === 'required_score') this.#draft.requiredScore = Number(value)
    if (kind !== 'words') {
      this.#draft.words.set(key, [
        kind === 'boolean' ? value.toLowerCase().replace('yes', '1').replace('no', '0') : value,
      ])
      return
    }
    const words = this.#draft.words.get(key) ?? []
    words.push(...value.split(/\s+/))
    this.#draft.words.set(key, words)
  }

  /** What is internal is trusted; SpamAssassin leaves out what is not, and so do we. */
  #dropStrays(report: Report): void {
    const { networks } = this.#draft
    const base = networks.trusted_networks === undefined ? 'internal_networks' : 'trusted_networks'
    const trusted = networks[base]
    if (trusted === undefined) return
    for (const key of ['internal_networks', 'msa_networks'] as const) {
      const list = networks[key]
      if (list === undefined || key === base) continue
      const stray = list.filter((word) => !word.startsWith('!') && !covers(trusted, word))
      const place = this.#places.get(key)
      networks[key] = list.filter((word) => !stray.includes(word))
      if (stray.length > 0 && place !== undefined)
        report('error', place, `${key}: ${stray.join(' ')} is not in ${base}`)
    }
  }

  finish(report: Report): Settings {
    this.#dropStrays(report)
    const draft = this.#draft
    return Object.freeze({
      requiredScore: draft.requiredScore,
      trustedNetworks: draft.networks.trusted_networks,
      internalNetworks: draft.networks.internal_networks,
      msaNetworks: draft.networks.msa_networks,
      originatingIpHeaders: draft.originating,
      addedHeaders: draft.added,
      rewrittenHeaders: draft.rewritten,
      report: draft.report,
      redirectors: draft.redirectors,
      dnsRestrictions: draft.restrictions,
      topLevelDomains: draft.tlds,
      secondLevelDomains: draft.seconds,
      thirdLevelDomains: draft.thirds,
      words: draft.words,
    })
  }
}
