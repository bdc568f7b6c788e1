/**
 * Counts of words that were asked for before, so that a mail costs few look-ups in the database. Direct-mapped: a word
 * has one place and replaces what was there. Lessons, also of other processes, are applied to it, so it is exact.
 */
import { lowBits } from './word-filter.ts'

export class CountCache {
  readonly #keys: Float64Array
  readonly #counts: Float64Array
  readonly #mask: number

  /** 2^bits words, 24 octets each. */
  constructor(bits: number) {
    this.#keys = new Float64Array(1 << bits).fill(-1)
    this.#counts = new Float64Array(2 << bits)
    this.#mask = (1 << bits) - 1
  }

  /** Copies the two counts to `into` at `index`; false when the word is not held. */
  read(word: number, into: Float64Array, index: number): boolean {
    const place = this.#place(word)
    if (this.#keys[place] !== word) return false
    into[index] = this.#counts[2 * place]!
    into[index + 1] = this.#counts[2 * place + 1]!
    return true
  }

  put(word: number, spam: number, ham: number): void {
    const place = this.#place(word)
    this.#keys[place] = word
    this.#counts[2 * place] = spam
    this.#counts[2 * place + 1] = ham
  }

  /** Changes a held word; others will be read from the database when asked for. */
  add(word: number, spam: number, ham: number): void {
    const place = this.#place(word)
    if (this.#keys[place] !== word) return
    this.#counts[2 * place] = Math.max(0, this.#counts[2 * place]! + spam)
    this.#counts[2 * place + 1] = Math.max(0, this.#counts[2 * place + 1]! + ham)
  }

  clear(): void {
    this.#keys.fill(-1)
  }

  #place(word: number): number {
    return lowBits(word) & this.#mask
  }
}
