/**
 * Limits on what mailauth is given: headers alone, since `body-hash.ts` reads the body. Its work grows with the square of some sizes that a sender chooses: one header with
 * 300,000 folds held a thread for minutes, an h= tag with 45,000 names for seconds, a long run of bare CR likewise.
 * Mail beyond these limits is not verified, and the verdict says so; no honest mail comes near them.
 */
/** One header; the value is everything after the colon, folds as LF + white space. */
export interface HeaderField {
  readonly name: string
  readonly value: string
}

export const AUTH_LIMITS = Object.freeze({
  /** Octets of all headers together. */
  headerBytes: 256 * 1024,
  headers: 2000,
  /** Folded lines of one header. */
  folds: 1000,
  /** Consecutive CR octets in a header. */
  carriageReturns: 1000,
  /** Octets of a header's name. */
  nameBytes: 1000,
  /** White space, or dots, in a row in a signature. */
  signatureRun: 1000,
  /** Field names in h=. */
  signedNames: 500,
  /** DKIM signatures looked at: the first ones, of more the aligned ones first. */
  signatures: 20,
})

const SIGNATURE_HEADER = /^(?:dkim-signature|arc-message-signature)[ \t]*$/i

/** Why this mail must not be verified, in words for the report; null when it may. */
export function guard(headers: readonly HeaderField[]): string | null {
  if (headers.length > AUTH_LIMITS.headers) return `over ${AUTH_LIMITS.headers} headers`
  let bytes = 0
  for (const { name, value } of headers) {
    bytes += name.length + value.length + 3
    if (bytes > AUTH_LIMITS.headerBytes) return `headers over ${AUTH_LIMITS.headerBytes / 1024} KB`
    if (name.length > AUTH_LIMITS.nameBytes) return `a header name over ${AUTH_LIMITS.nameBytes} octets`
    if (countUpTo(value, '\n', AUTH_LIMITS.folds)) return `a header with over ${AUTH_LIMITS.folds} folds`
    if (SIGNATURE_HEADER.test(name) && countUpTo(value, ':', AUTH_LIMITS.signedNames))
      return `a signature over more than ${AUTH_LIMITS.signedNames} header names`
    if (SIGNED.test(name) && hasLongRun(value))
      return `a signature with over ${AUTH_LIMITS.signatureRun} blanks or dots in a row`
    if (value.includes('\r'.repeat(AUTH_LIMITS.carriageReturns))) return CR_RUN
  }
  return null
}

const CR_RUN = `over ${AUTH_LIMITS.carriageReturns} carriage returns in a row`

/** How many of a mail's signatures are over the limit: nobody knows whether they verify. */
export const unchecked = (present: number): number => Math.max(0, present - AUTH_LIMITS.signatures)

const SIGNED = /^(?:dkim-signature|arc-[a-z-]+)[ \t]*$/i

/** mailauth trims such runs with patterns that begin anew at each of their octets. */
function hasLongRun(text: string): boolean {
  for (const [run] of text.matchAll(/[\t-\r ]+|\.+/g)) if (run.length > AUTH_LIMITS.signatureRun) return true
  return false
}

/** Whether `text` has more than `limit` of `character`. */
function countUpTo(text: string, character: string, limit: number): boolean {
  let count = 0
  for (let at = text.indexOf(character); at >= 0; at = text.indexOf(character, at + 1)) {
    if (++count > limit) return true
  }
  return false
}
