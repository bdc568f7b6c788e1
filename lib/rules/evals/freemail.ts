/** FreeMail: mail from, or asking for an answer to, addresses anybody can have; differing ones are how frauds work. */
import type { Octets } from '../../mail/message.ts'
import type { Directive, EvalInput, EvalPlugin, EvalRule } from '../eval.ts'
import { bodyEmails, ROLE } from './emails.ts'
import { escapeRegex, header, lower, words } from './octets.ts'
import { allFrom } from './senders.ts'
import { isIn } from './wlbl-eval.ts'
import { withOldNames } from './wlbl-lists.ts'

export interface FreeMailSettings {
  readonly domains: Set<string>
  /** `*@` patterns' sources; compiled into one when first needed. */
  readonly wildcards: string[]
  readonly welcome: Set<string>
  readonly numbers: Record<string, number>
}

const DEFAULTS = {
  freemail_max_body_emails: 5,
  freemail_max_body_freemails: 3,
  freemail_skip_when_over_max: 1,
  freemail_skip_bulk_envfrom: 1,
  freemail_add_describe_email: 1,
  freemail_import_welcomelist_auth: 0,
  freemail_import_def_welcomelist_auth: 0,
}

function setsNumber(name: string): Directive<FreeMailSettings> {
  return (state, value) => {
    if (!/^\d{1,6}$/.test(value)) return 'expected a number'
    state.numbers[name] = Number(value)
    return undefined
  }
}

function addDomains(state: FreeMailSettings, value: string): string | undefined {
  for (const word of words(lower(value))) {
    if (!/^[a-z0-9.*?-]+$/.test(word)) return `${word} is no domain`
    if (!/[*?]/.test(word)) state.domains.add(word)
    else state.wildcards.push(escapeRegex(word).replaceAll('\\?', '.').replaceAll('\\*', '[^.]*'))
  }
  return undefined
}

function addWelcome(state: FreeMailSettings, value: string): string | undefined {
  for (const word of words(lower(value))) {
    if (!/\w[.@]\w/.test(word)) return `${word} is neither an address nor a domain`
    state.welcome.add(word)
  }
  return undefined
}

export const freeMail: EvalPlugin<FreeMailSettings> = {
  name: 'Mail::SpamAssassin::Plugin::FreeMail',
  initial: () => ({
    domains: new Set(),
    wildcards: [],
    welcome: new Set(),
    numbers: { ...DEFAULTS },
  }),
  directives: {
    freemail_domains: addDomains,
    ...withOldNames({ freemail_welcomelist: addWelcome }),
    ...withOldNames(Object.fromEntries(Object.keys(DEFAULTS).map((name) => [name, setsNumber(name)]))),
  },
  functions: {
    check_freemail_from: (input, [pattern], rule) => firstFree(input, allFrom(input), pattern, rule),
    check_freemail_header: (input, [name = '', pattern], rule) =>
      firstFree(input, input.all(`${name}:addr`), pattern, rule),
    check_freemail_body: inBody,
    check_freemail_replyto: replyTo,
  },
}

const NOBODY = new RegExp(ROLE)
/** Envelope senders of lists and of machines: their Reply-To is nobody's trick. */
const BULK =
  /(?:^(?:post|host|domain)master|^double-bounce|^(?:sentto|owner|return|(?:gr)?bounced?)-[^\n\r\u2028\u2029][^@\n\r\u2028\u2029]*|-(?:request|bounces?|admin|owner)|\b(?:do[._-t]?)?no[._-t]?repl(?:y|ies))@/i
/** `user=host@list`, the sender a list makes for each reader. */
const PER_READER = /^.[^=\n\r\u2028\u2029]*=.[^@\n\r\u2028\u2029]*@/m

