/** MIMEEval: how the mail is put together - encodings that need not be, alternatives out of proportion, missing limits. */
import type { Octets } from '../../mail/message.ts'
import type { Part } from '../../mail/mime.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { farAway, LIKELY_CAPS, locales } from './locales.ts'
import { header, number, words } from './octets.ts'
import { allParts, partHeader } from './parts.ts'

export const mimeEval: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::MIMEEval',
  initial: () => ({}),
  directives: {},
  functions: {
    check_for_mime: (input, [test = '']) => (survey(input).flags[test] ?? 0) !== 0,
    check_for_mime_html: (input) => claimsHtml(input) || flag(input, 'mime_body_html_count') > 0,
    check_for_mime_html_only: (input) =>
      claimsHtml(input) ||
      (flag(input, 'mime_body_html_count') > 0 && flag(input, 'mime_body_text_count') === 0),
    check_mime_multipart_ratio: (input, [min, max]) => {
      const ratio = flag(input, 'mime_multipart_ratio')
      return ratio >= number(min) && ratio < number(max)
    },
    check_msg_parse_flags: (input, [name = '']) =>
      input.message.defects.some(({ code }) => code === name.replaceAll('_', '-')),
    check_for_ascii_text_illegal: (input) => flag(input, 'mime_ascii_text_illegal') > 0,
    check_abundant_unicode_ratio: (input, [ratio = '']) =>
      /^\d{0,3}\.\d{1,3}$/.test(ratio) && flag(input, 'mime_text_unicode_ratio') >= number(ratio),
    check_for_faraway_charset: farawayCharset,
    check_for_uppercase: (input, [min, max]) => {
      const share = uppercase(input)
      return share > number(min) && share <= number(max)
    },
    check_ma_non_text: nonTextAlternative,
    check_base64_length: (input, [min, max]) => {
      const length = longestBase64Line(input)
      return length >= number(min) && (max === undefined || length <= number(max))
    },
    check_qp_ratio: (input, [min]) => flag(input, 'mime_qp_ratio') >= number(min),
  },
  can: [
    'Mail::SpamAssassin::Plugin::MIMEEval::has_check_for_ascii_text_illegal',
    'Mail::SpamAssassin::Plugin::MIMEEval::has_check_abundant_unicode_ratio',
    'Mail::SpamAssassin::Plugin::MIMEEval::has_check_qp_ratio',
  ],
}

function claimsHtml(input: EvalInput): boolean {
  return /^text\/html/i.test(header(input, 'Content-Type'))
}

interface Survey {
  /** Counts and shares under the names that check_for_mime takes. */
  readonly flags: Record<string, number>
  readonly charsets: string[]
}

const KEY = {}

function flag(input: EvalInput, name: string): number {
  return survey(input).flags[name] ?? 0
}

function survey(input: EvalInput): Survey {
  return input.memo(KEY, () => {
    const found: Survey = { flags: { mime_multipart_ratio: 1 }, charsets: [] }
    const lengths: Lengths = { plain: undefined, html: undefined }
    const text = { qpOctets: 0, qpCount: 0, normal: 0, entities: 0 }
    for (const part of allParts(input.message)) {
      if (part.type === 'multipart/alternative') found.flags['mime_multipart_alternative'] = 1
      surveyHeader(part, found, input)
      if (!part.isLeaf) continue
      surveyLines(part, found, text)
      const isAttachment = partHeader(part, 'Content-Disposition').includes('attachment')
      if (!isAttachment) measure(part, lengths, found.flags['mime_multipart_alternative'] === 1)
    }
    summarise(found, text, lengths)
    if (input.message.defects.some(({ code }) => code === 'mime-boundary-unbalanced')) {
      found.flags['mime_missing_boundary'] = 1
    }
    return found
  })
}

const ASCII_NAMES =
  /us-ascii|ansi_x3\.4-1968|iso-ir-6|ansi_x3\.4-1986|iso_646\.irv:1991|ascii|iso646-us|us|ibm367|cp367|csascii/

