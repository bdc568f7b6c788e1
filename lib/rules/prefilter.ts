/**
 * Finds the strings of many patterns in one pass over a text.
 *
 * Each string is filed under one of its windows of three octets, the rarest by a table of how common letters are in
 * mail. Octets count by class there (each letter is one, digits are one), so that a window has 15 bits and the table
 * of windows that begin a chain fits the first-level cache. Only where one stands in the text are the strings under it
 * compared. All patterns of which a string is found are marked; the others cannot match and never run.
 */

import { CLASSES, CLASS_BITS, LOWER, WINDOW, WINDOWS, chanceOfWindow, windowAt } from './regex/windows.ts'

/** So few strings are found sooner one by one. */
const FEW = 6

interface Entry {
  readonly string: string
  readonly codes: Uint8Array
  /** The window under which it is filed, and where that begins in the string. */
  readonly window: number
  readonly offset: number
  /** Patterns that need this string or one of its companions. */
  readonly patterns: readonly number[]
  /** Number of the kind of text it is looked for in. */
  readonly kind: number
  /** The pass in which it was last found. */
  seen: number
}

/**
 * A row of the table says of one string, in one number: an octet beside its window, by which most are told apart (8
 * bits), the side on which that stands (2 bits), and whether it is the last row of its window. The strings of a window
 * follow each other, so that going through them touches little memory.
 */
const AFTER = 0
const BEFORE = 1
const WITHIN = 2
const SIDE_SHIFT = 8
/** From the window's last octet. */
const SIDES = Int32Array.of(1, -WINDOW, 0)
const LAST = 1 << 10

function rarestWindow(codes: Uint8Array): number {
  let best = 0
  let least = Infinity
  for (let at = 0; at + WINDOW <= codes.length; at++) {
    const chance = chanceOfWindow(windowAt(codes, at))
    if (chance < least) {
      least = chance
      best = at
    }
  }
  return best
}

/** Octets before the text in the buffer, so that what stands before a window can be looked at. */
const MARGIN = 8
/** The text being searched, as octets; shared, because only one is at a time. */
let buffer = Buffer.alloc(1 << 16)
let passes = 0

/** Strings that are looked for in the same texts. */
interface Group {
  readonly entries: readonly Entry[]
  /** Its strings if they are few; they are in no chain. */
  readonly few: readonly Entry[]
}

export class Prefilter {
  /** The first row of each window; 0 where none begins. */
  readonly #firsts: Uint16Array | Int32Array
  readonly #rows: Int32Array
  /** By row. */
  readonly #entries: readonly Entry[]
  readonly #groups: readonly Group[]

  /**
   * A map for each kind of text: `literals` of pattern n are strings of which one is in every match. Patterns without
   * are not marked here.
   */
  constructor(kinds: readonly ReadonlyMap<number, readonly string[]>[]) {
    this.#groups = kinds.map(groupOf)
    const filed = this.#groups.flatMap(({ entries, few }) => (few.length === 0 ? entries : []))
    // Row 0 stands for none.
    const [nothing] = filed
    this.#entries = nothing === undefined ? [] : [nothing, ...filed.sort((a, b) => a.window - b.window)]
    this.#firsts = filed.length < 1 << 16 ? new Uint16Array(WINDOWS) : new Int32Array(WINDOWS)
    this.#rows = Int32Array.from(this.#entries, rowOf)
    for (const [row, { window }] of this.#entries.entries()) {
      if (row === 0) continue
      if (this.#firsts[window] === 0) this.#firsts[window] = row
      if (this.#entries[row + 1]?.window !== window) this.#rows[row]! |= LAST
    }
  }

  /** Sets `marks[pattern]` to 1 for every pattern of a kind whose strings allow it to match in `text` (octets). */
  scan(text: string, marks: Uint8Array, kind = 0): void {
    const group = this.#groups[kind]
    if (group === undefined || group.entries.length === 0 || text.length < WINDOW) return
    if (group.few.length > 0) markFew(group.few, text, marks)
    else this.#scan(text, marks, kind)
  }

  #scan(text: string, marks: Uint8Array, kind: number): void {
    const pass = ++passes
    const end = MARGIN + text.length
    if (buffer.length < end + MARGIN) buffer = Buffer.alloc(2 * end + MARGIN)
    const octets = buffer
    octets.write(text, MARGIN, text.length, 'latin1')
    const firsts = this.#firsts
    const rows = this.#rows
    let window = windowAt(octets, MARGIN) >> CLASS_BITS
    for (let at = MARGIN + WINDOW - 1; at < end; at++) {
      window = ((window << CLASS_BITS) | CLASSES[octets[at]!]!) & (WINDOWS - 1)
      let row = firsts[window]!
      if (row === 0) continue
      for (;;) {
        const told = rows[row]!
        if (LOWER[octets[at + SIDES[(told >> SIDE_SHIFT) & 3]!]!] === (told & 255))
          this.#compare(this.#entries[row]!, kind, pass, octets, at, end, marks)
        if ((told & LAST) !== 0) break
        row++
      }
    }
  }

  #compare(
    entry: Entry,
    kind: number,
    pass: number,
    octets: Uint8Array,
    at: number,
    end: number,
    marks: Uint8Array,
  ): void {
    if (entry.kind !== kind || entry.seen === pass) return
    if (!standsAt(entry, octets, at + 1 - WINDOW, end)) return
    entry.seen = pass
    for (const pattern of entry.patterns) marks[pattern] = 1
  }
}

function groupOf(literals: ReadonlyMap<number, readonly string[]>, kind: number): Group {
  const users = new Map<string, number[]>()
  for (const [pattern, strings] of literals) {
    for (const string of strings) {
      const list = users.get(string)
      if (list === undefined) users.set(string, [pattern])
      else list.push(pattern)
    }
  }
  const entries = [...users].map(([string, patterns]) => entryOf(string, patterns, kind))
  return { entries, few: entries.length <= FEW ? entries : [] }
}

function entryOf(string: string, patterns: readonly number[], kind: number): Entry {
  const codes = Uint8Array.from(string, (char) => char.charCodeAt(0))
  const offset = rarestWindow(codes)
  return { string, codes, window: windowAt(codes, offset), offset, patterns, kind, seen: 0 }
}

function rowOf({ codes, offset }: Entry): number {
  const last = offset + WINDOW - 1
  const side = last + 1 < codes.length ? AFTER : offset > 0 ? BEFORE : WITHIN
  return codes[last + SIDES[side]!]! | (side << SIDE_SHIFT)
}

/** Whether the string stands where its window does. */
function standsAt({ codes, offset }: Entry, octets: Uint8Array, window: number, end: number): boolean {
  const start = window - offset
  if (start < MARGIN || start + codes.length > end) return false
  for (let step = 0; step < codes.length; step++)
    if (LOWER[octets[start + step]!] !== codes[step]) return false
  return true
}

function markFew(entries: readonly Entry[], text: string, marks: Uint8Array): void {
  const lower = text.toLowerCase()
  for (const { string, patterns } of entries)
    if (lower.includes(string)) for (const pattern of patterns) marks[pattern] = 1
}
