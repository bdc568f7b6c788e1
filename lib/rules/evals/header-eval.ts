/**
 * HeaderEval: what the header block tells by itself - illegal characters, shouting subjects, recipients in a suspicious
 * order, message identifiers that claim a program they do not come from. Dates and forged relays have their own files.
 */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { parseDate } from './date.ts'
import { forgedFunctions, passedHeaderRemover } from './header-forged.ts'
import { receivedWithinMonths, shiftedDate, WHEN } from './header-dates.ts'
import { farAway, LIKELY_CAPS, locales } from './locales.ts'
import { escapeRegex, header, isUtf8, lower, number, trim, unique } from './octets.ts'

export const headerEval: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::HeaderEval',
  initial: () => ({}),
  directives: {},
  functions: {
    ...forgedFunctions,
    check_for_faraway_charset_in_headers: farawayCharset,
    check_for_unique_subject_id: () => false,
    check_illegal_chars: illegalCharacters,
    check_for_matching_env_and_hdr_from: sameSender,
    sorted_recipients: (input) => recipients(input).sorted,
    similar_recipients: (input, [min = 'undef', max = 'undef']) =>
      within(recipients(input).similar, min, max),
    check_for_missing_to_header: (input) =>
      header(input, 'To') === '' && header(input, 'Apparently-To') === '',
    check_for_shifted_date: shiftedDate,
    received_within_months: receivedWithinMonths,
    subject_is_all_caps: allCaps,
    check_for_to_in_subject: recipientInSubject,
    check_outlook_message_id: outlookMessageId,
    check_messageid_not_usable: messageIdNotUsable,
    check_header_count_range: headerCount,
    check_unresolved_template: unresolvedTemplate,
    check_ratware_name_id: ratwareNameId,
    check_ratware_envelope_from: ratwareEnvelopeFrom,
    check_equal_from_domains: differentDomains,
  },
}

function within(value: number, min: string, max: string): boolean {
  return (min === 'undef' || value >= number(min)) && (max === 'undef' || value < number(max))
}

function farawayCharset(input: EvalInput): boolean {
  const ok = locales(input)
  if (ok.includes('all')) return false
  return ['From:raw', 'Subject:raw']
    .flatMap((spec) => input.all(spec))
    .some((value) =>
      [...value.matchAll(/=\?([^?\n]{1,100})\?.\?(?:(?!=\?(?!=)).)*?\?=/g)].some((word) =>
        farAway(word[1] ?? '', ok),
      ),
    )
}

/** `check_illegal_chars(header, ratio, count)`: control and 8-bit octets, unless they are proper UTF-8 (RFC 6532). */
function illegalCharacters(input: EvalInput, [name = '', ratio, count]: readonly string[]): boolean {
  const text = header(input, name.endsWith(':raw') ? name : `${name}:raw`)
  if (!/[^ \t\n\r\f\v]/.test(text)) return false
  const controls = occurrences(text, /[\x00-\x08\x0b\x0c\x0e-\x1f]/g)
  if (/[\x80-\xff]/.test(text) && controls === 0 && isUtf8(text)) return false
  let illegal = controls + occurrences(text, /[\x7f-\xff]/g)
  // A single currency or registered sign in a subject is a habit of honest senders.
  if (/^subject(?::raw)?$/i.test(name) && illegal > 0 && occurrences(text, /[\xa2\xa3\xae]/g) === 1) illegal--
  return illegal / text.length >= number(ratio) && illegal >= number(count)
}

function occurrences(text: Octets, pattern: RegExp): number {
  let count = 0
  pattern.lastIndex = 0
  while (pattern.exec(text) !== null) count++
  return count
}

function sameSender(input: EvalInput): boolean {
  return lower(header(input, 'EnvelopeFrom:addr')) === lower(header(input, 'From:addr'))
}

interface Recipients {
  readonly sorted: boolean
  /** Share of pairs of recipients that look alike, 0 to 2. */
  readonly similar: number
}

const SORTED_FROM = 7
const SIMILAR_FROM = 5
const RECIPIENTS_KEY = {}

function recipients(input: EvalInput): Recipients {
  return input.memo(RECIPIENTS_KEY, () => {
    const open = input.all('ToCc:addr')
    const listed = open.length < SIMILAR_FROM ? [...open, ...input.all('Bcc:addr')] : open
    const addresses = listed
      .filter((address, index) => lower(address) !== lower(listed[index - 1] ?? ''))
      .slice(0, 256)
    const inOrder = addresses.every(
      (address, index) => index === 0 || (addresses[index - 1] ?? '') <= address,
    )
    return { sorted: addresses.length >= SORTED_FROM && inOrder, similar: similarity(addresses) }
  })
}

function similarity(addresses: readonly Octets[]): number {
  if (addresses.length < SIMILAR_FROM) return 0
  const hosts = addresses.map((address) => /@(.*)/.exec(address)?.[1] ?? '')
  let alike = 0
  let pairs = 0
  for (let left = 0; left < addresses.length; left++) {
    for (let right = left + 1; right < addresses.length; right++) {
      const [one = '', other = '', host = '', otherHost = ''] = [
        addresses[left],
        addresses[right],
        hosts[left],
        hosts[right],
      ]
      if (one.slice(0, 2) === other.slice(0, 2)) alike++
      if (host.slice(0, 2) === otherHost.slice(0, 2) && host !== otherHost) alike++
      pairs++
    }
  }
  return alike / pairs
}

