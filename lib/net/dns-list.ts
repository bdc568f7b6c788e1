/**
 * What an answer of a DNS list means (RFC 5782), apart from any list: which name to ask, which codes are codes at all,
 * and which of the list's own map they match. Lists say "listed", "you may not ask" and "I have been shut down" by the
 * same kind of record; only what the administrator put into the map is ever taken for a listing.
 */
import { reversed, type Address } from './ip.ts'

/** A pattern of return codes: `127.0.0.2`, `127.0.0.4-7`, `127.0.*.3`. */
export interface CodePattern {
  readonly text: string
  matches(code: string): boolean
}

const OCTET = /^(?:\*|\d{1,3}(?:-\d{1,3})?)$/

/** Null when the text is no pattern or lies outside what a list may answer with. */
export function parseCodePattern(text: string): CodePattern | null {
  const parts = text.trim().split('.')
  if (parts.length !== 4 || parts[0] !== '127' || !parts.every((part) => OCTET.test(part))) return null
  const bounds = parts.map(octetBounds)
  if (bounds.some(([low, high]) => low > high || high > 255)) return null
  return {
    text,
    matches(code) {
      if (isErrorCode(code)) return false
      const octets = code.split('.').map(Number)
      return bounds.every(([low, high], index) => octets[index]! >= low && octets[index]! <= high)
    },
  }
}

function octetBounds(part: string): readonly [number, number] {
  if (part === '*') return [0, 255]
  const [low = '', high = low] = part.split('-')
  return [Number(low), Number(high)]
}

/**
 * Codes by which a list (or a resolver that rewrites answers) says that something is wrong with the question:
 * 127.255.255.x, 127.0.0.1 (which never is a listing, RFC 5782 section 2.1), and everything outside 127.0.0.0/8.
 */
export function isErrorCode(code: string): boolean {
  return !code.startsWith('127.') || code.startsWith('127.255.255.') || code === '127.0.0.1'
}

/** What to say of an error code, as far as lists agree on its meaning. */
export function errorMeaning(code: string): string {
  switch (code) {
    case '127.255.255.252':
      return `${code}: the list says that its name is misspelt`
    case '127.255.255.254':
      return `${code}: the list refuses questions by way of a public resolver`
    case '127.255.255.255':
      return `${code}: the list says that too many questions were asked`
    default:
      return code.startsWith('127.')
        ? `${code}: an error code, not a listing`
        : `${code}: not an answer of a list`
  }
}

/** The name that asks a list about an address. */
export function listName(address: Address, zone: string): string {
  return `${reversed(address)}.${zone}`
}

/** RFC 5782 section 5: the address every list must list, and the one no list may. */
export const TEST_LISTED: Readonly<Record<4 | 6, Address>> = {
  4: { family: 4, value: 0x7f00_0002 },
  6: { family: 6, value: 0xffff_7f00_0002n },
}
export const TEST_UNLISTED: Readonly<Record<4 | 6, Address>> = {
  4: { family: 4, value: 0x7f00_0001 },
  6: { family: 6, value: 0xffff_7f00_0001n },
}