function surveyHeader(part: Part, { flags, charsets }: Survey, input: EvalInput): void {
  const count = (name: string): void => void (flags[name] = (flags[name] ?? 0) + 1)
  const encoding = partHeader(part, 'Content-Transfer-Encoding')
  const disposition = partHeader(part, 'Content-Disposition')
  const charset = (part.charset ?? '').toLowerCase()
  if (part.type === 'text/html') count('mime_body_html_count')
  else if (part.type.startsWith('text')) count('mime_body_text_count')
  if (encoding.includes('base64')) count('mime_base64_count')
  else if (encoding.includes('quoted-printable')) count('mime_qp_count')
  if (disposition.includes('attachment')) count('mime_attachment')
  const needsNoEncoding = charset === '' || ASCII_NAMES.test(charset)
  if (part.type.startsWith('text') && encoding.includes('base64') && needsNoEncoding) {
    if (!/^(?:attachment|inline)/.test(disposition)) flags['mime_base64_encoded_text'] = 1
  }
  if (
    /iso-[^ \t][^ \t-]*-[^ \t\w]*\w/.test(charset) &&
    !/iso-(?:8859-\d{1,2}|2022-(?:jp|kr))\b/.test(charset)
  ) {
    flags['mime_bad_iso_charset'] = 1
  }
  if (!/[a-z]/.test(charset)) return
  charsets.push(charset)
  const ok = locales(input)
  if (!ok.includes('all') && farAway(charset, ok)) flags['mime_faraway_charset'] = 1
}

interface Lengths {
  plain: number | undefined
  html: number | undefined
}

/** Octets as transferred of the last plain and the last HTML part, counted only once an alternative was opened. */
function measure(part: Part, lengths: Lengths, inAlternative: boolean): void {
  if (part.type === 'text/plain') lengths.plain = inAlternative ? part.raw().length : 0
  else if (part.type === 'text/html') lengths.html = inAlternative ? part.raw().length : 0
}

interface TextCounts {
  qpOctets: number
  qpCount: number
  normal: number
  entities: number
}

function surveyLines(part: Part, { flags }: Survey, text: TextCounts): void {
  const encoding = partHeader(part, 'Content-Transfer-Encoding')
  const isPlain = part.type === 'text/plain'
  if (encoding === 'quoted-printable') surveyQuoted(part.raw(), flags, text)
  const charset = part.charset?.toLowerCase()
  if (isPlain && (charset === undefined || charset === 'us-ascii') && /[\x00\r\x80-\xff]/.test(part.raw())) {
    flags['mime_ascii_text_illegal'] = 1
  }
  if (isPlain && ['', '7bit', '8bit'].includes(encoding)) {
    const entities = part.raw().match(/&#x[0-9A-F]{4};/g)?.length ?? 0
    text.entities += entities
    text.normal += part.raw().length - entities * 8
  }
}

const NEEDLESS = /=(?:09|3[0-9ABCEF]|[2456][0-9A-F]|7[0-9A-E])/g
const AT_LINE_END = /(?<!=09|=20)(?:=09|=20)+[ \t\r\f\v]*$/

function surveyQuoted(raw: Octets, flags: Record<string, number>, text: TextCounts): void {
  text.qpOctets += raw.length
  for (const line of raw.split('\n')) {
    // RFC 5322's limit with its newline; RFC 2045 would allow 76.
    if (line.length > 78) flags['mime_qp_long_line'] = 1
    if (!line.includes('=')) continue
    const encoded = line.match(NEEDLESS)?.length ?? 0
    if (encoded === 0) continue
    const trailing = AT_LINE_END.exec(line.slice(-1000))
    text.qpCount += encoded - (trailing === null ? 0 : (trailing[0].match(/=/g)?.length ?? 0))
  }
}

function summarise({ flags }: Survey, text: TextCounts, lengths: Lengths): void {
  if (text.qpOctets > 0) {
    flags['mime_qp_ratio'] = text.qpCount / text.qpOctets
    flags['mime_qp_count'] = text.qpCount
  }
  if (text.normal > 0) flags['mime_text_unicode_ratio'] = text.entities / text.normal
  const { plain, html } = lengths
  if (flags['mime_multipart_alternative'] === 1 && plain !== undefined && html !== undefined && html > 0) {
    flags['mime_multipart_ratio'] = plain / html
  }
}

function charsetOf(contentType: Octets): string | undefined {
  return (/charset="([^"]+)"/i.exec(contentType) ??
    /charset='([^']+)'/i.exec(contentType) ??
    /charset=([^ \t\n\r\f\v]+)/i.exec(contentType))?.[1]
}

