/**
 * A decoder of LZMA streams, used for one thing: the directory of a 7z file is packed with it. The output size is known
 * before and bounded by the caller; a damaged stream gives null.
 *
 * LZMA is a range coder (probabilities of 11 bits, adapted by 1/32 a step) over three kinds of symbols: a literal
 * octet, a copy from earlier output, and a copy at one of the last four distances.
 */

const PROBABILITY_BITS = 11
const HALF = 1 << (PROBABILITY_BITS - 1)
const TOP = 2 ** 24
/** States 0 to 6 follow a literal. */
const LITERAL_STATES = 7

interface Range {
  bit(probabilities: Uint16Array, index: number): number
  direct(count: number): number
  /** A number of `count` bits, high bit first, each with its own probability. */
  tree(probabilities: Uint16Array, offset: number, count: number): number
  /** The same with the low bit first. */
  reverseTree(probabilities: Uint16Array, offset: number, count: number): number
  /** The input ended before the output was complete. */
  exhausted(): boolean
}

function rangeDecoder(input: Uint8Array): Range {
  let range = 0xffff_ffff
  let code = 0
  // the first octet is always 0
  for (let index = 1; index < 5; index++) code = (code * 256 + (input[index] ?? 0)) % 2 ** 32
  let at = 5
  const normalize = () => {
    if (range >= TOP) return
    range *= 256
    code = code * 256 + (input[at++] ?? 0)
  }
  const bit = (probabilities: Uint16Array, index: number): number => {
    const probability = probabilities[index] ?? HALF
    const bound = Math.floor(range / 2 ** PROBABILITY_BITS) * probability
    const one = code >= bound
    if (one) {
      code -= bound
      range -= bound
      probabilities[index] = probability - (probability >> 5)
    } else {
      range = bound
      probabilities[index] = probability + ((2 * HALF - probability) >> 5)
    }
    normalize()
    return one ? 1 : 0
  }
  return {
    bit,
    direct(count) {
      let result = 0
      for (let index = 0; index < count; index++) {
        range = Math.floor(range / 2)
        const one = code >= range
        if (one) code -= range
        normalize()
        result = result * 2 + (one ? 1 : 0)
      }
      return result
    },
    tree(probabilities, offset, count) {
      let node = 1
      for (let index = 0; index < count; index++) node = node * 2 + bit(probabilities, offset + node)
      return node - 2 ** count
    },
    reverseTree(probabilities, offset, count) {
      let node = 1
      let result = 0
      for (let index = 0; index < count; index++) {
        const one = bit(probabilities, offset + node)
        node = node * 2 + one
        result += one * 2 ** index
      }
      return result
    },
    exhausted: () => at > input.length + 5,
  }
}

const fresh = (count: number) => new Uint16Array(count).fill(HALF)

/** Lengths 2 to 273 in three ranges; the first two depend on the position. */
function lengthDecoder(range: Range, positionStates: number) {
  const choice = fresh(2)
  const low = fresh(positionStates * 8)
  const middle = fresh(positionStates * 8)
  const high = fresh(256)
  return (position: number): number => {
    if (range.bit(choice, 0) === 0) return 2 + range.tree(low, position * 8, 3)
    if (range.bit(choice, 1) === 0) return 10 + range.tree(middle, position * 8, 3)
    return 18 + range.tree(high, 0, 8)
  }
}

/** Distance behind the current place, 0 = the octet before; by a slot, then direct and aligned bits. */
function distanceDecoder(range: Range) {
  const slots = fresh(4 * 64)
  const special = fresh(128)
  const align = fresh(16)
  return (length: number): number => {
    const slot = range.tree(slots, Math.min(length - 2, 3) * 64, 6)
    if (slot < 4) return slot
    const bits = (slot >> 1) - 1
    const base = (2 + (slot & 1)) * 2 ** bits
    if (slot < 14) return base + range.reverseTree(special, base - slot, bits)
    return base + range.direct(bits - 4) * 16 + range.reverseTree(align, 0, 4)
  }
}

/** `properties` are the five octets of the coder: lc, lp and pb in the first, the dictionary size behind it. */
export function unlzma(input: Uint8Array, properties: Uint8Array, size: number): Uint8Array | null {
  const packed = properties[0] ?? 255
  if (packed >= 9 * 5 * 5) return null
  const [lc, lp, pb] = [packed % 9, Math.floor(packed / 9) % 5, Math.floor(packed / 45)]
  const range = rangeDecoder(input)
  const output = new Uint8Array(size)
  const literals = fresh(0x300 * 2 ** (lc + lp))
  const isMatch = fresh(12 * 16)
  const isRep = fresh(12)
  const isRepG0 = fresh(12)
  const isRepG1 = fresh(12)
  const isRepG2 = fresh(12)
  const isRep0Long = fresh(12 * 16)
  const matchLength = lengthDecoder(range, 2 ** pb)
  const repLength = lengthDecoder(range, 2 ** pb)
  const distance = distanceDecoder(range)
  const last = [0, 0, 0, 0]
  let state = 0
  let at = 0

  const literal = () => {
    const previous = at > 0 ? (output[at - 1] ?? 0) : 0
    const context = ((at & (2 ** lp - 1)) << lc) + (previous >> (8 - lc))
    const offset = 0x300 * context
    let symbol = 1
    if (state >= LITERAL_STATES) {
      let match = output[at - (last[0] ?? 0) - 1] ?? 0
      while (symbol < 0x100) {
        const matchBit = (match >> 7) & 1
        match <<= 1
        const bit = range.bit(literals, offset + ((1 + matchBit) << 8) + symbol)
        symbol = (symbol << 1) | bit
        if (matchBit !== bit) break
      }
    }
    while (symbol < 0x100) symbol = (symbol << 1) | range.bit(literals, offset + symbol)
    output[at++] = symbol & 0xff
    state = state < 4 ? 0 : state < 10 ? state - 3 : state - 6
  }

  /** One of the last four distances, moved to the front; false when a single octet was copied. */
  const repeated = (position: number): boolean => {
    if (range.bit(isRepG0, state) === 0) {
      if (range.bit(isRep0Long, state * 16 + position) !== 0) return true
      state = state < LITERAL_STATES ? 9 : 11
      output[at] = output[at - (last[0] ?? 0) - 1] ?? 0
      at++
      return false
    }
    const index = range.bit(isRepG1, state) === 0 ? 1 : range.bit(isRepG2, state) === 0 ? 2 : 3
    last.unshift(...last.splice(index, 1))
    return true
  }

  while (at < size) {
    if (range.exhausted()) return null
    const position = at & (2 ** pb - 1)
    if (range.bit(isMatch, state * 16 + position) === 0) {
      literal()
      continue
    }
    let length: number
    if (range.bit(isRep, state) === 0) {
      length = matchLength(position)
      state = state < LITERAL_STATES ? 7 : 10
      last.unshift(distance(length))
      last.length = 4
      if (last[0] === 0xffff_ffff) return null
    } else {
      if (at === 0) return null
      if (!repeated(position)) continue
      length = repLength(position)
      state = state < LITERAL_STATES ? 8 : 11
    }
    const back = (last[0] ?? 0) + 1
    if (back > at) return null
    const end = Math.min(size, at + length)
    for (; at < end; at++) output[at] = output[at - back] ?? 0
  }
  return output
}
