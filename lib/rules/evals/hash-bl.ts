/** HashBL: lists that are asked by the hash of an address, a link, a piece of text or an attachment. */
import type { Octets } from '../../mail/message.ts'
import type { Directive, EvalFunction, EvalInput, EvalPlugin, EvalRule, Lookup } from '../eval.ts'
import { fits, recordsOf } from './dns-answers.ts'
import type { HashOptions } from './hash-options.ts'
import { hashOf, readOptions } from './hash-options.ts'
import { findEmails, linkedEmails, ROLE, withoutQuoted } from './emails.ts'
import { isIp, isIpv4, reverseIp } from './ip.ts'
import { lower, unique, words } from './octets.ts'
import { allParts } from './parts.ts'
import { allFrom, isHostName } from './senders.ts'
import { tagValues } from './tags.ts'
import { uriDnsbl } from './uri-dnsbl.ts'

export interface HashBlSettings {
  readonly ignore: Set<string>
  /** Domain -> the domain it is another name of. */
  readonly aliases: Map<string, string>
  /** acl name -> domain -> asked or not. */
  readonly acls: Map<string, Map<string, boolean>>
  emailRegex: string | undefined
  welcomeRegex: string | undefined
}

function addAliases(state: HashBlSettings, value: string): string | undefined {
  const [domain, ...others] = words(lower(value))
  if (domain === undefined || others.length === 0 || value.includes('@'))
    return 'expected a domain and its other names'
  for (const alias of others) state.aliases.set(alias, domain)
  return undefined
}

/** `hashbl_acl_NAME domain !domain`: the first word about a domain counts. `all` is every domain. */
function addDomains(state: HashBlSettings, name: string, value: string): string | undefined {
  if (!/^[a-z0-9]{1,32}$/.test(name)) return 'hashbl_acl_ takes a name of letters and digits'
  if (value === '') return 'a domain is missing'
  const acl = state.acls.get(name) ?? new Map<string, boolean>()
  state.acls.set(name, acl)
  for (const word of words(lower(value))) {
    const domain = word.replace(/^!/, '')
    if (word !== domain) acl.set(domain, false)
    else if (!acl.has(domain)) acl.set(domain, true)
  }
  return undefined
}

function setsRegex(which: 'emailRegex' | 'welcomeRegex'): Directive<HashBlSettings> {
  return (state, value) => {
    state[which] = value
    return value === '' ? 'a pattern is missing' : undefined
  }
}

/** `(rule arguments) -> what is looked up and where`; the functions differ in nothing else. */
interface Plan {
  readonly zone: string | undefined
  readonly options: HashOptions
  readonly subtest: string | undefined
  readonly values: readonly Octets[]
}
type Planner = (input: EvalInput, args: readonly string[], rule: EvalRule) => Plan

const DEFAULTS = 'sha1/max=10/shuffle'

const PLANNERS: Readonly<Record<string, Planner>> = {
  check_hashbl_emails: (input, [zone, written, from, subtest, acl]) => {
    const options = readOptions(written || 'sha1/notag/noquote/max=10/shuffle')
    return { zone, options, subtest, values: emails(input, options, from || 'ALLFROM/Reply-To/body', acl) }
  },
  check_hashbl_uris: (input, [zone, written, subtest]) => {
    const options = readOptions(written || DEFAULTS)
    return { zone, options, subtest, values: links(input, options) }
  },
  check_hashbl_bodyre: (input, [zone, written, pattern, subtest], rule) => {
    const options = readOptions(written || DEFAULTS)
    return { zone, options, subtest, values: inText(input, options, pattern ?? '', rule) }
  },
  check_hashbl_tag: (input, [zone, written, tag, subtest]) => {
    const options = readOptions(written || DEFAULTS)
    return { zone, options, subtest, values: ofTag(input, options, tag ?? '') }
  },
  check_hashbl_attachments: (input, [zone, written, subtest]) => {
    const options = readOptions(written || DEFAULTS)
    return { zone, options: { ...options, hashed: true }, subtest, values: attachments(input, options) }
  },
}

