/**
 * From octets in a declared charset to Unicode text. The declaration is believed last: what is valid UTF-8 is UTF-8,
 * what cannot be decoded as declared is Windows-1252, as SpamAssassin does it, so that the same rules match.
 */
import { isUtf8 } from 'node:buffer'
import iconv from 'iconv-lite'
import { hasNonAscii } from './octets.ts'
import type { Octets } from './octets.ts'

/** Decodes, or returns undefined for octets that the charset does not have (only when `strict`). */
type Decoder = (bytes: Buffer, strict: boolean) => string | undefined

const US_ASCII = /^(?:(?:US-)?ASCII|ANSI[_ ]?X3\.4-(?:1986|1968)|ISO646-US)$/i
/** Charsets in which text without 8-bit octets means what it means in US-ASCII. */
const ASCII_SUPERSET =
  /^(?:ISO[ -]?8859(?:-\d{1,2})?|Windows-\d{4}|UTF-?8|(?:KOI8|EUC)-[A-Z]{1,2}|Big5|GBK|GB[ -]?18030(?:-20\d\d)?)$/i

/**
 * Text of `octets`. `insist`: the declared charset is used even if octets do not fit (RFC 2047 words); without it
 * UTF-8 is tried first and Windows-1252 last. Never throws.
 */
export function decodeText(octets: Octets, declared: string, insist = false): string {
  const high = hasNonAscii(octets)
  if (!high && (US_ASCII.test(declared) || ASCII_SUPERSET.test(declared))) return octets
  const bytes = Buffer.from(octets, 'latin1')
  if (high && !insist && isUtf8(bytes)) return bytes.toString('utf8')
  const text = decodeDeclared(bytes, declared, high, insist)
  return text ?? (high ? windows1252(bytes, false)! : octets)
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
  const multi = MULTIBYTE.find(([pattern]) => pattern.test(label))
  if (multi !== undefined) return viaTextDecoder(multi[1])
  const single = singleByteName(label)
  return single !== undefined && iconv.encodingExists(single) ? viaTable(single) : undefined
}

const MULTIBYTE: readonly (readonly [RegExp, string])[] = [
  [/^iso-?2022-?jp(?:-1)?$/, 'iso-2022-jp'],
  [/shift.*jis$|^sjis$|^cp932$|^windows-31j$/, 'shift_jis'],
  [/^euc.*jp$|^ujis$/, 'euc-jp'],
  [/^euc.*kr$|^ks_?c_?5601(?:-1987)?$|^cp949$|^uhc$|^windows-949$/, 'euc-kr'],
  [/big-?5/, 'big5'],
  [/^gb[-_ ]?2312|^euc-?cn$|^gbk$|^cp936$|^gb[ -]?18030(?:-20\d\d)?$|^windows-936$/, 'gbk'],
]

function singleByteName(label: string): string | undefined {
  const iso = /\biso[-_]?8859[-_](\d+)(?:-[ie])?$/.exec(label)
  if (iso) return `iso-8859-${iso[1]}`
  const page = /\b(?:cp|ibm|ms|windows)[-_ ]?(\d{2,4})$/.exec(label)
  if (page) return `cp${page[1]}`
  const koi = /\bkoi8[-\s_]*([ru])$/.exec(label)
  if (koi) return `koi8-${koi[1]}`
  const latin = /\b(?:iso-?)?latin[-_]?(\d+)$/.exec(label)
  if (latin) return LATIN[Number(latin[1])]
  if (/^tis-?620$/.test(label)) return 'iso-8859-11'
  return /^mac/.test(label) || label === 'viscii' ? label : undefined
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
    let text = ''
    let undefinedSeen = false
    for (let i = 0; i < bytes.length; i += CHUNK) {
      const codes = new Uint16Array(Math.min(CHUNK, bytes.length - i))
      for (let k = 0; k < codes.length; k++) {
        const code = table.charCodeAt(bytes[i + k]!)
        codes[k] = code
        if (code === 0xfffd) undefinedSeen = true
      }
      text += String.fromCharCode(...codes)
    }
    return strict && undefinedSeen ? undefined : text
  }
}
const ALL_BYTES = Buffer.from(Array.from({ length: 256 }, (_, code) => code))
/** Arguments a call can take without going over the stack. */
const CHUNK = 8192

function viaTextDecoder(label: string): Decoder {
  return (bytes, strict) => {
    try {
      return new TextDecoder(label, { fatal: strict, ignoreBOM: true }).decode(bytes)
    } catch {
      return undefined
    }
  }
}

function viaIconv(name: string): Decoder {
  return (bytes) => {
    try {
      return iconv.decode(bytes, name)
    } catch {
      return undefined
    }
  }
}
