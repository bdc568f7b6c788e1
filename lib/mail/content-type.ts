/** Content-Type and Content-Disposition: read once as SpamAssassin reads them, and once as the RFCs mean file names. */
import { decodeText } from './charset.ts'
import { toUtf8 } from './octets.ts'
import type { Octets } from './octets.ts'
import { SPACE, trimOctets } from './space.ts'
import { decodeWords } from './words.ts'

export interface ContentType {
  readonly type: string
  readonly boundary: Octets | undefined
  readonly charset: Octets | undefined
  readonly name: Octets | undefined
  /** No Content-Type, or an empty one: `type` is the default. */
  readonly missing: boolean
}

const EQUALS = `[${SPACE}]*=[${SPACE}]*`
/** Where the value of a parameter begins. */
const BOUNDARY = new RegExp(`\\bboundary${EQUALS}`, 'gi')
const CHARSET = new RegExp(`\\bcharset${EQUALS}["']?`, 'gi')
const NAME = new RegExp(`\\b(?:file)?name${EQUALS}["']?`, 'gi')
const NAME_PIECE = new RegExp(`\\b(?:file)?name\\*(\\d+)${EQUALS}["']?`, 'gi')
const END_OF_BOUNDARY = /[\t-\r ";]|$/g
const END_OF_VALUE = /[;\n]|$/g
const ODD_TEXT = /^text\b(?!\/(?:x-vcard|calendar|html)$)/
const NOT_IN_TYPES = /[\x00-\x20\x7f-\xff"(),:-?@[\]\\]/g
/** Pieces of a name beyond this number are not looked at. */
const MOST_PIECES = 100

/** Reads the last of the given (decoded) Content-Type values; forgiving in SpamAssassin's way. */
export function parseContentType(values: readonly Octets[]): ContentType {
  const value = values.at(-1) || undefined
  const text = value ?? 'text/plain; charset=us-ascii'
  const type = mediaType(text)
  return {
    type: type === '' || ODD_TEXT.test(type) ? 'text/plain' : type.replace(NOT_IN_TYPES, ''),
    boundary: boundaryOf(text),
    charset: firstValue(text, CHARSET),
    name: firstValue(text, NAME) || continuedName(text),
    missing: value === undefined || type === '',
  }
}

/** In quotes up to the next one or the end; without, up to white space or a semicolon. */
function boundaryOf(text: Octets): Octets | undefined {
  const wordEnd = finder(text, END_OF_BOUNDARY)
  for (const { index, 0: start } of text.matchAll(BOUNDARY)) {
    const at = index + start.length
    const close = text.indexOf('"', at + 1)
    const end = text[at] === '"' && close !== at + 1 ? (close < 0 ? text.length : close) : wordEnd(at)
    const isWhole = text[at] === '"' ? end > at + 1 : end > at && text[end] !== '"'
    if (isWhole) return text.slice(at, end).replaceAll('"', '')
  }
  return undefined
}

function firstValue(text: Octets, start: RegExp): Octets | undefined {
  for (const [, value] of values(text, start)) return value
  return undefined
}

/** Values that begin where `start` matches and go to a semicolon or the end, without one closing quote. */
function* values(text: Octets, start: RegExp): Generator<readonly [RegExpExecArray, Octets]> {
  const valueEnd = finder(text, END_OF_VALUE)
  let from = 0
  for (const match of text.matchAll(start)) {
    if (match.index < from) continue
    const at = match.index + match[0].length
    const end = valueEnd(at)
    if (text[end] === '\n' && end + 1 < text.length) continue
    yield [match, text.slice(at, end).replace(/["']$/, '')]
    from = end + 1
  }
}

/** Where a pattern (with /g, which always matches) is found at or after an index; asked in ascending order it reads the text once. */
function finder(text: Octets, pattern: RegExp): (at: number) => number {
  let found = -1
  return (at) => {
    if (found >= at) return found
    pattern.lastIndex = at
    found = pattern.exec(text)?.index ?? text.length
    return found
  }
}

function mediaType(text: Octets): string {
  const semicolon = text.indexOf(';')
  const plain = trimStart(semicolon < 0 ? text : text.slice(0, semicolon))
  return (/^[^/]+(?:\/[^/\t-\r ]*)?/.exec(plain)?.[0] ?? plain).toLowerCase()
}

function trimStart(text: Octets): Octets {
  return text.replace(/^[\t-\r ]+/, '')
}

function continuedName(text: Octets): Octets | undefined {
  const pieces: Octets[] = []
  for (const [{ 1: number }, piece] of values(text, NAME_PIECE)) {
    if (Number(number) < MOST_PIECES) pieces[Number(number)] = piece
  }
  return pieces.length === 0 ? undefined : pieces.join('')
}

/** The attachment's name as SpamAssassin has it: Content-Disposition first, undecoded. */
export function attachmentName(disposition: Octets, type: ContentType): Octets | undefined {
  return /name=[\t-\r ]*"?([^";]+)"?/i.exec(disposition)?.[1] ?? (type.name || undefined)
}

/**
 * The file name a mail program would save under: filename of Content-Disposition, else name of Content-Type, with
 * RFC 2231 continuations and charsets and RFC 2047 words decoded. Takes raw (undecoded) values.
 */
export function fileName(dispositions: readonly Octets[], types: readonly Octets[]): Octets | undefined {
  return (
    parameter(dispositions.at(-1) ?? '', 'filename') ??
    parameter(types.at(-1) ?? '', 'name') ??
    parameter(dispositions.at(-1) ?? '', 'name')
  )
}

interface Piece {
  readonly text: Octets
  readonly encoded: boolean
}

function parameter(value: Octets, wanted: string): Octets | undefined {
  let plain: Octets | undefined
  const pieces: (Piece | undefined)[] = []
  for (const [name, text] of parameters(value)) {
    const [base, second, third] = name.split('*')
    if (base !== wanted) continue
    if (second === undefined) plain ??= text
    else if (second === '') pieces[0] ??= { text, encoded: true }
    else if (/^\d{1,2}$/.test(second)) pieces[Number(second)] ??= { text, encoded: third === '' }
  }
  const extended = pieces.length === 0 ? undefined : joinPieces(pieces)
  return extended ?? (plain === undefined ? undefined : decodeWords(plain))
}

function joinPieces(pieces: readonly (Piece | undefined)[]): Octets {
  let charset = ''
  let octets = ''
  for (const piece of pieces) {
    if (piece === undefined) continue
    let { text } = piece
    if (piece === pieces[0] && piece.encoded) {
      const labelled = /^([^']*)'[^']*'/.exec(text)
      charset = labelled?.[1] ?? ''
      text = text.slice(labelled?.[0].length ?? 0)
    }
    octets += piece.encoded ? percentDecode(text) : text
  }
  return toUtf8(decodeText(octets, charset === '' ? 'us-ascii' : charset))
}

function percentDecode(text: Octets): Octets {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(parseInt(hex, 16)))
}

/** `; name=value` pairs, names in lower case, quotes removed; stops at what is none. */
function* parameters(value: Octets): Generator<readonly [string, Octets]> {
  const pair = /;[\t-\r ]*([^\t-\r =;"]+)[\t-\r ]*=[\t-\r ]*(?:"((?:[^"\\]|\\[^])*)"?|([^;]*))/g
  for (const [, name, quoted, bare] of value.matchAll(pair)) {
    yield [
      name!.toLowerCase(),
      quoted === undefined ? trimOctets(bare ?? '') : quoted.replace(/\\([^])/g, '$1'),
    ]
  }
}
