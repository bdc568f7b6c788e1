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
/** Distinct pairs, or character sequences, of half a mail. */
const MOST_SLOTS = 20_000
/** More than that, a power of two. */
const TABLE = 32_768

/** What the slots of half a mail are called. */
export interface Names {
  readonly words: readonly { readonly name: string; readonly id: number; readonly slot: number }[]
  /** By slot; header names in threes have none. */
  readonly pairs: ReadonlyMap<number, string>
  readonly grams: ReadonlyMap<number, string>
}

/** The features of a mail. */
export function featuresOf({ header, body }: Tokens, salt: Salt): Features {
  const above = halfOf(header, salt)
  const below = halfOf(body, salt)
  const words = new Float64Array(above.words.ids.length + below.words.ids.length)
  words.set(above.words.ids)
  words.set(below.words.ids, above.words.ids.length)
  return {
    words,
    headerWords: above.words.ids.length,
    blocks: [above, below].flatMap((half) => [Int32Array.from(half.words.slots), half.pairs, half.grams]),
  }
}

/** Readable names of everything that has a slot in half a mail; for explaining, not for speed. */
export function namesOf({ single, sequences, text }: Half, salt: Salt): Names {
  const words = new Words(salt)
  for (const token of single) words.add(token)
  const pairs = new Map<number, string>()
  for (const sequence of sequences)
    addPairs(slotsOf(sequence, words), salt, (slot, left, right) => {
      const apart = '… '.repeat(right - left - 1)
      if (!pairs.has(slot)) pairs.set(slot, `${sequence[left]} ${apart}${sequence[right]}`)
    })
  const grams = new Map<number, string>()
  addGrams(text, salt, (slot, end) => grams.set(slot, `"${text.slice(end - GRAM, end)}"`))
  const { places, ids, slots } = words
  return {
    words: [...places].map(([name, place]) => ({ name, id: ids[place]!, slot: slots[place]! })),
    pairs,
    grams,
  }
}

/** Distinct words in order of appearance. */
class Words {
  readonly places = new Map<string, number>()
  readonly ids: number[] = []
  readonly slots: number[] = []
  readonly #salt: Salt

  constructor(salt: Salt) {
    this.#salt = salt
  }

  /** Returns its slot. */
  add(token: string): number {
    const place = this.places.get(token)
    if (place !== undefined) return this.slots[place]!
    this.places.set(token, this.ids.length)
    return hashOf(token, this.#salt, this.ids, this.slots)
  }
}

/**
 * Distinct slots in order of appearance; reused from mail to mail, because a fresh set of thousands is most of the
 * work. A small hash table, so that it stays in the processor's cache.
 */
class SlotSet {
  readonly #slots = new Int32Array(TABLE)
  /** Per place of the table the round in which it was filled. */
  readonly #filled = new Uint32Array(TABLE)
  readonly #found = new Int32Array(MOST_SLOTS)
  #round = 0
  #length = 0

  add(hash: number): void {
    const slot = hash & (SLOTS - 1)
    let place = slot & (TABLE - 1)
    for (; this.#filled[place] === this.#round; place = (place + 1) & (TABLE - 1))
      if (this.#slots[place] === slot) return
    if (this.#length === MOST_SLOTS) return
    this.#slots[place] = slot
    this.#filled[place] = this.#round
    this.#found[this.#length++] = slot
  }

  begin(): void {
    this.#length = 0
    // After 2^32 mails the numbers begin anew.
    if (++this.#round === 2 ** 32) {
      this.#filled.fill(0)
      this.#round = 1
    }
  }

  taken(): Int32Array {
    return this.#found.slice(0, this.#length)
  }
}

const slotSet = new SlotSet()

interface HalfFeatures {
  readonly words: Words
  readonly pairs: Int32Array
  readonly grams: Int32Array
}

function halfOf({ single, sequences, text }: Half, salt: Salt): HalfFeatures {
  const words = new Words(salt)
  for (const token of single) words.add(token)
  slotSet.begin()
  for (const sequence of sequences) addPairs(slotsOf(sequence, words), salt)
  addOrderTriples(single, words, salt)
  const pairs = slotSet.taken()
  slotSet.begin()
  addGrams(text, salt)
  return { words, pairs, grams: slotSet.taken() }
}

function slotsOf(sequence: readonly string[], words: Words): number[] {
  return sequence.map((token) => {
    const lower = token.toLowerCase()
    if (lower !== token) words.add(`~${lower}`)
    return words.add(token)
  })
}

/** Two FNV-1a hashes in one pass, finished by a mixer; keyed by their starting values. */
function hashOf(token: string, [low, high]: Salt, ids: number[], slots: number[]): number {
  let a = 0x811c9dc5 ^ low
  let b = 0x1b873593 ^ high
  for (let at = 0; at < token.length; at++) {
    const code = token.charCodeAt(at)
    a = Math.imul(a ^ code, 0x01000193)
    b = Math.imul(b ^ code, 0x85ebca6b) ^ (b >>> 13)
  }
  const slot = mixed(a) & (SLOTS - 1)
  ids.push((mixed(b ^ a) >>> 0) * SLOTS + slot)
  slots.push(slot)
  return slot
}

function mixed(hash: number): number {
  let h = hash ^ (hash >>> 15)
  h = Math.imul(h, 0x2c1b3c6d)
  h ^= h >>> 12
  h = Math.imul(h, 0x297a2d39)
  return h ^ (h >>> 15)
}

/** `name` is told the hash of each pair and where its two words stand. */
function addPairs(
  slots: readonly number[],
  [low]: Salt,
  name?: (slot: number, left: number, right: number) => void,
): void {
  for (let at = 0; at < slots.length; at++) {
    const left = Math.imul(slots[at]! ^ low, 0x9e3779b1)
    const end = Math.min(WINDOW, slots.length - 1 - at)
    for (let distance = 1; distance <= end; distance++) {
      const right = Math.imul(slots[at + distance]!, 0x85ebca77)
      const hash = mixed(left + right + Math.imul(distance, 0xc2b2ae3d))
      slotSet.add(hash)
      name?.(hash & (SLOTS - 1), at, at + distance)
    }
  }
}

/** Three header names in a row belong with the pairs: mail programs are known by the order they write. */
function addOrderTriples(single: readonly string[], words: Words, [low]: Salt): void {
  const order = single.filter((token) => token.startsWith('?order='))
  for (let at = 0; at + 1 < order.length; at++)
    slotSet.add(
      mixed(
        Math.imul(words.add(order[at]!) ^ low, 0x9e3779b1) + Math.imul(words.add(order[at + 1]!), 0x27d4eb2f),
      ),
    )
}

/** `name` is told the hash of each sequence and where it ends. */
function addGrams(text: string, [, high]: Salt, name?: (slot: number, end: number) => void): void {
  let a = 0
  let b = 0
  let c = 0
  for (let at = 0; at < text.length; at++) {
    const d = Math.imul(text.charCodeAt(at), 0x27d4eb2f)
    if (at >= GRAM - 1) {
      const hash = mixed(
        high ^ (Math.imul(a, 0x9e3779b1) + Math.imul(b, 0x85ebca77) + Math.imul(c, 0xc2b2ae3d) + d),
      )
      slotSet.add(hash)
      name?.(hash & (SLOTS - 1), at + 1)
    }
    a = b
    b = c
    c = d
  }
}
