/**
 * A message of which only so much is looked at. The limit counts what is read, not what stands before it: a photo in
 * front does not hide the text behind it, nor a long text a short one.
 */
import { leavesOf, type MimeTree } from './mime.ts'
import type { Octets } from './octets.ts'
import type { Part } from './part.ts'

/** Octets as transferred. */
export interface TextLeftOut {
  readonly octets: number
  /** Of so much text in all. */
  readonly of: number
  readonly limit: number
}

export interface LimitedTree {
  readonly tree: MimeTree
  readonly leftOut: TextLeftOut | null
  /** The text the tree was cut from without what was left out; at most twice the limit. */
  readonly text: Octets
}

/** The tree with bodies of its leaves cut so that all of them together fit into `limit`. */
export function limitTree({ root, leaves, defects }: MimeTree, limit: number): LimitedTree {
  const texts = leaves.filter(isText)
  const others = leaves.filter((leaf) => !isText(leaf))
  const textLevel = levelFor(texts.map(lengthOf), limit)
  const kept = texts.reduce((sum, leaf) => sum + Math.min(lengthOf(leaf), textLevel), 0)
  const otherLevel = levelFor(others.map(lengthOf), limit - kept)
  const cuts = new Map<Part, Part>()
  for (const leaf of leaves) {
    const level = isText(leaf) ? textLevel : otherLevel
    if (lengthOf(leaf) > level) cuts.set(leaf, leaf.upTo(Math.floor(level)))
  }
  const cutRoot = rebuilt(root, cuts)
  const all = texts.reduce((sum, leaf) => sum + lengthOf(leaf), 0)
  const left = texts.reduce((sum, leaf) => sum + lengthOf(leaf) - lengthOf(cuts.get(leaf) ?? leaf), 0)
  return {
    tree: { root: cutRoot, leaves: leavesOf(cutRoot), defects },
    leftOut: left === 0 ? null : { octets: left, of: all, limit },
    text: remaining(root, leaves, cuts).slice(0, 2 * limit),
  }
}

/** What rules and the classifier read as text, by its type or by the name of the file. */
const isText = ({ type, effectiveType }: Part): boolean =>
  /^(?:text|message)\b/.test(effectiveType) || type.startsWith('text/')

const lengthOf = ({ span }: Part): number => span.end - span.start

/** The length to which the longest must be cut for all to fit; those that are shorter stay whole. */
export function levelFor(lengths: readonly number[], limit: number): number {
  let room = Math.max(0, limit)
  const sorted = lengths.toSorted((one, other) => one - other)
  for (const [at, length] of sorted.entries()) {
    const share = room / (sorted.length - at)
    if (length > share) return share
    room -= length
  }
  return Infinity
}

/** Recursion is as deep as the parser lets parts be nested. */
function rebuilt(part: Part, cuts: ReadonlyMap<Part, Part>): Part {
  if (part.isLeaf) return cuts.get(part) ?? part
  const parts = part.parts.map((child) => rebuilt(child, cuts))
  return parts.some((child, at) => child !== part.parts[at]) ? part.withParts(parts) : part
}

/** Leaves of a message inside the message lie in a text of their own: what is cut there stays in this one. */
function remaining(
  { span: { source } }: Part,
  leaves: readonly Part[],
  cuts: ReadonlyMap<Part, Part>,
): Octets {
  const pieces: Octets[] = []
  let at = 0
  for (const leaf of leaves) {
    const cut = cuts.get(leaf)
    if (cut === undefined || leaf.span.source !== source) continue
    pieces.push(source.text.slice(at, cut.span.end))
    at = leaf.span.end
  }
  return pieces.join('') + source.text.slice(at)
}
