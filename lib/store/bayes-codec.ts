/**
 * A lesson's features as octets: what it added to the counts and to the weights, so that other processes can follow
 * and anyone can take it back. Sorted numbers as differences in a variable number of octets: about 9 KB a mail.
 */
import type { LearnedFeatures } from './bayes-store.ts'

/** What one lesson adds to the model. */
export interface Delta extends LearnedFeatures {
  readonly spam: number
  readonly ham: number
  /** Per block, added to the weight of each of its slots. */
  readonly steps: readonly number[]
}

const FORMAT = 1
const STEPS_ONLY = 2

export function encodeDelta({ spam, ham, steps, words, blocks }: Delta): Buffer {
  const size =
    16 + 8 * steps.length + 8 * words.length + 5 * blocks.reduce((sum, { length }) => sum + length + 2, 0)
  const octets = Buffer.alloc(size)
  octets[0] = FORMAT
  octets.writeInt8(spam, 1)
  octets.writeInt8(ham, 2)
  octets[3] = blocks.length
  let at = 4
  for (const step of steps) at = octets.writeDoubleLE(step, at)
  at = writeSorted(octets, at, Float64Array.from(words).sort())
  for (const block of blocks) at = writeSorted(octets, at, Int32Array.from(block).sort())
  return octets.subarray(0, at)
}

/** Null when the octets are of an unknown format. */
export function decodeDelta(octets: Uint8Array): Delta | null {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  if (buffer[0] !== FORMAT) return null
  const count = buffer[3]!
  const steps = Array.from({ length: count }, (_, index) => buffer.readDoubleLE(4 + 8 * index))
  const cursor = { at: 4 + 8 * count }
  const words = readSorted(buffer, cursor)
  const blocks = Array.from({ length: count }, () => Int32Array.from(readSorted(buffer, cursor)))
  return { spam: buffer.readInt8(1), ham: buffer.readInt8(2), steps, words, blocks }
}

/** The steps of a rehearsal, whose features are those of another lesson. */
export function encodeSteps(steps: readonly number[]): Buffer {
  const octets = Buffer.alloc(2 + 8 * steps.length)
  octets[0] = STEPS_ONLY
  octets[1] = steps.length
  steps.forEach((step, index) => octets.writeDoubleLE(step, 2 + 8 * index))
  return octets
}

/** Null when the octets are of an unknown format. */
export function decodeSteps(octets: Uint8Array): readonly number[] | null {
  const buffer = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  if (buffer[0] !== STEPS_ONLY) return null
  return Array.from({ length: buffer[1]! }, (_, index) => buffer.readDoubleLE(2 + 8 * index))
}

/** The same features with the opposite effect. */
export function inverse(delta: Delta): Delta {
  return { ...delta, spam: -delta.spam, ham: -delta.ham, steps: delta.steps.map((step) => -step) }
}

function writeSorted(octets: Buffer, start: number, sorted: Float64Array | Int32Array): number {
  let at = writeNumber(octets, start, sorted.length)
  let before = 0
  for (const value of sorted) {
    at = writeNumber(octets, at, value - before)
    before = value
  }
  return at
}

function readSorted(octets: Buffer, cursor: { at: number }): Float64Array {
  const length = readNumber(octets, cursor)
  const values = new Float64Array(Math.min(length, octets.length))
  let before = 0
  for (let index = 0; index < values.length; index++) {
    before += readNumber(octets, cursor)
    values[index] = before
  }
  return values
}

/** Seven bits an octet, lowest first; numbers below 2^53. */
function writeNumber(octets: Buffer, start: number, number: number): number {
  let at = start
  let rest = number
  // Most differences are small; bits are quicker than division, as far as they go.
  while (rest >= 2 ** 31) {
    octets[at++] = (rest % 128) + 128
    rest = Math.floor(rest / 128)
  }
  for (; rest >= 128; rest >>>= 7) octets[at++] = (rest & 127) | 128
  octets[at++] = rest
  return at
}

function readNumber(octets: Buffer, cursor: { at: number }): number {
  let value = 0
  let unit = 1
  for (;;) {
    const octet = octets[cursor.at++]
    if (octet === undefined) return value
    if (octet < 128) return value + octet * unit
    value += (octet - 128) * unit
    unit *= 128
  }
}
