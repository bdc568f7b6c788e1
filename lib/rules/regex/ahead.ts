/** Which octet can come next at a place of a pattern, and whether what follows can fail at all. */
import type { Node } from './ast.ts'
import { type CharSet, ofCodes } from './charset.ts'

/** Stands for the end of the text in `chars`. */
const END = 256
const SIZE = 257

export interface Ahead {
  /** Membership of the octets 0 to 255 and of the end: what follows fails at once on others. */
  readonly chars: Uint8Array
  /** What follows always succeeds: nothing that stands before is ever tried another way. */
  readonly sure: boolean
}

const EVERY = new Uint8Array(SIZE).fill(1)
const NONE = new Uint8Array(SIZE)
/** The end of a pattern: the match is made. */
export const SUCCESS: Ahead = Object.freeze({ chars: EVERY, sure: true })

/** What a node is by itself, whatever follows. */
interface Begin {
  readonly chars: Uint8Array
  /** It may consume nothing, so that what follows counts, too. */
  readonly passes: boolean
  /** It always can. */
  readonly certain: boolean
}

function wide(set: CharSet, end = false): Uint8Array {
  const chars = new Uint8Array(SIZE)
  chars.set(set)
  if (end) chars[END] = 1
  return chars
}

export function union(one: Uint8Array, other: Uint8Array): Uint8Array {
  if (one === NONE || other === EVERY) return other
  if (other === NONE || one === EVERY) return one
  const both = new Uint8Array(SIZE)
  for (let code = 0; code < SIZE; code++) both[code] = one[code]! | other[code]!
  return both
}

export function apart(one: Uint8Array, other: Uint8Array): boolean {
  for (let code = 0; code < SIZE; code++) if (one[code] === 1 && other[code] === 1) return false
  return true
}

const EMPTY: Begin = Object.freeze({ chars: NONE, passes: true, certain: true })
const ASSERTION: Begin = Object.freeze({ ...EMPTY, certain: false })
const AT_END: Begin = Object.freeze({ chars: wide(ofCodes([10]), true), passes: false, certain: false })
const AT_VERY_END: Begin = Object.freeze({ ...AT_END, chars: wide(ofCodes([]), true) })
const ANYTHING: Begin = Object.freeze({ chars: EVERY, passes: true, certain: false })

const begins = new WeakMap<object, Begin>()

function beginOf(node: Node): Begin {
  // sets of single letters are shared by all patterns
  const key = node.kind === 'set' ? node.set : node
  let begin = begins.get(key)
  if (begin === undefined) {
    begin = findBegin(node)
    begins.set(key, begin)
  }
  return begin
}

function findBegin(node: Node): Begin {
  switch (node.kind) {
    case 'set':
      return { chars: wide(node.set), passes: false, certain: false }
    case 'sequence': {
      let { chars, certain } = EMPTY
      for (const item of node.items) {
        const begin = beginOf(item)
        chars = union(chars, begin.chars)
        if (!begin.passes) return { chars, passes: false, certain: false }
        certain &&= begin.certain
      }
      return { chars, passes: true, certain }
    }
    case 'either': {
      const branches = node.branches.map(beginOf)
      return {
        chars: branches.map(({ chars }) => chars).reduce(union),
        passes: branches.some(({ passes }) => passes),
        certain: branches.some(({ certain }) => certain),
      }
    }
    case 'capture':
      return beginOf(node.body)
    case 'atomic':
      return { ...beginOf(node.body), certain: false }
    case 'repeat': {
      if (node.max === 0) return EMPTY
      const body = beginOf(node.body)
      if (node.min === 0) return { chars: body.chars, passes: true, certain: true }
      return { ...body, certain: body.certain && node.min === 1 }
    }
    case 'look':
      return ASSERTION
    case 'back':
      return ANYTHING
    case 'anchor':
      if (node.at === 'end' || node.at === 'lineEnd') return AT_END
      return node.at === 'veryEnd' ? AT_VERY_END : ASSERTION
  }
}

/** What is ahead of `node` followed by `next`. Assertions are taken to let everything pass. */
export function ahead(node: Node, next: Ahead): Ahead {
  const { chars, passes, certain } = beginOf(node)
  return passes ? { chars: union(chars, next.chars), sure: certain && next.sure } : { chars, sure: false }
}
