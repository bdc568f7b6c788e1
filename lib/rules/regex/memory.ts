/** What a search has found out about its line: from which place of the pattern there is no match at which octet. */
import { OutOfSteps } from './account.ts'
import type { Code } from './code.ts'

/** Words of 32 bits that one search may remember. */
const MAX_WORDS = 12_000_000
/** Words that one success takes. */
const WIN = 8

export class Memory {
  readonly #code: Code
  /** By memo: a bit for each place of the line, or a word where it holds for one state of the captures only. */
  readonly #failed: (Int32Array | undefined)[] = []
  readonly #won: (Map<number, number> | undefined)[] = []
  readonly #used = new Set<number>()
  #words = 0
  #low = 0
  #length = 0

  constructor(code: Code) {
    this.#code = code
  }

  get isEmpty(): boolean {
    return this.#used.size === 0
  }

  /** Forgets everything: another line begins. */
  line(low: number, high: number): void {
    const length = high - low
    const grown = length > this.#length
    this.#low = low
    this.#length = length
    if (this.#used.size === 0) return
    for (const memo of this.#used) {
      this.#won[memo] = undefined
      if (grown) this.#failed[memo] = undefined
      else this.#failed[memo]?.fill(0, 0, this.#wordsFor(memo))
    }
    if (!grown) return
    this.#used.clear()
    this.#words = 0
  }

  #wordsFor(memo: number): number {
    return this.#code.fleeting[memo] === 1 ? this.#length + 1 : (this.#length >> 5) + 1
  }

  /** `state`: a number, from 0 on, for what backreferences read. */
  hasFailed(memo: number, pos: number, state: number): boolean {
    const row = this.#failed[memo]
    if (row === undefined) return false
    const place = pos - this.#low
    if (this.#code.fleeting[memo] === 1) return row[place] === state + 1
    return ((row[place >> 5]! >> (place & 31)) & 1) === 1
  }

  /** From where a run fails, it fails wherever it goes on to: the last end from `pos` on that is worth a try. */
  beforeFailed(memo: number, pos: number, end: number, step: number, state: number): number {
    if (this.#failed[memo] === undefined) return end
    for (let at = pos + step; at !== end + step; at += step)
      if (this.hasFailed(memo, at, state)) return at - step
    return end
  }

  /** Throws `OutOfSteps` where there is no room. */
  fail(memo: number, pos: number, state: number): void {
    let row = this.#failed[memo]
    if (row === undefined) {
      const words = this.#wordsFor(memo)
      this.#use(words)
      row = new Int32Array(words)
      this.#used.add(memo)
      this.#failed[memo] = row
    }
    const place = pos - this.#low
    if (this.#code.fleeting[memo] === 1) row[place] = state + 1
    else row[place >> 5]! |= 1 << (place & 31)
  }

  /** Where the match ends that is known from here on. */
  endFrom(memo: number, pos: number): number | undefined {
    return this.#won[memo]?.get(pos)
  }

  /** Throws `OutOfSteps` where there is no room. */
  win(memo: number, pos: number, end: number): void {
    let wins = this.#won[memo]
    if (wins === undefined) {
      wins = new Map()
      this.#used.add(memo)
      this.#won[memo] = wins
    }
    if (wins.has(pos)) return
    this.#use(WIN)
    wins.set(pos, end)
  }

  #use(words: number): void {
    this.#words += words
    if (this.#words > MAX_WORDS) throw new OutOfSteps('out of memory')
  }
}
