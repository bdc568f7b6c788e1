/**
 * Unpacking with a lid on: a megabyte of zeros fits into a kilobyte. What is unpacked in vain (too large, damaged) is
 * work like any other, so each call is charged to the account that a mail has.
 */
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { codeOf } from '../fault.ts'
import { HEAD } from './listing.ts'

/** Octets that may still be unpacked for one mail, those in vain included; at or below 0 nothing is. */
export interface Work {
  left: number
}

/** What the first octets are told from: mostly the smaller amount does, which can make no more than 66 KB. */
const PEEKS = [64, 512]
const PEEK_OUT = 1 << 20
/** One octet of deflate makes at most so many. */
const LARGEST_RATIO = 1032
/** What a call costs besides its octets, in octets: setting up the decoder. */
const CALL = 256

/** The first octets of a deflate stream; null when it is none, or when there is no work left. */
export function inflateHead(packed: Uint8Array, work: Work): Uint8Array | null {
  let head: Uint8Array | null = null
  for (const peek of PEEKS) {
    if (work.left <= 0) return head
    const some = packed.subarray(0, peek)
    try {
      head = inflateRawSync(some, { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: PEEK_OUT })
      work.left -= head.length + CALL
    } catch {
      work.left -= some.length * LARGEST_RATIO + CALL
      return null
    }
    head = head.subarray(0, HEAD)
    if (head.length === HEAD || packed.length <= peek) break
  }
  return head
}

export const inflateWhole = (packed: Uint8Array, limit: number, work: Work) =>
  bounded(packed, limit, work, (maxOutputLength) => inflateRawSync(packed, { maxOutputLength }))
export const gunzipWhole = (packed: Uint8Array, limit: number, work: Work) =>
  bounded(packed, limit, work, (maxOutputLength) => gunzipSync(packed, { maxOutputLength }))
export const unzstdWhole = (packed: Uint8Array, limit: number, work: Work) =>
  bounded(packed, limit, work, (maxOutputLength) => zstdDecompressSync(packed, { maxOutputLength }))

function bounded(
  packed: Uint8Array,
  limit: number,
  work: Work,
  unpack: (most: number) => Uint8Array,
): Uint8Array | 'too-large' | null {
  if (work.left <= 0) return 'too-large'
  const most = Math.max(1, Math.min(limit, work.left))
  // reading costs as well: blocks may be empty
  work.left -= packed.length + CALL
  try {
    const whole = unpack(most)
    work.left -= whole.length
    return whole
  } catch (error) {
    if (codeOf(error) === 'ERR_BUFFER_TOO_LARGE') {
      work.left -= most
      return 'too-large'
    }
    // how much came before the damage is not said
    work.left -= Math.min(most, packed.length * LARGEST_RATIO)
    return null
  }
}
