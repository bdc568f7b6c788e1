/**
 * Small tools the eval functions share, with Perl's meaning on octet strings: `\s` of JavaScript also matches NO-BREAK
 * SPACE (half of many a UTF-8 sequence) and toLowerCase changes Latin-1 letters, so neither may be used on mail text.
 */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput } from '../eval.ts'

const SPACE_RUN = /[ \t\n\r\f\v]+/g

/** Text with every run of white space made one space. */
export function squeeze(text: Octets): Octets {
  return text.replace(SPACE_RUN, ' ')
}

/** Text without white space at its ends. */
export function trim(text: Octets): Octets {
  return text.replace(/^[ \t\n\r\f\v]+/, '').replace(/(?<![ \t\n\r\f\v])[ \t\n\r\f\v]+$/, '')
}

/** White-space separated words, none empty. */
export function words(text: Octets): readonly Octets[] {
  return text.split(SPACE_RUN).filter((word) => word !== '')
}

/** ASCII letters made small, every other octet left alone. */
export function lower(text: Octets): Octets {
  return /[\x80-\xff]/.test(text) ? text.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : text.toLowerCase()
}

/** A header's text, '' where it is absent. */
export function header(input: EvalInput, spec: string): Octets {
  return input.get(spec) ?? ''
}

/** Text as a literal inside a pattern. */
export function escapeRegex(text: string): string {
  return text.replace(/[^A-Za-z0-9_\x80-\xff]/g, '\\$&')
}

/** Perl's idea of a number in a string: the longest numeric head, else 0. */
export function number(text: string | undefined): number {
  const match = /^[ \t\n\r\f\v]*[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?)/i.exec(text ?? '')
  return match === null ? 0 : Number(match[0])
}

/** Each value once, in order of first appearance. */
export function unique<T>(values: Iterable<T>): readonly T[] {
  return [...new Set(values)]
}

const VALID_UTF8 =
  /^(?:[\x00-\x7f]|[\xc2-\xdf][\x80-\xbf]|\xe0[\xa0-\xbf][\x80-\xbf]|[\xe1-\xec\xee\xef][\x80-\xbf]{2}|\xed[\x80-\x9f][\x80-\xbf]|\xf0[\x90-\xbf][\x80-\xbf]{2}|[\xf1-\xf3][\x80-\xbf]{3}|\xf4[\x80-\x8f][\x80-\xbf]{2})*$/

/** Are these octets well-formed UTF-8 (RFC 3629)? Texts over 64 KiB are not looked at and count as not. */
export function isUtf8(text: Octets): boolean {
  // The pattern keeps a state per character: bounded so that a hostile header cannot fill the stack.
  return text.length <= 65_536 && VALID_UTF8.test(text)
}
