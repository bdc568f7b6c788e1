/**
 * Tokens to numbers. Words get a 53-bit identity (the key of their counts in the database); words, pairs of
 * neighbours and character sequences get a slot in the linear model's table of weights. Everything is keyed with a
 * secret of the database, so that nobody outside can choose words that collide.
 */
import type { Half, Tokens } from './tokens.ts'

/** Weights of the linear model: 2^21, 8 MB. Doubling it changed nothing on 6000 mails; a quarter cost 3 %. */
export const SLOT_BITS = 21
export const SLOTS = 1 << SLOT_BITS
export interface Features {
  /** Identities of the distinct words, those of the header first; how many those are. */
  readonly words: Float64Array
  readonly headerWords: number
  /** Slots of words, pairs and character sequences, of the header, then of the body (`BLOCKS_A_HALF` each). */
  readonly blocks: readonly Int32Array[]
}
export const BLOCKS_A_HALF = 3
/** Two numbers that key the hashes, 32 bits each. */
export type Salt = readonly [number, number]

/** How far apart two words of a pair may stand. */
const WINDOW = 4
const GRAM = 4
const MOST_PAIRS = 20_000

/** Every distinct token of a mail with its identity and slot; `name` is for explaining. */
export interface NamedWord {
  readonly name: string
  readonly id: number
  readonly slot: number
}

/** The features of a mail. */
export function featuresOf({ header, body }: Tokens, salt: Salt): Features {
  const halves = [halfOf(header, salt), halfOf(body, salt)] as const
  return {
    words: Float64Array.from(halves.flatMap(({ words }) => Array.from(words.values(), ({ id }) => id))),
    headerWords: halves[0].words.size,
    blocks: halves.flatMap(({ words, pairs, grams }) => [
      Int32Array.from(words.values(), ({ slot }) => slot & (SLOTS - 1)),
      Int32Array.from(pairs),
      Int32Array.from(grams),
    ]),
  }
}

interface HalfFeatures {
  readonly words: Map<string, Hash>
  readonly pairs: Set<number>
  readonly grams: Set<number>
}

function halfOf({ single, sequences, text }: Half, salt: Salt): HalfFeatures {
  const words = new Map<string, Hash>()
  const pairs = new Set<number>()
  const grams = new Set<number>()
  for (const token of single) hashInto(words, token, salt)
  for (const sequence of sequences) {
    const slots = sequence.map((token) => {
      const lower = token.toLowerCase()
      if (lower !== token) hashInto(words, `~${lower}`, salt)
      return hashInto(words, token, salt).slot
    })
    addPairs(slots, salt, pairs)
  }
  addOrderTriples(single, words, salt, pairs)
  addGrams(text, salt, grams)
  return { words, pairs, grams }
}

/** The distinct words of a half with their names, in order of appearance; for explaining and for looking words up. */
export function namedWords(half: Half, salt: Salt): NamedWord[] {
  return [...halfOf(half, salt).words].map(([name, { id, slot }]) => ({ name, id, slot: slot & (SLOTS - 1) }))
}

interface Hash {
  readonly id: number
  readonly slot: number
}

function hashInto(words: Map<string, Hash>, token: string, salt: Salt): Hash {
  const known = words.get(token)
  if (known) return known
  const hash = hashOf(token, salt)
  words.set(token, hash)
  return hash
}

/** Two FNV-1a hashes in one pass, finished by a mixer; keyed by their starting values. */
function hashOf(token: string, [low, high]: Salt): Hash {
  let a = 0x811c9dc5 ^ low
  let b = 0x1b873593 ^ high
  for (let at = 0; at < token.length; at++) {
    const code = token.charCodeAt(at)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13)
  }
  const slot = mixed(a)
  return { slot, id: (mixed(b ^ a) >>> 0) * 2 ** 21 + (slot & (2 ** 21 - 1)) }
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 15)
  h = Math.imul(h, 0x2c1b3c6d)
  h ^= h >>> 12
  h = Math.imul(h, 0x297a2d39)
  return h ^ (h >>> 15)
}

function addPairs(hashes: readonly number[], [low]: Salt, pairs: Set<number>): void {
  for (let at = 0; at < hashes.length && pairs.size < MOST_PAIRS; at++) {
    const left = Math.imul(hashes[at]! ^ low, 0x9e3779b1)
    for (let distance = 1; distance <= WINDOW && at + distance < hashes.length; distance++)
      pairs.add(
        mixed(left + Math.imul(hashes[at + distance]!, 0x85ebca77) + Math.imul(distance, 0xc2b2ae3d)) &
          (SLOTS - 1),
      )
  }
}

/** Three header names in a row belong with the pairs: mail programs are known by the order they write. */
function addOrderTriples(
  single: readonly string[],
  words: Map<string, Hash>,
  [low]: Salt,
  pairs: Set<number>,
): void {
  const order = single.filter((token) => token.startsWith('?order='))
  for (let at = 0; at + 1 < order.length; at++) {
    const left = words.get(order[at]!)?.slot ?? 0
    const right = words.get(order[at + 1]!)?.slot ?? 0
    pairs.add(mixed(Math.imul(left ^ low, 0x9e3779b1) + Math.imul(right, 0x27d4eb2f)) & (SLOTS - 1))
  }
}

function addGrams(text: string, [, high]: Salt, grams: Set<number>): void {
  let a = 0
  let b = 0
  let c = 0
  for (let at = 0; at < text.length; at++) {
    const d = text.charCodeAt(at)
    if (at >= GRAM - 1)
      grams.add(
        mixed(
          high ^
            (Math.imul(a, 0x9e3779b1) +
              Math.imul(b, 0x85ebca77) +
              Math.imul(c, 0xc2b2ae3d) +
              Math.imul(d, 0x27d4eb2f)),
        ) &
          (SLOTS - 1),
      )
    a = b
    b = c
    c = d
  }
}
