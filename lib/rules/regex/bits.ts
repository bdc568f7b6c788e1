/** Sets of octets as 256 bits: quick to join and small, for what is worked out from sets and thrown away. */
import { type CharSet, emptySet } from './charset.ts'

/** Eight words of 32 bits. */
export type Bits = Int32Array

const WORDS = 8
/** Sets of single letters are shared by all patterns. */
const known = new WeakMap<CharSet, Bits>()

export function bitsOf(set: CharSet): Bits {
  let bits = known.get(set)
  if (bits === undefined) {
    bits = new Int32Array(WORDS)
    for (let code = 0; code < 256; code++) if (set[code] === 1) bits[code >> 5]! |= 1 << (code & 31)
    known.set(set, bits)
  }
  return bits
}

export function setOf(bits: Bits): CharSet {
  const set = emptySet()
  for (let code = 0; code < 256; code++) set[code] = (bits[code >> 5]! >>> (code & 31)) & 1
  return set
}

/** What is in any of them. */
export function joined(sets: readonly Bits[]): Bits {
  const result = new Int32Array(WORDS)
  for (const set of sets) for (let word = 0; word < WORDS; word++) result[word]! |= set[word]!
  return result
}