function farawayCharset(input: EvalInput): boolean {
  const ok = locales(input)
  const charset = charsetOf(header(input, 'Content-Type'))
  if (ok.includes('all') || charset === undefined || !farAway(charset, ok)) return false
  const text = input.message.rendered().join('\n')
  const high = text.replace(/[\x00-\x7f]+/g, '').length
  return high > 3 && text.length - high <= high
}

const UPPERCASE_KEY = {}
/** Lines of base64 that were not decoded say nothing about shouting; nor does text in JIS escapes. */
const BASE64_LINE = /^(?:[A-Za-z0-9+/=]{60,76} ){2}/
const SHORTEST_TEXT = 200

/** Share of capitals among the letters and digits of the text, in percent; 0 for short text and for some charsets. */
function uppercase(input: EvalInput): number {
  return input.memo(UPPERCASE_KEY, () => {
    if (charsetLooksLikeCaps(input)) return 0
    const counts = { length: 0, lower: 0, upper: 0 }
    for (const paragraph of input.message.rendered()) countCase(paragraph, counts)
    const letters = counts.upper + counts.lower
    return counts.length < SHORTEST_TEXT || letters === 0 ? 0 : (counts.upper / letters) * 100
  })
}

function countCase(paragraph: Octets, counts: { length: number; lower: number; upper: number }): void {
  if (!/[^ \t\n\r\f\v][ \t\n\r\f\v]+[^ \t\n\r\f\v]/.test(paragraph) || BASE64_LINE.test(paragraph)) return
  const text = withoutJis(paragraph)
  counts.length += text.length
  for (let index = 0; index < text.length; index++) {
    const code = text.charCodeAt(index)
    if ((code >= 97 && code <= 122) || (code >= 48 && code <= 57)) counts.lower++
    else if (code >= 65 && code <= 90) counts.upper++
  }
}

/** Without what stands between the first shift to JIS and the last one back. */
function withoutJis(text: Octets): Octets {
  const start = text.indexOf('\x1b$B')
  const end = text.lastIndexOf('\x1b(B')
  return start < 0 || end < start + 3 ? text : text.slice(0, start) + text.slice(end + 3)
}

const WHOLE_LIKELY = new RegExp(`^${LIKELY_CAPS}$`, 'i')

function charsetLooksLikeCaps(input: EvalInput): boolean {
  const named = charsetOf(header(input, 'Content-Type'))
  const all = [
    ...(named === undefined ? [] : [named]),
    ...survey(input).charsets.flatMap((one) => words(one)),
  ]
  return all.some((charset) => charset.length < 100 && WHOLE_LIKELY.test(charset))
}

function nonTextAlternative(input: EvalInput): boolean {
  return allParts(input.message)
    .filter(({ type }) => type === 'multipart/alternative')
    .flatMap(({ parts }) => parts)
    .some(({ isLeaf, type }) => isLeaf && type !== 'application/rtf' && !type.startsWith('text/'))
}

const BASE64_KEY = {}

/** Octets of the longest line, newline included, of any part in base64. */
function longestBase64Line(input: EvalInput): number {
  return input.memo(BASE64_KEY, () => {
    let longest = 0
    for (const part of allParts(input.message)) {
      if (!part.isLeaf || part.type === 'application/ics') continue
      if (partHeader(part, 'Content-Transfer-Encoding') !== 'base64') continue
      const raw = part.raw()
      for (let start = 0; start < raw.length;) {
        const end = raw.indexOf('\n', start)
        const next = end < 0 ? raw.length : end + 1
        longest = Math.max(longest, next - start)
        start = next
      }
    }
    return longest
  })
}