export const hashBl: EvalPlugin<HashBlSettings> = {
  name: 'Mail::SpamAssassin::Plugin::HashBL',
  initial: () => ({
    ignore: new Set(),
    aliases: new Map(),
    acls: new Map(),
    emailRegex: undefined,
    welcomeRegex: undefined,
  }),
  directives: {
    hashbl_ignore: (state, value) => {
      for (const word of words(lower(value))) state.ignore.add(word)
      return value === '' ? 'a value is missing' : undefined
    },
    hashbl_email_domain_alias: addAliases,
    hashbl_email_regex: setsRegex('emailRegex'),
    hashbl_email_welcomelist: setsRegex('welcomeRegex'),
    hashbl_email_whitelist: setsRegex('welcomeRegex'),
  },
  families: { hashbl_acl_: addDomains },
  functions: Object.fromEntries(
    Object.keys(PLANNERS).map((name): [string, EvalFunction] => [name, listedBy(name)]),
  ),
  lookups: Object.fromEntries(
    Object.entries(PLANNERS).map(([name, plan]) => [
      name,
      (input: EvalInput, args: readonly string[], rule: EvalRule): readonly Lookup[] =>
        questions(input, plan(input, args, rule)).map(({ lookup }) => lookup),
    ]),
  ),
  can: [
    'bodyre',
    'bodyre_num',
    'emails',
    'uris',
    'ignore',
    'email_regex',
    'email_welcomelist',
    'email_whitelist',
    'tag',
    'sha256',
    'attachments',
    'email_domain',
    'email_domain_alias',
  ].map((feature) => `Mail::SpamAssassin::Plugin::HashBL::has_hashbl_${feature}`),
}

interface Question {
  readonly value: Octets
  readonly lookup: Lookup
}

/** The plan's values as questions: hashed, those to be ignored left out, at most `max` of them. */
function questions(input: EvalInput, { zone, options, values }: Plan): readonly Question[] {
  if (input.local || zone === undefined) return []
  const { ignore } = input.conf(hashBl)
  const type = /\/TXT$/i.test(zone) ? 'txt' : 'a'
  const suffix = zone.replace(/\/(?:A|TXT)$/i, '').replace(/\.$/, '')
  return unique(values)
    .slice(0, options.max)
    .filter((value) => !ignore.has(lower(value)))
    .map((value) => ({ value, hash: options.hashed ? value : hashOf(options, value) }))
    .filter(({ hash }) => !ignore.has(hash.toLowerCase()) && hash.length <= 200)
    .map(({ value, hash }) => ({ value, lookup: { type, name: `${hash}.${suffix}` } }))
}

function listedBy(name: string): EvalFunction {
  return (input, args, rule) => {
    const plan = PLANNERS[name]?.(input, args, rule)
    if (plan === undefined) return false
    const pattern = plan.subtest || '^127\\.'
    const hit = questions(input, plan).find(({ lookup }) =>
      recordsOf(input, lookup).some((record) => fits(input, { kind: 'regex', pattern }, record, lookup.type)),
    )
    if (hit !== undefined) input.report(rule.name, hit.value.replaceAll('@', '[at]'))
    return hit !== undefined
  }
}

function emails(
  input: EvalInput,
  options: HashOptions,
  from: string,
  acl: string | undefined,
): readonly Octets[] {
  const { aliases, acls, welcomeRegex } = input.conf(hashBl)
  const own = new Set(
    ['X-Original-To:addr', 'Apparently-To:addr', 'Delivered-To:addr', 'Envelope-To:addr']
      .flatMap((spec) => input.all(spec))
      .map(lower),
  )
  const exempt = welcomeRegex === undefined ? NOBODY : input.regex(welcomeRegex)
  const found = from.split('/').flatMap((source) => emailsOf(input, options, source.trim()))
  return found.flatMap((email) => {
    const at = email.lastIndexOf('@')
    const user = email.slice(0, at)
    const written = email.slice(at + 1)
    const domain = aliases.get(lower(written)) ?? written
    if (acl !== undefined && acl !== 'all' && acls.get(acl)?.get(lower(domain)) !== true) return []
    const full = `${user}@${domain}`
    if (own.has(lower(full)) || exempt?.test(full.slice(0, 320)) === true) return []
    if (acl === undefined && isSkipped(input, domain)) return []
    return [shaped(input, options, user, domain)]
  })
}

const NOBODY = new RegExp(ROLE, 'i')