function isFree(input: EvalInput, email: Octets): boolean {
  const { domains, wildcards, welcome, numbers } = input.conf(freeMail)
  const domain = email.slice(email.lastIndexOf('@') + 1)
  if (email === '' || welcome.has(email) || welcome.has(domain) || NOBODY.test(email.slice(0, 320)))
    return false
  for (const list of ['welcomelist_auth', 'def_welcomelist_auth']) {
    if (numbers[`freemail_import_${list}`] === 1 && isIn(input, list, email)) return false
  }
  if (domains.has(domain)) return true
  return wildcards.length > 0 && compiled(wildcards).test(email)
}

const COMPILED = new WeakMap<readonly string[], RegExp>()

function compiled(wildcards: readonly string[]): RegExp {
  const known = COMPILED.get(wildcards)
  if (known !== undefined) return known
  const regex = new RegExp(`@(?:${wildcards.join('|')})$`)
  COMPILED.set(wildcards, regex)
  return regex
}

function log(input: EvalInput, rule: EvalRule, text: Octets): true {
  if (input.conf(freeMail).numbers['freemail_add_describe_email'] === 1) {
    input.report(rule.name, text.replaceAll('@', '(at)'))
  }
  return true
}

function firstFree(
  input: EvalInput,
  addresses: readonly Octets[],
  pattern: string | undefined,
  rule: EvalRule,
): boolean {
  const regex = pattern === undefined ? undefined : input.regex(pattern)
  if (pattern !== undefined && regex === undefined) return false
  const hit = addresses.map(lower).find((email) => isFree(input, email) && (regex?.test(email) ?? true))
  return hit !== undefined && log(input, rule, hit)
}

const BODY_KEY = {}

/** Free addresses in the text; none at all where the mail has so many that it must be a list of contacts. */
function freeInBody(input: EvalInput): readonly Octets[] {
  return input.memo(BODY_KEY, () => {
    const { numbers } = input.conf(freeMail)
    const emails = bodyEmails(input)
    const free = emails.filter((email) => isFree(input, email))
    const tooMany =
      emails.length >= (numbers['freemail_max_body_emails'] ?? 0) ||
      free.length >= (numbers['freemail_max_body_freemails'] ?? 0)
    return tooMany && numbers['freemail_skip_when_over_max'] === 1 ? [] : free
  })
}

function inBody(input: EvalInput, [pattern]: readonly string[], rule: EvalRule): boolean {
  const regex = pattern === undefined ? undefined : input.regex(pattern)
  if (pattern !== undefined && regex === undefined) return false
  const hits = freeInBody(input).filter((email) => regex?.test(email) ?? true)
  return hits.length > 0 && log(input, rule, hits.join(', '))
}

function isBulk(sender: Octets): boolean {
  const start = sender.slice(0, 320)
  return BULK.test(start) || PER_READER.test(start)
}

function replyTo(input: EvalInput, [what = 'replyto']: readonly string[], rule: EvalRule): boolean {
  if (what !== 'replyto' && what !== 'reply') return false
  const { numbers } = input.conf(freeMail)
  if (numbers['freemail_skip_bulk_envfrom'] === 1 && isBulk(header(input, 'EnvelopeFrom'))) return false
  const from = input.all('From:addr').map(lower)
  const reply = input.all('Reply-To:addr').map(lower)
  const replies = new Set(reply)
  const fromIsFree = from.some((email) => isFree(input, email))
  const replyIsFree = reply.some((email) => isFree(input, email))
  if (fromIsFree && replyIsFree && !from.some((email) => replies.has(email))) {
    return log(input, rule, `${from.join(',')} -> ${reply.join(',')}`)
  }
  if (what === 'replyto' && !replyIsFree) return false
  if (what === 'reply' && (!fromIsFree || (reply.length > 0 && !replyIsFree))) return false
  const answered = what === 'replyto' || replyIsFree ? reply : from
  for (const inText of freeInBody(input)) {
    const other = answered.find((email) => email !== inText)
    if (other !== undefined) return log(input, rule, `${other}, ${inText}`)
  }
  return false
}
