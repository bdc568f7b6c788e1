/** One part of the MIME tree and its views: raw, decoded, rendered, each made when asked for and kept. */
import { attachmentName, fileName } from './content-type.ts'
import type { ContentType } from './content-type.ts'
import type { Header, HeaderTable } from './header.ts'
import type { HtmlFacts } from './html.ts'
import type { Octets } from './octets.ts'
import { toBytes, withLf } from './octets.ts'
import { renderPart } from './render.ts'
import type { Source } from './source.ts'
import { decodeBase64, decodeQuotedPrintable, hasForeignBase64 } from './transfer.ts'

/**
 * Text of a part after charset decoding and, for HTML, rendering. Not octets, but characters up to U+FFFF as V8 has
 * them; `unicode` tells which reading is meant.
 */
export interface Rendered {
  readonly type: 'text/plain' | 'text/html'
  readonly text: string
  readonly visible: string
  readonly invisible: string
  /** Per view: characters are Unicode. False: all are octets, which 8-bit ones of entities then stay. */
  readonly unicode: { readonly text: boolean; readonly visible: boolean; readonly invisible: boolean }
  /** For text/html that is not empty. */
  readonly html: HtmlFacts | undefined
}

export interface Part {
  /** Media type in lower case as SpamAssassin reads it: text/plain when missing, and for any odd text type. */
  readonly type: string
  /** text/html where the file name says so, else `type`. */
  readonly effectiveType: string
  readonly charset: Octets | undefined
  readonly boundary: Octets | undefined
  /** Content-Transfer-Encoding in lower case, '' when absent. */
  readonly encoding: string
  /** First word of Content-Disposition in lower case, '' when absent. */
  readonly disposition: string
  /** Name as SpamAssassin reads it (undecoded). */
  readonly name: Octets | undefined
  /** File name with RFC 2231 and RFC 2047 decoded, UTF-8 octets; from Content-Disposition, else Content-Type. */
  readonly filename: Octets | undefined
  readonly headers: readonly Header[]
  /** Children: parts of a multipart, or the one message inside message/rfc822 and message/global. */
  readonly parts: readonly Part[]
  readonly isLeaf: boolean
  /** 0 for the message itself. */
  readonly depth: number
  /** Header values of this part, unfolded and decoded to UTF-8 octets, in order of appearance. */
  header(name: string): readonly Octets[]
  /** Header values of this part as received. */
  rawHeader(name: string): readonly Octets[]
  /** Where its body lies in `Message.body`, in octets; -1 inside an encoded message, where there is no such place. */
  readonly start: number
  readonly end: number
  /** The body as transferred, LF line ends; lines over 2048 octets are broken, as SpamAssassin breaks them. */
  raw(): Octets
  /** Transfer encoding removed; LF line ends in text. '' for a part with children. */
  decoded(): Octets
  /** Transfer encoding removed and nothing else: the file an attachment holds. */
  bytes(): Uint8Array
  /** Undefined for what is neither text/plain nor text/html. */
  rendered(): Rendered | undefined
  /** Where its body lies in the text it was cut from. */
  readonly span: PartSpan
  /** The same part with no more than about so many octets of its body as transferred: cut where a line ends. */
  upTo(octets: number): Part
  /** The same part with other children. */
  withParts(parts: readonly Part[]): Part
}

/** Where a part's body lies. */
export interface PartSpan {
  readonly source: Source
  readonly start: number
  readonly end: number
  /** Part of a multipart, in which SpamAssassin breaks lines over 2048 octets. */
  readonly cutLines: boolean
}

export interface PartInput {
  readonly table: HeaderTable
  readonly span: PartSpan
  readonly content: ContentType
  readonly type: string
  readonly boundary: Octets | undefined
  readonly depth: number
  /** Undefined for a leaf. */
  readonly parts: readonly Part[] | undefined
  /** Text is decoded from its charset. */
  readonly normalize: boolean
}

const LONGEST_LINE = 2048
const NONE: readonly Part[] = Object.freeze([])

