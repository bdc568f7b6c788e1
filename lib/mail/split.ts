/** A mail file to what `parseMessage` takes: what a milter does not need and the command line does. */
import { parseHeaderBlock, unixLines } from './header-block.ts'
import { fromBytes, toBytes } from './octets.ts'
import type { Octets } from './octets.ts'

/** Can be given to `parseMessage` as it is. */
export interface SplitMail {
  readonly headers: readonly { readonly name: string; readonly value: Octets }[]
  /** LF line ends where the file had CRLF throughout. */
  readonly body: Uint8Array
  /** The header lines as they stood, LF line ends. */
  readonly headerBlock: Octets
  /** What was found wrong on the way. */
  readonly defects: readonly string[]
}

/**
 * Splits a raw mail; takes LF and CRLF, a leading mbox `From ` line, a missing empty line, a body only. Header values
 * keep their leading space. Never throws.
 */
export function splitMail(bytes: Uint8Array): SplitMail {
  const text = unixLines(fromBytes(bytes))
  const { headers, block, bodyStart, separated } = parseHeaderBlock(text === '' ? '\n' : text)
  return {
    headers: headers.map(({ name, raw }) => ({ name, value: raw })),
    body: toBytes(text.slice(bodyStart)),
    headerBlock: block,
    defects: separated ? [] : ['missing-head-body-separator'],
  }
}
