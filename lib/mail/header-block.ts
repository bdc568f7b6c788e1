/**
 * The header block of a mail file, split into fields. Also used for mails inside mails. What is no header is passed
 * over, up to three lines; the fourth begins the body, as in SpamAssassin.
 */
import type { Octets } from './octets.ts'
import { withLf } from './octets.ts'

/** One header field: name without the colon, value as it stood with folds, without its final newline. */
export interface HeaderField {
  readonly name: string
  readonly raw: Octets
}

export interface HeaderBlock {
  readonly headers: readonly HeaderField[]
  /** The lines of the block as they stood, with the empty line if there was one. */
  readonly block: Octets
  /** Index in the text at which the body begins. */
  readonly bodyStart: number
  /** False: the body began without an empty line. */
  readonly separated: boolean
}

const FIELD = /^[\x21-\x39\x3b-\x7e]+[ \t]*:/
const MBOX_SEPARATOR = /^From[\t-\r ]+(?!:)/
const MBX_SEPARATOR =
  /^[\t-\r \d]\d-[a-zA-Z]{3}-\d{4}[\t-\r ]\d{2}:\d{2}:\d{2}[^\n]*,\d+;[\da-f]{12}-\w{8}\r?\n?$/
/** Only this much of a line is looked at to tell what it is; a header name is shorter. */
const LOOK = 1000

/** CRLF to LF where SpamAssassin would: the first or the last line ends in CRLF. */
export function unixLines(text: Octets): Octets {
  return endsInCrlf(text) ? withLf(text) : text
}

/** True when the first or the last line of a text ends in CRLF. */
function endsInCrlf(text: Octets): boolean {
  if (text.endsWith('\r\n')) return true
  const first = text.indexOf('\n')
  return first > 0 && text.charCodeAt(first - 1) === 13
}

/** Splits the header block off `text` (LF line ends), skipping a leading mbox line. Never throws. */
export function parseHeaderBlock(text: Octets): HeaderBlock {
  const headers: HeaderField[] = []
  const start = skipMailboxLine(text)
  let at = start
  let fieldStart = -1
  let errors = 0
  for (;;) {
    const end = nextLine(text, at)
    const first = text.charCodeAt(at)
    if (end > at && (first === 32 || first === 9)) {
      if (fieldStart < 0) fieldStart = at
      at = end
      continue
    }
    if (fieldStart >= 0) addField(headers, text, fieldStart, at)
    fieldStart = at
    if (end === at) return { headers, block: text.slice(start), bodyStart: at, separated: false }
    if (first === 10) return { headers, block: text.slice(start, end), bodyStart: end, separated: true }
    if (text.startsWith('--', at) || (!FIELD.test(text.slice(at, Math.min(end, at + LOOK))) && ++errors > 3))
      return { headers, block: text.slice(start, at), bodyStart: at, separated: false }
    at = end
  }
}

function skipMailboxLine(text: Octets): number {
  const end = nextLine(text, 0)
  const line = text.slice(0, Math.min(end, LOOK))
  return MBOX_SEPARATOR.test(line) || MBX_SEPARATOR.test(line) ? end : 0
}

/** Index after the newline that ends the line at `at`, or the end of the text. */
function nextLine(text: Octets, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline + 1
}

function addField(headers: HeaderField[], text: Octets, start: number, end: number): void {
  const colon = text.indexOf(':', start)
  if (colon < 0 || colon >= end) return
  let nameEnd = colon
  while (nameEnd > start && isBlank(text.charCodeAt(nameEnd - 1))) nameEnd--
  const valueEnd = text.charCodeAt(end - 1) === 10 ? end - 1 : end
  headers.push({
    name: text.slice(start, nameEnd),
    raw: text.slice(colon + 1, Math.max(valueEnd, colon + 1)),
  })
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
