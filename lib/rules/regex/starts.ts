/**
 * With which windows (`windows.ts`) a match of a pattern can begin.
 *
 * V8 tries a pattern of many alternatives at every place of a text, one alternative after the other. Where the window
 * at a place is none that a match can begin with, it need not try at all.
 */
import type { Node, Pattern } from './ast.ts'
import { CLASSES, CLASS_BITS, WINDOW, WINDOWS, chanceOfWindow } from './windows.ts'

/** Windows that are more, or together more likely at a place of the text, save nothing. */
const MAX_STARTS = 600
const WORTHLESS = 0.03
/** Beginnings kept apart while a pattern is walked. */
const MAX_HEADS = 6000
/** Class of what anchors consume in the joined form: octet 0 and newlines. */
const RIM = CLASSES[0]!

/** Beginnings of a match: rows of classes, each a number with a 1 before the first class. No longer than a window. */
type Heads = ReadonlySet<number>

const EMPTY = 1
const NOTHING: Heads = new Set([EMPTY])
/** An anchor may consume up to two octets. */
const ANCHOR: Heads = new Set([EMPTY, appended(EMPTY, RIM), appended(appended(EMPTY, RIM), RIM)])

class TooMany extends Error {}

function appended(head: number, code: number): number {
  return (head << CLASS_BITS) | code
}

function isWhole(head: number): boolean {
  return head >= 1 << (WINDOW * CLASS_BITS)
}

/** Each of `heads` followed by each of `tails`, cut to a window. */
function joined(heads: Heads, tails: Heads): Heads {
  if (heads === NOTHING) return tails
  if (tails === NOTHING) return heads
  const result = new Set<number>()
  for (const head of heads) {
    if (isWhole(head)) result.add(head)
    else for (const tail of tails) result.add(followed(head, tail))
    if (result.size > MAX_HEADS) throw new TooMany()
  }
  return result
}

function followed(head: number, tail: number): number {
  let length = 0
  while (tail >> (length * CLASS_BITS) !== 1) length++
  let result = head
  for (let at = length - 1; at >= 0 && !isWhole(result); at--)
    result = appended(result, (tail >> (at * CLASS_BITS)) & ((1 << CLASS_BITS) - 1))
  return result
}

function headsOf(node: Node): Heads {
  switch (node.kind) {
    case 'set': {
      const heads = new Set<number>()
      for (let code = 0; code < 256; code++)
        if (node.set[code] === 1) heads.add(appended(EMPTY, CLASSES[code]!))
      return heads
    }
    case 'sequence': {
      let heads = NOTHING
      for (const item of node.items) {
        heads = joined(heads, headsOf(item))
        if ([...heads].every(isWhole)) break
      }
      return heads
    }
    case 'either':
      return new Set(node.branches.flatMap((branch) => [...headsOf(branch)]))
    case 'capture':
    case 'atomic':
      return headsOf(node.body)
    case 'repeat':
      return ofRepeat(node)
    case 'look':
      return NOTHING
    case 'anchor':
      return node.at === 'boundary' || node.at === 'notBoundary' ? NOTHING : ANCHOR
    case 'back':
      throw new TooMany()
  }
}

function ofRepeat(node: Node & { kind: 'repeat' }): Heads {
  if (node.max === 0) return NOTHING
  const body = headsOf(node.body)
  const result = new Set<number>()
  let heads = NOTHING
  // After as many times as a window has octets, every row that gets longer is whole.
  for (
    let times = 0;
    times <= Math.min(node.max, Math.max(node.min, WINDOW)) && times <= 2 * WINDOW;
    times++
  ) {
    if (times >= Math.min(node.min, WINDOW)) for (const head of heads) result.add(head)
    heads = joined(heads, body)
  }
  return result
}

/** The windows, or undefined if they are too many to be of use. */
export function startsOf(pattern: Pattern): Uint16Array | undefined {
  let heads: Heads
  try {
    heads = headsOf(pattern.root)
  } catch (error) {
    if (error instanceof TooMany) return undefined
    throw error
  }
  const windows = new Set<number>()
  for (const head of heads) {
    enter(windows, head)
    if (windows.size > MAX_STARTS) return undefined
  }
  const starts = Uint16Array.from(windows)
  return starts.reduce((chance, window) => chance + chanceOfWindow(window), 0) > WORTHLESS
    ? undefined
    : starts
}

/** A row that is shorter than a window can be followed by anything. */
function enter(windows: Set<number>, head: number): void {
  let low = head
  let high = head
  while (!isWhole(low)) {
    low = appended(low, 0)
    high = appended(high, (1 << CLASS_BITS) - 1)
  }
  for (let row = low; row <= high; row++) windows.add(row & (WINDOWS - 1))
}