function shaped(input: EvalInput, options: HashOptions, written: Octets, host: string): Octets {
  const domain = options.domain ? input.domains.split(host)[1] : host
  let user = options.nodot ? written.replaceAll('.', '') : written
  if (options.notag) user = user.replace(/\+.*/, '')
  const whole = options.host || options.domain ? domain : options.user ? user : `${user}@${domain}`
  return options.case ? whole : lower(whole)
}

function isSkipped(input: EvalInput, domain: string): boolean {
  const { skip } = input.conf(uriDnsbl)
  return skip.has(lower(domain)) || skip.has(lower(input.domains.split(domain)[1]))
}

function emailsOf(input: EvalInput, options: HashOptions, source: string): readonly Octets[] {
  if (source === 'ALLFROM') return allFrom(input)
  const text =
    source === 'body'
      ? `${linkedEmails(input)
          .map((one) => `${one}\n`)
          .join(
            '',
          )}${withoutQuoted(input, input.message.rendered().join(''), { uri: options.nouri, quote: options.noquote })}`
      : input.all(source).join('\n')
  const { emailRegex } = input.conf(hashBl)
  if (emailRegex === undefined) return findEmails(input, text)
  const regex = input.regex(emailRegex.replaceAll('_TLDS_', input.domains.tldPattern))
  return regex === undefined
    ? []
    : [...text.matchAll(new RegExp(regex, 'g'))].map((match) => match[1] ?? match[0])
}

function links(input: EvalInput, options: HashOptions): readonly Octets[] {
  if (options.raw) return []
  return input.uris().flatMap(({ uri, types, hosts, cleaned }) => {
    if (/^mailto:/i.test(uri) || hosts.size === 0 || !(types.has('a') || types.has('parsed'))) return []
    if ([...hosts].some(([host, domain]) => isSkipped(input, host) || isSkipped(input, domain))) return []
    return options.case ? cleaned : cleaned.map(lower)
  })
}

const MOST_MATCHES = 1000

function inText(
  input: EvalInput,
  options: HashOptions,
  pattern: string,
  { kind }: EvalRule,
): readonly Octets[] {
  const regex = input.regex(pattern)
  if (regex === undefined || pattern === '') return []
  const global = new RegExp(regex, regex.flags.includes('g') ? regex.flags : `${regex.flags}g`)
  const found: Octets[] = []
  for (const text of kind === 'rawbody' ? input.message.decoded() : input.message.rendered()) {
    for (const match of text.matchAll(global)) {
      const value = options.case ? (match[1] ?? '') : lower(match[1] ?? '')
      const kept = options.num ? value.replace(/[^0-9]/g, '') : value
      if (kept !== '') found.push(kept)
      if (found.length >= MOST_MATCHES) return found
    }
  }
  return found
}

function ofTag(input: EvalInput, options: HashOptions, written: string): readonly Octets[] {
  const tag = written.replace(/^_(.+)_$/, '$1').toUpperCase()
  return tagValues(input, tag).flatMap((value) => {
    const text = options.case ? value : lower(value)
    if (options.ip || options.ipv4 || options.ipv6 || isIp(text)) return addressOf(options, text)
    if ((options.fqdn || options.trim) && !isHostName(text)) return []
    if (isHostName(text) && isSkipped(input, text)) return []
    if ((options.tld || options.trim) && !input.domains.valid(text)) return []
    return [options.trim ? input.domains.split(text)[1] : text]
  })
}

function addressOf(options: HashOptions, text: string): readonly string[] {
  if (!isIp(text) || (options.ipv4 && !isIpv4(text)) || (options.ipv6 && isIpv4(text))) return []
  return [options.revip ? (reverseIp(text) ?? text) : text]
}

/** Hashes, not the files: hashing once here keeps megabytes out of the questions. */
function attachments(input: EvalInput, options: HashOptions): readonly string[] {
  if (options.raw) return []
  const { ignore } = input.conf(hashBl)
  return allParts(input.message).flatMap((part) => {
    if (!part.isLeaf || ignore.has(part.type) || ignore.has(lower(part.name ?? ''))) return []
    const bytes = part.bytes()
    if (bytes.length === 0 || bytes.length < options.minsize || bytes.length > options.maxsize) return []
    return [hashOf(options, bytes)]
  })
}
