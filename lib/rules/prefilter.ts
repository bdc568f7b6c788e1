/**
 * Finds the strings of many patterns in one pass over a text.
 *
 * Each string is filed under one of its windows of four octets (three, if it is no longer), the rarest by a table of
 * how common letters are in mail. A pass hashes every window of the text and looks it up in a bit table that fits the
 * first-level cache; only where a bit is set are the strings under it compared. All patterns of which a string is
 * found are marked; the others cannot match and never run.
 */

import { SHARES } from './regex/frequency.ts'

const WINDOW_BITS = 16
const WINDOW_SIZE = 1 << WINDOW_BITS

interface Entry {
  readonly string: string
  /** Where the window begins in the string. */
  readonly offset: number
  /** Patterns that need this string or one of its companions. */
  readonly patterns: readonly number[]
  /** The pass in which it was last found. */
  seen: number
}

function rarestWindow(string: string, size: number): number {
  let best = 0
  let least = Infinity
  for (let at = 0; at + size <= string.length; at++) {
    let weight = 1
    for (let step = 0; step < size; step++) weight *= SHARES[string.charCodeAt(at + step)]!
    if (weight < least) {
      least = weight
      best = at
    }
  }
  return best
}

function hash3(a: number, b: number, c: number): number {
  return (Math.imul(a | (b << 8) | (c << 16), 0x9e3779b1) >>> (32 - WINDOW_BITS)) & (WINDOW_SIZE - 1)
}
function hash4(a: number, b: number, c: number, d: number): number {
  return (
    (Math.imul(a | (b << 8) | (c << 16) | (d << 24), 0x85ebca6b) >>> (32 - WINDOW_BITS)) & (WINDOW_SIZE - 1)
  )
}

export class Prefilter {
  /** 1 where a window of four begins a chain, 2 where one of three does. */
  readonly #table = new Uint8Array(WINDOW_SIZE)
  readonly #four = new Map<number, Entry[]>()
  readonly #three = new Map<number, Entry[]>()
  /** Number of strings looked for. */
  readonly size: number
  #pass = 0
  #buffer = Buffer.alloc(1 << 16)

  /** `literals` of pattern n: one of them is in every match. Patterns without are not marked here. */
  constructor(literals: ReadonlyMap<number, readonly string[]>) {
    const users = new Map<string, number[]>()
    for (const [pattern, strings] of literals) {
      for (const string of strings) {
        const list = users.get(string)
        if (list === undefined) users.set(string, [pattern])
        else list.push(pattern)
      }
    }
    for (const [string, patterns] of users) this.#add(string, patterns)
    this.size = users.size
  }

  #add(string: string, patterns: readonly number[]): void {
    const size = string.length >= 4 ? 4 : 3
    const offset = rarestWindow(string, size)
    const code = (step: number): number => string.charCodeAt(offset + step)
    const key = size === 4 ? hash4(code(0), code(1), code(2), code(3)) : hash3(code(0), code(1), code(2))
    const chains = size === 4 ? this.#four : this.#three
    this.#table[key]! |= size === 4 ? 1 : 2
    const entry: Entry = { string, offset, patterns, seen: 0 }
    const chain = chains.get(key)
    if (chain === undefined) chains.set(key, [entry])
    else chain.push(entry)
  }

  /** Sets `marks[pattern]` to 1 for every pattern whose strings allow it to match in `text` (octets). */
  scan(text: string, marks: Uint8Array): void {
    const pass = ++this.#pass
    const lower = text.toLowerCase()
    const length = lower.length
    if (this.#buffer.length < length + 4) this.#buffer = Buffer.alloc(2 * length + 4)
    const octets = this.#buffer
    octets.write(lower, 0, length, 'latin1')
    const table = this.#table
    let a = octets[0]!
    let b = octets[1]!
    let c = octets[2]!
    for (let at = 0; at + 3 <= length; at++) {
      const d = at + 3 < length ? octets[at + 3]! : 0
      if ((table[hash4(a, b, c, d)]! & 1) !== 0)
        this.#check(this.#four.get(hash4(a, b, c, d)), lower, at, pass, marks)
      if ((table[hash3(a, b, c)]! & 2) !== 0)
        this.#check(this.#three.get(hash3(a, b, c)), lower, at, pass, marks)
      a = b
      b = c
      c = d
    }
  }

  #check(
    chain: readonly Entry[] | undefined,
    lower: string,
    at: number,
    pass: number,
    marks: Uint8Array,
  ): void {
    if (chain === undefined) return
    for (const entry of chain) {
      if (entry.seen === pass || at < entry.offset || !lower.startsWith(entry.string, at - entry.offset))
        continue
      entry.seen = pass
      for (const pattern of entry.patterns) marks[pattern] = 1
    }
  }
}
