/**
 * Runs over a text once and tells which of many outlines (`regex/outline.ts`) occur in it.
 *
 * Shift-and: each outline has one bit a step, all outlines side by side in machine words. A bit is set where the
 * octets so far lead up to that step; a shift, an or and two ands per word and octet move all outlines on.
 */
import type { Step } from './regex/outline.ts'

interface Lane {
  readonly pattern: number
  /** The bit of its last step. */
  readonly last: number
}

const WORD = 32

/** Words that move on together in one round over the text: each waits for its own last result only. */
const ABREAST = 4

export class StepFilter {
  /** Number of words, a multiple of ABREAST. */
  readonly #words: number
  /** By octet, then by word. */
  readonly #firsts: Int32Array
  readonly #gaps: Int32Array
  readonly #starts: Int32Array
  readonly #lanes: readonly (readonly Lane[])[]
  #buffer = Buffer.alloc(1 << 16)

  constructor(outlines: ReadonlyMap<number, readonly Step[]>) {
    const lanes: Lane[][] = []
    const places: { readonly word: number; readonly bit: number; readonly step: Step }[] = []
    let used = WORD
    for (const [pattern, steps] of outlines) {
      if (used + steps.length > WORD) {
        lanes.push([])
        used = 0
      }
      const word = lanes.length - 1
      for (const [at, step] of steps.entries()) places.push({ word, bit: 1 << (used + at), step })
      lanes[word]!.push({ pattern, last: 1 << (used + steps.length - 1) })
      used += steps.length
    }
    while (lanes.length % ABREAST !== 0) lanes.push([])
    this.#words = lanes.length
    this.#lanes = lanes
    this.#firsts = new Int32Array(256 * lanes.length)
    this.#gaps = new Int32Array(256 * lanes.length)
    // The bit after the last one of a lane is the first one of the next.
    this.#starts = Int32Array.from(
      lanes,
      (list) => (list.reduce((bits, lane) => bits | lane.last, 0) << 1) | 1,
    )
    for (const { word, bit, step } of places) this.#enter(word, bit, step)
  }

  #enter(word: number, bit: number, { first, gap }: Step): void {
    for (let code = 0; code < 256; code++) {
      const at = code * this.#words + word
      if (first[code] === 1) this.#firsts[at]! |= bit
      if (gap[code] === 1) this.#gaps[at]! |= bit
    }
  }

  /** Sets `marks[pattern]` to 1 for every pattern whose outline occurs in `text` (octets). */
  scan(text: string, marks: Uint8Array): void {
    if (this.#words === 0) return
    const length = text.length
    if (this.#buffer.length < length) this.#buffer = Buffer.alloc(2 * length)
    const octets = this.#buffer
    octets.write(text, 0, length, 'latin1')
    for (let word = 0; word < this.#words; word += ABREAST) this.#scanWords(word, octets, length, marks)
  }

  #scanWords(word: number, octets: Uint8Array, length: number, marks: Uint8Array): void {
    const firsts = this.#firsts
    const gaps = this.#gaps
    const words = this.#words
    const [start0, start1, start2, start3] = this.#starts.subarray(word, word + ABREAST)
    let state0 = 0
    let state1 = 0
    let state2 = 0
    let state3 = 0
    let found0 = 0
    let found1 = 0
    let found2 = 0
    let found3 = 0
    for (let at = 0; at < length; at++) {
      const row = octets[at]! * words + word
      state0 = (((state0 << 1) | start0!) & firsts[row]!) | (state0 & gaps[row]!)
      state1 = (((state1 << 1) | start1!) & firsts[row + 1]!) | (state1 & gaps[row + 1]!)
      state2 = (((state2 << 1) | start2!) & firsts[row + 2]!) | (state2 & gaps[row + 2]!)
      state3 = (((state3 << 1) | start3!) & firsts[row + 3]!) | (state3 & gaps[row + 3]!)
      found0 |= state0
      found1 |= state1
      found2 |= state2
      found3 |= state3
    }
    this.#mark(word, found0, marks)
    this.#mark(word + 1, found1, marks)
    this.#mark(word + 2, found2, marks)
    this.#mark(word + 3, found3, marks)
  }

  #mark(word: number, found: number, marks: Uint8Array): void {
    for (const { pattern, last } of this.#lanes[word]!) if ((found & last) !== 0) marks[pattern] = 1
  }
}
