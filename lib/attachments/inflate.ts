/** Unpacking with a lid on: a megabyte of zeros fits into a kilobyte. */
import { constants, gunzipSync, inflateRawSync, zstdDecompressSync } from 'node:zlib'
import { codeOf } from '../fault.ts'
import { HEAD } from './listing.ts'

/** 512 octets of deflate make at most about 530 KB: a bound without looking. */
const PEEK_IN = 512
const PEEK_OUT = 1 << 20

/** The first octets of a deflate stream; null when it is none. */
export function inflateHead(packed: Uint8Array): Uint8Array | null {
  try {
    const options = { finishFlush: constants.Z_SYNC_FLUSH, maxOutputLength: PEEK_OUT }
    return inflateRawSync(packed.subarray(0, PEEK_IN), options).subarray(0, HEAD)
  } catch {
    return null
  }
}

export const inflateWhole = (packed: Uint8Array, limit: number) =>
  bounded(() => inflateRawSync(packed, { maxOutputLength: Math.max(1, limit) }))
export const gunzipWhole = (packed: Uint8Array, limit: number) =>
  bounded(() => gunzipSync(packed, { maxOutputLength: Math.max(1, limit) }))
export const unzstdWhole = (packed: Uint8Array, limit: number) =>
  bounded(() => zstdDecompressSync(packed, { maxOutputLength: Math.max(1, limit) }))

function bounded(work: () => Uint8Array): Uint8Array | 'too-large' | null {
  try {
    return work()
  } catch (error) {
    return codeOf(error) === 'ERR_BUFFER_TOO_LARGE' ? 'too-large' : null
  }
}
