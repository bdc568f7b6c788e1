/**
 * White space, three ways. JavaScript's `\s` is none of them: in octets it would take 0xA0, in Unicode it takes U+FEFF
 * and leaves U+0085. So patterns over mail are built from these.
 */

/** Inside a character class, for octets: Perl's `\s` on a byte string. */
export const SPACE = '\\t-\\r '
/** Inside a character class, for Unicode text: Perl's `\s` on decoded text. */
export const UNICODE_SPACE = '\\t-\\r \\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000'

/** Without white space at both ends; octets. */
export function trimOctets(text: string): string {
  return isSpace(text.charCodeAt(0)) || isSpace(text.charCodeAt(text.length - 1))
    ? text.slice(firstNonSpace(text), lastNonSpace(text) + 1)
    : text
}

/** Tab, LF, VT, FF, CR or space. */
export function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

function firstNonSpace(text: string): number {
  let index = 0
  while (index < text.length && isSpace(text.charCodeAt(index))) index++
  return index
}

/** Index of the last character that is no white space, -1 when there is none. */
function lastNonSpace(text: string): number {
  let index = text.length - 1
  while (index >= 0 && isSpace(text.charCodeAt(index))) index--
  return index
}

/** Without white space of `UNICODE_SPACE` at both ends. */
export function trimUnicode(text: string): string {
  return trimUnicodeEnd(trimUnicodeStart(text))
}

/** Without white space of `UNICODE_SPACE` at its start. */
export function trimUnicodeStart(text: string): string {
  let index = 0
  while (index < text.length && isUnicodeSpace(text.charCodeAt(index))) index++
  return text.slice(index)
}

/** Without white space of `UNICODE_SPACE` at its end. */
export function trimUnicodeEnd(text: string): string {
  let end = text.length
  while (end > 0 && isUnicodeSpace(text.charCodeAt(end - 1))) end--
  return text.slice(0, end)
}

const WIDE_SPACES = new Set([0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000])

/** White space of `UNICODE_SPACE`. */
export function isUnicodeSpace(code: number): boolean {
  return isSpace(code) || (code >= 0x85 && (WIDE_SPACES.has(code) || (code >= 0x2000 && code <= 0x200a)))
}

/** A pattern in which `\s` and `\S` mean what they mean for octets. `\s` may stand in character classes only. */
export function octetPattern(source: string, flags = ''): RegExp {
  return new RegExp(source.replaceAll('\\S', `[^${SPACE}]`).replaceAll('\\s', SPACE), flags)
}
