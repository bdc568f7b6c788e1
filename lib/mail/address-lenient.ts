/**
 * Addresses in values that the usual reading makes nothing of: cut off in the middle, with comments or routes in odd
 * places. Follows the grammar of RFC 5322 as far as it goes and takes what there is. Only for what is broken: it knows
 * no more of `Smith, John <j@x>` than the RFC does.
 */
import type { Octets } from './octets.ts'

export interface LenientAddress {
  readonly phrase: Octets | undefined
  readonly user: Octets | undefined
  readonly host: Octets | undefined
  readonly comment: Octets | undefined
}

/** Addresses of one value that are looked at. */
const MOST_ADDRESSES = 1000
const ATOM = /[^\t-\r ()<>[\]:;@\\,."]+/y
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y
const LITERAL = /\[[^\]]*\]/y

interface Cursor {
  readonly text: Octets
  at: number
  comment: Octets | undefined
}

/** Reads a raw header value. Never throws. */
export function parseLenient(value: Octets): readonly LenientAddress[] {
  const cursor: Cursor = { text: value, at: 0, comment: undefined }
  const found: LenientAddress[] = []
  skipBlanks(cursor)
  while (cursor.at < value.length && found.length < MOST_ADDRESSES) {
    cursor.comment = undefined
    const mailbox = ',;'.includes(value[cursor.at]!) ? 'nothing' : readMailbox(cursor)
    if (mailbox === 'nothing') cursor.at++
    else if (mailbox !== 'group') {
      found.push({ ...mailbox, comment: cursor.comment })
      skipToNext(cursor)
    }
    skipBlanks(cursor)
  }
  return found
}

type Mailbox = Omit<LenientAddress, 'comment'>

function readMailbox(cursor: Cursor): Mailbox | 'group' {
  const start = cursor.at
  const phrase = readPhrase(cursor)
  const next = cursor.text[cursor.at]
  if (next === '<') {
    cursor.at++
    return { phrase, ...readRoutedAddress(cursor) }
  }
  if (next === ':' && phrase !== undefined) {
    cursor.at++
    return 'group'
  }
  cursor.at = start
  const address = readAddress(cursor)
  // a lone word at the very end is a name
  return address.host === undefined && cursor.at >= cursor.text.length
    ? { phrase: address.user, user: undefined, host: undefined }
    : { phrase: undefined, ...address }
}

function readPhrase(cursor: Cursor): Octets | undefined {
  const words: Octets[] = []
  for (;;) {
    const word =
      match(cursor, QUOTED) ?? match(cursor, ATOM) ?? (words.length > 0 ? take(cursor, '.') : undefined)
    if (word === undefined) return words.length === 0 ? undefined : words.join(' ')
    words.push(word)
    skipBlanks(cursor)
  }
}

/** After `<`: perhaps a route `@a,@b:`, then the address. */
function readRoutedAddress(cursor: Cursor): Omit<Mailbox, 'phrase'> {
  skipBlanks(cursor)
  if (cursor.text[cursor.at] === '@') {
    const end = cursor.text.indexOf(':', cursor.at)
    if (end >= 0) cursor.at = end + 1
    skipBlanks(cursor)
  }
  return readAddress(cursor)
}

function readAddress(cursor: Cursor): Omit<Mailbox, 'phrase'> {
  const user = readDotted(cursor)
  if (user === undefined || take(cursor, '@') === undefined) return { user, host: undefined }
  skipBlanks(cursor)
  const host = match(cursor, LITERAL) ?? readDotted(cursor)
  skipBlanks(cursor)
  return { user, host }
}

/** Words joined by dots, white space and comments between them dropped. */
function readDotted(cursor: Cursor): Octets | undefined {
  let text = match(cursor, QUOTED) ?? match(cursor, ATOM)
  if (text === undefined) return undefined
  skipBlanks(cursor)
  while (take(cursor, '.') !== undefined) {
    skipBlanks(cursor)
    text += `.${match(cursor, QUOTED) ?? match(cursor, ATOM) ?? ''}`
    skipBlanks(cursor)
  }
  return text
}

function match(cursor: Cursor, pattern: RegExp): Octets | undefined {
  pattern.lastIndex = cursor.at
  const found = pattern.exec(cursor.text)
  if (found === null) return undefined
  cursor.at = pattern.lastIndex
  return found[1]?.replace(/\\([^])/g, '$1') ?? found[0]
}

function take(cursor: Cursor, character: string): string | undefined {
  if (cursor.text[cursor.at] !== character) return undefined
  cursor.at++
  return character
}

/** Over white space and comments; the last comment is remembered. */
function skipBlanks(cursor: Cursor): void {
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const code = cursor.text.charCodeAt(cursor.at)
    if (code === 40) readComment(cursor)
    else if (!(code === 32 || (code >= 9 && code <= 13))) return
  }
}

/** Leaves the cursor on the closing bracket, or at the end. */
function readComment(cursor: Cursor): void {
  const start = cursor.at + 1
  let depth = 0
  for (; cursor.at < cursor.text.length; cursor.at++) {
    const character = cursor.text[cursor.at]
    if (character === '\\') cursor.at++
    else if (character === '(') depth++
    else if (character === ')' && --depth === 0) break
  }
  cursor.comment = cursor.text.slice(start, cursor.at)
}

function skipToNext(cursor: Cursor): void {
  while (cursor.at < cursor.text.length && !',;'.includes(cursor.text[cursor.at]!)) cursor.at++
  cursor.at++
}
