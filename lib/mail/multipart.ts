/** Cuts the body of a multipart at its boundary lines and reads the header of each part. */
import type { HeaderField } from './header-block.ts'
import type { Octets } from './octets.ts'
import { parseContentType } from './content-type.ts'
import { decodeHeader } from './header.ts'

/** A part in the text that was cut: its body is `text.slice(start, end)`. */
export interface Piece {
  readonly headers: readonly HeaderField[]
  readonly start: number
  readonly end: number
}

export interface CutMultipart {
  readonly pieces: readonly Piece[]
  /** Defect codes. */
  readonly flags: ReadonlySet<string>
  /** The first boundary line, and the one that ends it, were found. */
  readonly opened: boolean
  readonly closed: boolean
}

interface Line {
  readonly start: number
  readonly end: number
  /** `--boundary--` */
  readonly closing: boolean
}

/** Parts of one multipart that are looked at; SpamAssassin's limit. */
const MOST_PIECES = 1000
const HEADER_NEXT = /^[\x21-\x39\x3b-\x7e]+:/
const FIELD = /^[\x21-\x39\x3b-\x7e]+[ \t]*:/
/** Only this much of a line is looked at to tell what it is. */
const LOOK = 1000

/** Cuts `text` at lines `--boundary` and `--boundary--`. Never throws. */
export function cutMultipart(text: Octets, boundary: Octets): CutMultipart {
  const flags = new Set<string>()
  const pieces: Piece[] = []
  const delimiter = `--${boundary}`
  const first = openingLine(text, delimiter)
  let at = first?.end ?? 0
  if (first !== undefined) expectHeader(text, at, flags)
  while (at < text.length) {
    const head = readHead(text, at, delimiter, boundary, flags)
    const line =
      head.line ?? (head.last ? undefined : boundaryAfter(text, head.bodyStart, delimiter, head.nested))
    // the newline before a boundary line belongs to the boundary
    const end = line === undefined ? text.length : Math.max(head.bodyStart, line.start - 1)
    pieces.push({ headers: head.headers, start: head.bodyStart, end })
    if (line === undefined) break
    if (line.closing) {
      if (/[^\t-\r .]/.test(text.slice(line.end))) flags.add('mime-epilogue-exists')
      return { pieces, flags, opened: first !== undefined, closed: true }
    }
    expectHeader(text, line.end, flags)
    if (pieces.length === MOST_PIECES) {
      flags.add('mimepart-limit-exceeded')
      break
    }
    at = line.end
  }
  return { pieces, flags, opened: first !== undefined, closed: false }
}

function expectHeader(text: Octets, at: number, flags: Set<string>): void {
  if (at < text.length && !HEADER_NEXT.test(text.slice(at, at + LOOK))) flags.add('missing-mime-headers')
}

interface Head {
  readonly headers: readonly HeaderField[]
  readonly bodyStart: number
  /** The boundary line that came before any body. */
  readonly line?: Line
  /** What looked like a header was the last line of all: it is the body. */
  readonly last?: boolean
  /** The part is a multipart with the very same boundary. */
  readonly nested?: boolean
}

/** Reads the header lines of the part at `at`. A header that nothing follows is not counted, as in SpamAssassin. */
function readHead(text: Octets, at: number, delimiter: Octets, boundary: Octets, flags: Set<string>): Head {
  const headers: HeaderField[] = []
  let pending = -1
  const store = (end: number) => {
    if (pending >= 0) headers.push(field(text.slice(pending, end)))
  }
  for (;;) {
    const end = lineEnd(text, at)
    const line = boundaryLine(text, at, end, delimiter)
    if (line !== undefined) return { headers, bodyStart: at, line }
    if (end === text.length) return { headers, bodyStart: at, last: true }
    if (FIELD.test(text.slice(at, Math.min(end, at + LOOK)))) {
      store(at)
      pending = at
    } else if (pending < 0 || !isBlank(text.charCodeAt(at))) {
      store(at)
      const nested = pending >= 0 && repeatsBoundary(headers, boundary)
      if (/^\r?\n$/.test(text.slice(at, Math.min(end, at + 3)))) return { headers, bodyStart: end, nested }
      flags.add('missing-mime-head-body-separator')
      return { headers, bodyStart: at, nested }
    }
    at = end
  }
}

function field(lines: Octets): HeaderField {
  const colon = lines.indexOf(':')
  const raw = lines.slice(colon + 1).replace(/^[\t-\r ]+/, '')
  return { name: lines.slice(0, colon), raw: raw.endsWith('\n') ? raw.slice(0, -1) : raw }
}

function repeatsBoundary(headers: readonly HeaderField[], boundary: Octets): boolean {
  if (headers.at(-1)?.name.toLowerCase() !== 'content-type') return false
  const value = decodeHeader(headers.at(-1)!.raw, 'content-type')
  return parseContentType([value]).boundary === boundary
}

function openingLine(text: Octets, delimiter: Octets): Line | undefined {
  for (const line of boundaryLines(text, 0, delimiter)) if (!line.closing) return line
  return undefined
}

/** The next boundary line; inside a part that repeats the boundary, the first one after that part was closed. */
function boundaryAfter(text: Octets, from: number, delimiter: Octets, nested = false): Line | undefined {
  let inside = nested
  for (const line of boundaryLines(text, from, delimiter)) {
    if (!inside) return line
    if (line.closing) inside = false
  }
  return undefined
}

function* boundaryLines(text: Octets, from: number, delimiter: Octets): Generator<Line> {
  let at = from
  while (at < text.length) {
    if (!text.startsWith(delimiter, at)) {
      const newline = text.indexOf(`\n${delimiter}`, at)
      if (newline < 0) return
      at = newline + 1
    }
    const end = lineEnd(text, at)
    const line = boundaryLine(text, at, end, delimiter)
    if (line !== undefined) yield line
    at = end
  }
}

function boundaryLine(text: Octets, start: number, end: number, delimiter: Octets): Line | undefined {
  if (!text.startsWith(delimiter, start)) return undefined
  const rest = /^(--)?[\t-\r ]*$/.exec(text.slice(start + delimiter.length, end))
  return rest === null ? undefined : { start, end, closing: rest[1] !== undefined }
}

function lineEnd(text: Octets, at: number): number {
  const newline = text.indexOf('\n', at)
  return newline < 0 ? text.length : newline + 1
}

function isBlank(code: number): boolean {
  return code === 32 || code === 9
}