/** Makes the part; nothing is decoded yet. */
export function makePart(input: PartInput): Part {
  const { table, span, content, type, boundary, depth, parts, normalize } = input
  const encoding = (table.header('content-transfer-encoding').at(-1) ?? '').toLowerCase()
  const disposition = table.header('content-disposition').at(-1) ?? ''
  const name = attachmentName(disposition, content)
  const effectiveType = name !== undefined && /\.s?html?$/i.test(name) ? 'text/html' : type
  const isLeaf = parts === undefined
  const body = once(() => span.source.text.slice(span.start, span.end))
  const raw = once(() => (span.cutLines ? breakLongLines(body()) : body()))
  const decoded = once(() => (isLeaf ? decode(raw(), encoding, type) : ''))
  const rendered = once(() =>
    isLeaf ? renderPart(decoded, effectiveType, content.charset ?? 'us-ascii', normalize) : undefined,
  )
  return {
    type,
    effectiveType,
    charset: content.charset,
    boundary,
    encoding,
    disposition: /^[\t-\r ]*([^\t-\r ;]*)/.exec(disposition)![1]!.toLowerCase(),
    name,
    headers: table.headers,
    parts: parts ?? NONE,
    isLeaf,
    depth,
    header: table.header,
    rawHeader: table.rawHeader,
    get filename() {
      return fileName(table.rawHeader('content-disposition'), table.rawHeader('content-type'))
    },
    get start() {
      return span.source.locate(span.start)
    },
    get end() {
      return span.source.locate(span.end)
    },
    raw,
    decoded,
    bytes: () => toBytes(decode(body(), encoding, '')),
    rendered,
    span,
    upTo: (octets) => makePart({ ...input, span: { ...span, end: cutPlace(span, octets) } }),
    withParts: (children) => makePart({ ...input, parts: children }),
  }
}

/** How far before a limit the end of a line is looked for. */
const CUT_SLACK = 1024

/** Base64 without line ends is cut between two groups of four. */
function cutPlace({ source, start, end }: PartSpan, octets: number): number {
  const place = start + octets - (octets % 4)
  if (place >= end) return end
  const newline = source.text.slice(Math.max(start, place - CUT_SLACK), place).lastIndexOf('\n')
  return newline < 0 ? place : Math.max(start, place - CUT_SLACK) + newline + 1
}

const ENCODINGS = new Set(['', '7bit', '8bit', 'binary', 'quoted-printable', 'base64'])
/** Octets of a part in which foreign characters are looked for. */
const LOOK_FOR_FOREIGN = 65_536

/** What is wrong with a part's transfer encoding, as defect codes. */
export function transferDefects(part: Part): readonly string[] {
  const { encoding } = part
  if (encoding === 'base64')
    return hasForeignBase64(part.raw().slice(0, LOOK_FOR_FOREIGN)) ? ['base64-illegal-character'] : []
  return ENCODINGS.has(encoding) ? [] : ['unknown-transfer-encoding']
}

/** Decodes the transfer encoding; text gets LF line ends. */
function decode(text: Octets, encoding: string, type: string): Octets {
  if (encoding === 'quoted-printable') {
    const plain = decodeQuotedPrintable(text)
    return type === '' ? plain : withLf(plain)
  }
  if (encoding !== 'base64') return text
  const plain = decodeBase64(text)
  return /^(?:text|message)\b/.test(type) ? withLf(plain) : plain
}

/** Puts a newline after every 2048 octets of a line, the final newline counted. */
function breakLongLines(text: Octets): Octets {
  if (!hasLongLine(text)) return text
  const lines: Octets[] = []
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline + 1
    while (end - at > LONGEST_LINE) {
      lines.push(text.slice(at, at + LONGEST_LINE), '\n')
      at += LONGEST_LINE
    }
    lines.push(text.slice(at, end))
    at = end
  }
  return lines.join('')
}

/** True when a line has 2048 octets or more; looks at one newline per 2 KB. */
function hasLongLine(text: Octets): boolean {
  for (let at = 0; at + LONGEST_LINE <= text.length;) {
    const newline = text.lastIndexOf('\n', at + LONGEST_LINE - 1)
    if (newline < at) return true
    at = newline + 1
  }
  return false
}

/** The value of `make`, made at the first call. */
export function once<T>(make: () => T): () => T {
  let value: T
  let known = false
  return () => {
    if (!known) {
      value = make()
      known = true
    }
    return value
  }
}