const REPLY_PREFIX = /^(?:(?:Re|Fwd|Fw|Aw|Antwort|WG|SV|VB|VS|VL):[ \t\n\r\f\v]*)+/i

const CAPS_CHARSET = new RegExp(`=\\?${LIKELY_CAPS}\\?`, 'i')

function allCaps(input: EvalInput): boolean {
  const subject = trim(header(input, 'Subject')).replace(REPLY_PREFIX, '')
  if (!/[ \t\n\r\f\v]/.test(subject) || subject.length < 10) return false
  if (!/[A-Z]/.test(subject) || /[a-z]/.test(subject)) return false
  return !CAPS_CHARSET.test(header(input, 'Subject:raw'))
}

function recipientInSubject(input: EvalInput, [what]: readonly string[]): boolean {
  const to = header(input, 'To:addr')
  if (to === '') return false
  const subject = header(input, 'Subject').replace(/\n$/, '')
  if (what === 'address') return new RegExp(`\\b${escapeRegex(to)}\\b`, 'i').test(subject)
  if (what !== 'user') return false
  const user = to.replace(/@[^\n]*/, '')
  if (!lower(subject).includes(lower(user))) return false
  const name = escapeRegex(user)
  return (
    new RegExp(
      `^(?:(?:re|fw):[ \\t\\n\\r\\f\\v]*(?:\\w+[ \\t\\n\\r\\f\\v]+)?${name}$|${name}$|,[ \\t\\n\\r\\f\\v]*${name}[,:;!?-]$)`,
      'i',
    ).test(subject) || new RegExp(`^${name}[ \\t\\n\\r\\f\\v]*[,:;!?-](?:$|[ \\t\\n\\r\\f\\v])`).test(subject)
  )
}

const OUTLOOK_ID = /^<[0-9a-f]{4}([0-9a-f]{8})\$[0-9a-f]{8}\$[0-9a-f]{8}@/

/** Outlook puts the time of sending into the Message-ID, counted in a unit of its own: it must fit the Date or Received. */
function outlookMessageId(input: EvalInput): boolean {
  const match = OUTLOOK_ID.exec(header(input, 'MESSAGEID'))
  if (match === null) return false
  const token = Number.parseInt(match[1] ?? '', 16)
  const fits = (seconds: number): boolean => {
    const expected = Math.trunc(seconds * 0.0023283064365387 + 27111902.8329849)
    return Math.abs(token - expected) < 250
  }
  if (fits(parseDate(header(input, 'Date')) ?? 0)) return false
  const received = WHEN.exec(header(input, 'Received'))
  return !fits(parseDate(received?.[1] ?? '') ?? 0)
}

function messageIdNotUsable(input: EvalInput): boolean {
  const unsubscribe = header(input, 'List-Unsubscribe')
  for (const [, address = ''] of unsubscribe.matchAll(/<mailto:([^ \t\n<]+)>$/gim))
    if (/^(?:leave-[^@]+|[^@]+-unsubscribe)@[^]/i.test(address)) return true
  if (passedHeaderRemover(input)) return true
  return /\/CWT\/DCE\)|iPlanet Messaging Server/.test(header(input, 'Received'))
}

function headerCount(input: EvalInput, [name = '', min, max]: readonly string[]): boolean {
  const count = unique(input.message.header(name)).length
  return count >= number(min) && count <= number(max)
}

const TEMPLATE_EXEMPT =
  /^(?:X-VMS-To|X-UIDL|X-Face|To|Cc|From|Subject|References|In-Reply-To|(?:X-|Resent-|X-Original-)?Message-Id):/i

function unresolvedTemplate(input: EvalInput): boolean {
  return header(input, 'ALL')
    .split('\n')
    .some((line) => /%[A-Z][A-Z_-]/.test(line) && !TEMPLATE_EXEMPT.test(line))
}

function ratwareNameId(input: EvalInput): boolean {
  const id = /<[A-Z]{28}\.([^<>]+)>/.exec(header(input, 'MESSAGEID'))?.[1]
  if (id === undefined) return false
  return new RegExp(`"[^"]+"[ \\t\\n\\r\\f\\v]*<${escapeRegex(id)}>`).test(header(input, 'From'))
}

/** The sender address is built from the recipient's: someone@…victim.example.user@. */
function ratwareEnvelopeFrom(input: EvalInput): boolean {
  const from = header(input, 'EnvelopeFrom:addr')
  if (from === '' || /^SRS\d[=+-]/i.test(from)) return false
  const to = /^([^@]+)@(.+)$/.exec(header(input, 'To:addr'))
  if (to === null) return false
  const domain = input.domains.split(to[2] ?? '')[1]
  if (!input.domains.valid(domain)) return false
  return new RegExp(`\\b${escapeRegex(domain)}.${escapeRegex(to[1] ?? '')}@`, 'i').test(from)
}

function differentDomains(input: EvalInput): boolean {
  const [from, envelope] = ['From:addr', 'EnvelopeFrom:addr'].map((spec) =>
    lastTwoLabels(header(input, spec)),
  )
  return from !== '' && envelope !== '' && from !== envelope
}

function lastTwoLabels(address: Octets): Octets {
  const domain = lower(address.slice(address.lastIndexOf('@') + 1))
  if (!address.includes('@')) return ''
  return domain.split('.').slice(-2).join('.')
}
