/**
 * Runs over a text once and tells which of many outlines (`regex/outline.ts`) occur in it.
 *
 * Shift-and: each outline has one bit a step, all outlines side by side in machine words. A bit is set where the
 * octets so far lead up to that step; a shift, an or and two ands per word and octet move all outlines on.
 */
import type { Step } from './regex/outline.ts'

interface Lane {
  readonly pattern: number
  readonly word: number
  /** The bit of its last step. */
  readonly last: number
}

const WORD = 32

export class StepFilter {
  /** Number of outlines. */
  readonly size: number
  readonly #words: number
  readonly #firsts: Int32Array
  readonly #gaps: Int32Array
  readonly #starts: Int32Array
  readonly #ends: Int32Array
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
      lanes[word]!.push({ pattern, word, last: 1 << (used + steps.length - 1) })
      used += steps.length
    }
    this.size = outlines.size
    this.#words = lanes.length
    this.#lanes = lanes
    this.#firsts = new Int32Array(256 * lanes.length)
    this.#gaps = new Int32Array(256 * lanes.length)
    this.#ends = Int32Array.from(lanes, (list) => list.reduce((bits, lane) => bits | lane.last, 0))
    // The bit after the last one of a lane is the first one of the next.
    this.#starts = Int32Array.from(this.#ends, (bits) => (bits << 1) | 1)
    for (const { word, bit, step } of places) this.#enter(word, bit, step)
  }

  #enter(word: number, bit: number, { first, gap }: Step): void {
    for (let code = 0; code < 256; code++) {
      const at = word * 256 + code
      if (first[code] === 1) this.#firsts[at]! |= bit
      if (gap[code] === 1) this.#gaps[at]! |= bit
    }
  }

  /** Sets `marks[pattern]` to 1 for every pattern whose outline occurs in `text` (octets). */
  scan(text: string, marks: Uint8Array): void {
    const length = text.length
    if (this.#buffer.length < length) this.#buffer = Buffer.alloc(2 * length)
    const octets = this.#buffer
    octets.write(text, 0, length, 'latin1')
    for (let word = 0; word < this.#words; word++) {
      const found = this.#scanWord(word, octets, length)
      if (found === 0) continue
      for (const lane of this.#lanes[word]!) if ((found & lane.last) !== 0) marks[lane.pattern] = 1
    }
  }

  #scanWord(word: number, octets: Uint8Array, length: number): number {
    const firsts = this.#firsts
    const gaps = this.#gaps
    const start = this.#starts[word]!
    const end = this.#ends[word]!
    const base = word * 256
    let state = 0
    let found = 0
    for (let at = 0; at < length; at++) {
      const row = base + octets[at]!
      state = (((state << 1) | start) & firsts[row]!) | (state & gaps[row]!)
      found |= state
      // Every outline of this word has been seen: nothing more to learn.
      if ((found & end) === end) break
    }
    return found & end
  }
}
