/**
 * The border between octets and characters. What a milter is told and what a mail consists of are octet strings, one
 * character for one octet; what people read, write and search for are characters. Envelope addresses and evidence from
 * mail become characters once, where they enter, and octets again where they go back to the MTA or into rules.
 */
import { isUtf8 } from 'node:buffer'
import { domainToASCII } from 'node:url'

/** Octets of UTF-8 -> characters. What is no UTF-8, and what are characters already, stays as it is. */
export function toCharacters(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text
  const octets = Buffer.from(text, 'latin1')
  return isUtf8(octets) ? octets.toString('utf8') : text
}

/** The same for a piece of text that may have been cut within a character: what is left of it is taken off. */
export function toReadable(text: string): string {
  if (!/[\x80-\xff]/.test(text) || /[^\x00-\xff]/.test(text)) return text
  const octets = Buffer.from(text, 'latin1')
  const decoded = octets.toString('utf8')
  let start = 0
  let end = decoded.length
  while (start < end && decoded[start] === CUT) start++
  while (end > start && decoded[end - 1] === CUT) end--
  return decoded.slice(start, end)
}
/** What stands for octets that are no character. */
const CUT = '\ufffd'

/** Characters -> octets of UTF-8. */
export const toOctets = (text: string): string =>
  /[^\x00-\x7f]/.test(text) ? Buffer.from(text, 'utf8').toString('latin1') : text

/** A host name with its labels in ASCII (RFC 5890): `bücher.example` and `xn--bcher-kva.example` are one name. */
export function asciiDomain(domain: string): string {
  if (!/[^\x00-\x7f]/.test(domain)) return domain
  return domainToASCII(toCharacters(domain)) || domain
}

/** The same for the domain of an address. */
export function asciiAddress(address: string): string {
  const at = address.lastIndexOf('@')
  return at < 0 ? address : `${address.slice(0, at + 1)}${asciiDomain(address.slice(at + 1))}`
}
