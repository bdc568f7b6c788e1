/**
 * Content-Transfer-Encoding: base64 and quoted-printable, decoded as forgivingly as SpamAssassin does, so that the
 * same rules match. One pass each, no regex over hostile runs of blanks.
 */
import type { Octets } from './octets.ts'

const WHITE = /[\t-\r ]+/g
const CLEAN_BASE64 = /^[A-Za-z0-9+/=]{2,}$/
const FOREIGN = /[^A-Za-z0-9+/=]+/g

/**
 * Decodes base64. White space is dropped. A padding character in the middle counts as zero bits when the rest is
 * clean, and as six one bits when there are foreign characters too; those are dropped.
 */
export function decodeBase64(text: Octets): Octets {
  const packed = text.replace(WHITE, '')
  const end = withoutPadding(packed)
  if (packed.length % 4 === 0 && CLEAN_BASE64.test(packed))
    return fromBase64(packed.slice(0, end).replaceAll('=', 'A') + packed.slice(end))
  const kept = packed.replace(FOREIGN, '')
  const body = kept.slice(0, withoutPadding(kept)).replaceAll('=', '/')
  return fromBase64(body.length % 4 === 1 ? body.slice(0, -1) : body)
}

/** True when there is something in a base64 body that does not belong there. */
export function hasForeignBase64(text: Octets): boolean {
  return /[^A-Za-z0-9+/=\t-\r ]/.test(text)
}

function fromBase64(text: string): Octets {
  return Buffer.from(text, 'base64').toString('latin1')
}

/** Length without the padding at the end. */
function withoutPadding(text: string): number {
  let end = text.length
  while (end > 0 && text.charCodeAt(end - 1) === 61) end--
  return end
}

/** Decodes quoted-printable: blanks at line ends go, soft line breaks join, `=XX` becomes an octet, else `=` stays. */
export function decodeQuotedPrintable(text: Octets): Octets {
  const joined = joinSoftBreaks(text)
  let at = joined.indexOf('=')
  if (at < 0) return joined
  const bytes = Buffer.from(joined, 'latin1')
  let length = at
  for (; at < bytes.length; at++) {
    const code = bytes[at]!
    const value = code === 61 ? hexPair(bytes[at + 1], bytes[at + 2]) : -1
    bytes[length++] = value < 0 ? code : value
    if (value >= 0) at += 2
  }
  return bytes.toString('latin1', 0, length)
}

/** Drops blanks before a line end, then `=` before a line end together with it. */
function joinSoftBreaks(text: Octets): Octets {
  let result = ''
  let from = 0
  for (let newline = text.indexOf('\n'); newline >= 0; newline = text.indexOf('\n', newline + 1)) {
    const lineEnd = newline > from && text.charCodeAt(newline - 1) === 13 ? newline - 1 : newline
    let end = lineEnd
    while (end > from && isBlank(text.charCodeAt(end - 1))) end--
    const soft = end > from && text.charCodeAt(end - 1) === 61
    if (!soft && end === lineEnd) continue
    result += text.slice(from, soft ? end - 1 : end)
    from = soft ? newline + 1 : lineEnd
  }
  return from === 0 ? text : result + text.slice(from)
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}

function hexPair(high: number | undefined, low: number | undefined): number {
  const first = hexDigit(high)
  const second = hexDigit(low)
  return first < 0 || second < 0 ? -1 : first * 16 + second
}

function hexDigit(code: number | undefined): number {
  if (code === undefined) return -1
  if (code >= 48 && code <= 57) return code - 48
  const lower = code | 32
  return lower >= 97 && lower <= 102 ? lower - 87 : -1
}
