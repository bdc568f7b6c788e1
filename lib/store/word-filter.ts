/**
 * Which words the database may hold: a Bloom filter, so that the many words of a mail that were never seen before cost
 * no look-up. Of 2 MB; with a million words it is wrong about one in a hundred, with four million about one in seven, and
 * being wrong costs a look-up, nothing else. Words that were dropped stay in it.
 */
export class WordFilter {
  readonly octets: Uint8Array
  readonly #bits: number

  /** `octets`: a power of two. */
  constructor(octets: number) {
    this.octets = new Uint8Array(octets)
    this.#bits = 8 * octets
  }

  add(word: number): void {
    const one = this.#one(word)
    const two = this.#two(word)
    this.octets[one >>> 3]! |= 1 << (one & 7)
    this.octets[two >>> 3]! |= 1 << (two & 7)
  }

  has(word: number): boolean {
    const one = this.#one(word)
    if ((this.octets[one >>> 3]! & (1 << (one & 7))) === 0) return false
    const two = this.#two(word)
    return (this.octets[two >>> 3]! & (1 << (two & 7))) !== 0
  }

  // Words are hashes already: two stretches of their bits.
  #one(word: number): number {
    return lowBits(word) & (this.#bits - 1)
  }
  #two(word: number): number {
    return lowBits(Math.floor(word / 2 ** 25)) & (this.#bits - 1)
  }
}

/** The remainder of 2^31; `%` of numbers this large is a call of its own. */
export const lowBits = (word: number): number => word - Math.floor(word / 2 ** 31) * 2 ** 31
