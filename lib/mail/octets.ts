/**
 * Octet strings: what rules match against and what the parsers in this folder work on. A character is one octet, so
 * nothing is lost, nothing can fail to decode, and V8 keeps the text at one byte a character.
 */

/** A string in which each character is one octet, 0 to 255. */
export type Octets = string

/** The octets of `bytes` as they are. */
export function fromBytes(bytes: Uint8Array): Octets {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1')
}

/** The bytes of an octet string. */
export function toBytes(text: Octets): Uint8Array {
  return Buffer.from(text, 'latin1')
}

/**
 * CRLF to LF, octet by octet: replaceAll makes a piece of every line, which costs a second where a large mail has
 * short ones.
 */
export function withLf(text: Octets): Octets {
  if (!text.includes('\r\n')) return text
  const octets = Buffer.from(text, 'latin1')
  let to = 0
  for (let at = 0; at < octets.length; at++) {
    if (octets[at] !== CR || octets[at + 1] !== LF) octets[to++] = octets[at]!
  }
  return octets.toString('latin1', 0, to)
}
const CR = 13
const LF = 10

/** Unicode text to the octets of its UTF-8 form; lone surrogates become U+FFFD. */
export function toUtf8(text: string): Octets {
  return hasNonAscii(text) ? Buffer.from(text, 'utf8').toString('latin1') : text
}

/** Octets as they are; text with characters beyond them to UTF-8. */
export function wideToUtf8(text: string): Octets {
  return /[^\x00-\xff]/.test(text) ? toUtf8(text) : text
}

/** The Unicode text of UTF-8 octets; what is not UTF-8 becomes U+FFFD. For showing to people and for names. */
export function fromUtf8(text: Octets): string {
  return hasNonAscii(text) ? Buffer.from(text, 'latin1').toString('utf8') : text
}

const NON_ASCII = /[^\x00-\x7f]/

/** True when a character lies outside US-ASCII. */
export function hasNonAscii(text: string): boolean {
  return NON_ASCII.test(text)
}

/** Lower case of US-ASCII letters only: other octets are parts of UTF-8. */
export function lowerAscii(text: string): string {
  return hasNonAscii(text) ? text.replace(/[A-Z]+/g, (letters) => letters.toLowerCase()) : text.toLowerCase()
}
