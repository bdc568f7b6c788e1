/**
 * From octets in a declared charset to Unicode text. The declaration is believed last: what is valid UTF-8 is UTF-8,
 * what cannot be decoded as declared is Windows-1252, as SpamAssassin does it, so that the same rules match.
 */
import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { decodeDoubleByte, isDoubleByte } from './charset-double.ts'
import { hasNonAscii } from './octets.ts'
import type { Octets } from './octets.ts'

/** Decodes, or returns undefined for octets that the charset does not have (only when `strict`). */
type Decoder = (bytes: Buffer, strict: boolean) => string | undefined

const US_ASCII = /^(?:(?:US-)?ASCII|ANSI[_ ]?X3\.4-(?:1986|1968)|ISO646-US)$/i
/** Charsets in which text without 8-bit octets means what it means in US-ASCII. */
const ASCII_SUPERSET =
  /^(?:ISO[ -]?8859(?:-\d{1,2})?|Windows-\d{4}|UTF-?8|(?:KOI8|EUC)-[A-Z]{1,2}|Big5|GBK|GB[ -]?18030(?:-20\d\d)?)$/i

/** Text of a part, and whether it was decoded at all: text left as it is stays octets to SpamAssassin. */
export interface DecodedText {
  readonly text: string
  readonly unicode: boolean
}

/** A body that is not to be decoded as declared (normalize_charset 0): only what is called UTF-8 and is UTF-8 is read. */
export function leaveBody(octets: Octets, declared: string): DecodedText {
  const bytes = Buffer.from(octets, 'latin1')
  const reads = /^(?:US-ASCII|UTF-8)$/i.test(declared) && hasNonAscii(octets) && isUtf8(bytes)
  return reads ? { text: bytes.toString('utf8'), unicode: true } : { text: octets, unicode: false }
}

/** Decodes a body: UTF-8 is tried first, then what is declared, Windows-1252 last. Never throws. */
export function decodeBody(octets: Octets, declared: string): DecodedText {
  const high = hasNonAscii(octets)
  if (!high && meansAscii(declared)) return { text: octets, unicode: false }
  const bytes = Buffer.from(octets, 'latin1')
  if (high && isUtf8(bytes)) return { text: bytes.toString('utf8'), unicode: true }
  const text = decodeDeclared(bytes, declared, high, false)
  if (text === undefined && !high) return { text: octets, unicode: false }
  return { text: text ?? windows1252(bytes, false)!, unicode: true }
}

/** Decodes encoded words and header values; `insist`: as declared, even if octets do not fit. Never throws. */
export function decodeText(octets: Octets, declared: string, insist = false): string {
  if (!insist) return decodeBody(octets, declared).text
  const high = hasNonAscii(octets)
  if (!high && meansAscii(declared)) return octets
  const bytes = Buffer.from(octets, 'latin1')
  return decodeDeclared(bytes, declared, high, true) ?? (high ? windows1252(bytes, false)! : octets)
}

function meansAscii(declared: string): boolean {
  return US_ASCII.test(declared) || ASCII_SUPERSET.test(declared)
}

function decodeDeclared(bytes: Buffer, declared: string, high: boolean, insist: boolean): string | undefined {
  if (!insist && /^(?:US-)?ASCII$/i.test(declared)) return undefined
  if (/^UTF[ -]?16/i.test(declared)) {
    const guessed = utf16Guess(bytes)
    return guessed === undefined ? undefined : guessed(bytes, true)
  }
  const decoder = decoderFor(declared)
  if (decoder === undefined || (high && !insist && decoder === utf8)) return undefined
  return decoder(bytes, !insist)
}

/** Which UTF-16 it is when it says neither: spaces decide, then where the zeros are. With a mark: undefined. */
function utf16Guess(bytes: Buffer): Decoder | undefined {
  const first = (bytes[0] ?? 0) * 256 + (bytes[1] ?? 0)
  if (first === 0xfffe || first === 0xfeff) return undefined
  let little = 0
  let big = 0
  let even = 0
  let odd = 0
  for (let i = 0; i < bytes.length; i += 2) {
    const one = bytes[i]!
    const two = bytes[i + 1] ?? 0
    even += (one >> 4) + (one & 15)
    odd += (two >> 4) + (two & 15)
    if (one === 0x20 && two === 0) little++
    if (one === 0 && two === 0x20) big++
  }
  if (even > odd * 4) little++
  if (odd * 4 > even) big++
  return little > big ? utf16le : big > little ? utf16be : undefined
}

const utf8: Decoder = (bytes, strict) => (strict && !isUtf8(bytes) ? undefined : bytes.toString('utf8'))
const utf16le = viaTextDecoder('utf-16le')
const utf16be = viaTextDecoder('utf-16be')
const windows1252 = viaTable('windows-1252')

