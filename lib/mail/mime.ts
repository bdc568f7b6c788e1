/**
 * The MIME tree of a message, cut as SpamAssassin cuts it, down to its tolerance for broken mail: what looks like the
 * boundary is the boundary, a multipart without its own boundary inherits the one around it, and a message inside a
 * message is parsed like the one outside. Depth and number of parts are limited; what is beyond stays text of a leaf.
 */
import type { Source } from './source.ts'
import { looseSource, placedSource } from './source.ts'
import type { HeaderTable } from './header.ts'
import { headerTable } from './header.ts'
import { parseHeaderBlock, unixLines } from './header-block.ts'
import { parseContentType } from './content-type.ts'
import { makePart } from './part.ts'
import type { Part, PartSpan } from './part.ts'
import { cutMultipart } from './multipart.ts'
import type { Octets } from './octets.ts'

export type { Part, Rendered } from './part.ts'
export type { Header } from './header.ts'

/** Levels of multipart and message inside each other that are opened. */
const DEEPEST = 20
/** Parts in a whole message; far beyond any honest mail, and each costs some memory. */
const MOST_PARTS = 20_000

/** What is collected over the whole tree. */
interface Tree {
  readonly defects: Set<string>
  /** Per boundary: opened and not closed; anything but 0 is unbalanced. */
  readonly boundaries: Map<Octets, number>
  parts: number
  /** Text is decoded from its charset. */
  readonly normalize: boolean
}

interface Node {
  readonly table: HeaderTable
  readonly span: PartSpan
  /** Boundary of the multipart around it. */
  readonly outer: Octets | undefined
  /** Parent is multipart/digest: a missing type means a message. */
  readonly digest: boolean
  readonly room: number
  readonly depth: number
}

export interface MimeTree {
  readonly root: Part
  readonly leaves: readonly Part[]
  readonly defects: readonly string[]
}

/** Parses the body of a message into its parts. Never throws. */
export function parseMime(headers: HeaderTable, body: Source, normalize = true): MimeTree {
  const tree: Tree = { defects: new Set(), boundaries: new Map(), parts: 0, normalize }
  const root = parseMail(headers, body, DEEPEST, 0, tree)
  if ([...tree.boundaries.values()].some((open) => open !== 0)) tree.defects.add('mime-boundary-unbalanced')
  return { root, leaves: leavesOf(root), defects: [...tree.defects] }
}

/** Parts without children, in order of appearance. */
export function leavesOf(root: Part): readonly Part[] {
  const leaves: Part[] = []
  collectLeaves(root, leaves)
  return leaves
}

function collectLeaves(part: Part, leaves: Part[]): void {
  if (part.isLeaf) leaves.push(part)
  for (const child of part.parts) collectLeaves(child, leaves)
}

/** The outermost part of a mail: of the message itself, or of one inside it. */
function parseMail(table: HeaderTable, body: Source, room: number, depth: number, tree: Tree): Part {
  const { text } = body
  const { type, boundary } = parseContentType(table.header('content-type'))
  const source =
    type.startsWith('multipart/') && needsEmptyLine(text, boundary)
      ? { text: `\n${text}`, locate: (place: number) => body.locate(Math.max(0, place - 1)) }
      : body
  const span = { source, start: 0, end: source.text.length, cutLines: false }
  return parsePart({ table, span, outer: undefined, digest: false, room, depth }, tree)
}

/** More than one line, and the first is text that is no boundary line: it must not be taken for a header. */
function needsEmptyLine(text: Octets, boundary: Octets | undefined): boolean {
  const end = text.indexOf('\n') + 1
  if (end === 0 || end === text.length || !/[^\t-\r ]/.test(text.slice(0, end))) return false
  return boundary === undefined || !text.startsWith(`--${boundary}`)
}

function parsePart(node: Node, tree: Tree): Part {
  const { table, span, outer, digest, room, depth } = node
  const { normalize } = tree
  tree.parts++
  const content = parseContentType(table.header('content-type'))
  // a boundary of "0" is none to SpamAssassin
  const boundary = content.boundary === '0' && outer !== undefined ? outer : (content.boundary ?? outer)
  const type = content.missing && digest ? 'message/rfc822' : content.type
  const multipart = type.startsWith('multipart/')
  if (multipart && boundary !== undefined && room > 0) {
    const parts = parseMultipart(node, type, boundary, tree)
    return makePart({ table, span, content, type, boundary, depth, parts, normalize })
  }
  if (multipart && boundary !== undefined) tree.defects.add('mime-nesting-limit')
  const leaf = makePart({
    table,
    span,
    content,
    type: multipart && boundary === undefined ? 'text/plain' : type,
    boundary,
    depth,
    parts: undefined,
    normalize,
  })
  if (type !== 'message/rfc822' && type !== 'message/global') return leaf
  if (room <= 0) tree.defects.add('mime-nesting-limit')
  const inner = room > 0 ? leaf.decoded() : ''
  if (inner === '') return leaf
  const parts = [parseInner(inner, leaf, span, room - 1, depth + 1, tree)]
  return makePart({ table, span, content, type, boundary, depth, parts, normalize })
}

/** A message inside a message. */
function parseInner(
  inner: Octets,
  leaf: Part,
  span: PartSpan,
  room: number,
  depth: number,
  tree: Tree,
): Part {
  const text = unixLines(inner)
  const { headers, bodyStart } = parseHeaderBlock(text)
  const encoded = leaf.encoding === 'base64' || leaf.encoding === 'quoted-printable'
  const asItStood = !encoded && text.length === span.end - span.start
  const body = text.slice(bodyStart)
  const source = asItStood
    ? placedSource(body, (place) => span.source.locate(span.start + bodyStart + place))
    : looseSource(body)
  return parseMail(headerTable(headers), source, room, depth, tree)
}

function parseMultipart(node: Node, type: string, boundary: Octets, tree: Tree): Part[] {
  const { span, room, depth } = node
  const parts: Part[] = []
  const text = span.source.text.slice(span.start, span.end)
  const { pieces, flags, opened, closed } = cutMultipart(text, boundary)
  for (const flag of flags) tree.defects.add(flag)
  if (opened || closed) {
    const balance = opened ? 1 : (tree.boundaries.get(boundary) ?? 0)
    tree.boundaries.set(boundary, balance - (closed ? 1 : 0))
  }
  for (const { headers, start, end } of pieces) {
    if (tree.parts >= MOST_PARTS) {
      tree.defects.add('mimepart-limit-exceeded')
      break
    }
    const piece: Node = {
      table: headerTable(headers),
      span: { source: span.source, start: span.start + start, end: span.start + end, cutLines: true },
      outer: boundary,
      digest: type === 'multipart/digest',
      room: room - 1,
      depth: depth + 1,
    }
    parts.push(parsePart(piece, tree))
  }
  return parts
}