/** Words joined in a header leave shifts of which the next undoes the last; the decoder would take that for a mistake. */
const iso2022jp: Decoder = (bytes, strict) => {
  const shifts = /(?:\x1b[($][@A-Z])+(?=\x1b[($][@A-Z])/g
  // JIS X 0201's Roman set is read as US-ASCII, and text ends where it is no ISO 2022, as in Perl
  const text = bytes
    .toString('latin1')
    .replace(/[\x80-\xff][^]*$/, '')
    .replaceAll('\x1b(J', '\x1b(B')
    .replace(shifts, '')
  return plainIso2022jp(Buffer.from(text, 'latin1'), strict)
}
const plainIso2022jp = viaTextDecoder('iso-2022-jp')

const made = new Map<string, Decoder | undefined>()
/** Labels come from mails: only so many are remembered. */
const MOST_LABELS = 500

function decoderFor(label: string): Decoder | undefined {
  const key = label.toLowerCase()
  if (made.has(key)) return made.get(key)
  const decoder = key.length > 60 ? undefined : makeDecoder(key)
  if (made.size < MOST_LABELS) made.set(key, decoder)
  return decoder
}

function makeDecoder(label: string): Decoder | undefined {
  if (/^(?:iso-?8859-1|windows-1252|cp1252|winlatin1)$/.test(label)) return windows1252
  if (/^(?:utf-?8|utf-?8-strict)$/.test(label)) return utf8
  if (/^(?:us-)?ascii$|^646$|^iso-?646-us$/.test(label)) return viaTable('us-ascii')
  if (/^ucs-?2-?le$|^utf-?16-?le$/.test(label)) return utf16le
  if (/^ucs-?2(?:-?be)?$|^utf-?16-?be$|^iso-10646-1$/.test(label)) return utf16be
  if (/^utf-?7$/.test(label)) return viaIconv('utf-7')
  if (/^iso-?2022-?jp(?:-1)?$/.test(label)) return iso2022jp
  const multi = MULTIBYTE.find(([pattern]) => pattern.test(label))?.[1]
  if (multi !== undefined) {
    return isDoubleByte(multi)
      ? (bytes, strict) => decodeDoubleByte(multi, bytes, strict)
      : viaTextDecoder(multi === 'cp949' ? 'euc-kr' : multi)
  }
  const single = singleByteName(label)
  return single !== undefined && iconv.encodingExists(single) ? viaTable(single) : undefined
}

const MULTIBYTE: readonly (readonly [RegExp, string])[] = [
  [/^cp932$|^windows-31j$/, 'shift_jis'],
  [/^(?=[^]*shift)[^]*jis$|\bsjis$/, 'shiftjis'],
  [/^(?=[^]*\beuc)[^]*jp$|^(?=[^]*\bjp)[^]*euc$|\bujis$/, 'euc-jp'],
  [/^ks_?c_?5601-1987$|^cp949$|^uhc$|^windows-949$/, 'cp949'],
  [/^(?=[^]*\beuc)[^]*kr$|^(?=[^]*\bkr)[^]*euc$|^ks_?c_?5601$/, 'euc-kr'],
  [/^big5-?hk|^hkscs-?big5/, 'big5'],
  [/\bbig-?5/, 'big5-eten'],
  [/^gb[-_ ]?2312|^euc-?cn$|^hz-gb-2312$/, 'euc-cn'],
  // what is called GB 18030 is read as the GBK that Perl has
  [/^gbk$|^cp936$|^gb[ -]?18030(?:-20\d\d)?$|^windows-936$/, 'gbk'],
]

function singleByteName(label: string): string | undefined {
  const iso = /\biso[-_]?8859[-_](\d+)$/.exec(label)
  if (iso) return `iso-8859-${iso[1]}`
  const page = /\b(?:cp|ibm|ms|windows)[-_ ]?(\d{2,4})$/.exec(label)
  if (page) return `cp${page[1]}`
  const koi = /\bkoi8[-_ ]*([ru])$/.exec(label)
  if (koi) return `koi8-${koi[1]}`
  const latin = /\b(?:iso-?)?latin[-_]?(\d+)$/.exec(label)
  if (latin) return LATIN[Number(latin[1])]
  if (/^tis-?620$/.test(label)) return 'iso-8859-11'
  return label.startsWith('mac') || label === 'viscii' ? label : undefined
}
const LATIN: readonly (string | undefined)[] = [
  undefined,
  'iso-8859-1',
  'iso-8859-2',
  'iso-8859-3',
  'iso-8859-4',
  'iso-8859-9',
  'iso-8859-10',
  'iso-8859-13',
  'iso-8859-14',
  'iso-8859-15',
  'iso-8859-16',
]

/** A single-byte charset by table: octets without a meaning there are U+FFFD, and a failure when strict. */
function viaTable(name: string): Decoder {
  let table: string | undefined
  return (bytes, strict) => {
    table ??= iconv.decode(ALL_BYTES, name)
    const codes = new Uint16Array(bytes.length)
    for (let i = 0; i < bytes.length; i++) {
      const code = table.charCodeAt(bytes[i]!)
      if (code === 0xfffd && strict) return undefined
      codes[i] = code
    }
    return Buffer.from(codes.buffer).toString('utf16le')
  }
}
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, code) => code))
function viaTextDecoder(label: string): Decoder {
  return (bytes, strict) => {
    try {
      return new TextDecoder(label, { fatal: strict, ignoreBOM: true }).decode(bytes)
    } catch {
      return undefined
    }
  }
}

/** Octets of a part in a charset that is slow to decode; the rest is left out. */
const MOST_SLOW_OCTETS = 500_000

function viaIconv(name: string): Decoder {
  return (bytes) => {
    try {
      return iconv.decode(bytes.subarray(0, MOST_SLOW_OCTETS), name)
    } catch {
      return undefined
    }
  }
}
