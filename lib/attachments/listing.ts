/** What every archive reader returns: the names inside, and what could not be read. */
import type { Work } from './inflate.ts'

export interface Entry {
  readonly name: string
  /** Declared size when unpacked; -1 when the archive does not say. */
  readonly size: number
  readonly packedSize: number
  readonly encrypted: boolean
  /** The first octets, enough for `fileType`; null where they cannot be had (encrypted, unknown method, no work left). */
  head(work: Work): Uint8Array | null
  /** The whole file if it is not longer than `limit`; `too-large`; or null where it cannot be had. */
  unpack(limit: number, work: Work): Uint8Array | 'too-large' | null
}

export interface Listing {
  readonly format: string
  readonly entries: readonly Entry[]
  /** The archive hides even the names. */
  readonly namesEncrypted: boolean
  /** Why the list is not whole or not sound: damaged, cut off, over a limit, overlapping; null when it is. */
  readonly incomplete: string | null
}

/** An archive we cannot look into. */
export const unlisted = (format: string, why: string): Listing => ({
  format,
  entries: [],
  namesEncrypted: false,
  incomplete: why,
})

const nothing = () => null

/** An entry whose content is out of reach. */
export const sealedEntry = (name: string, size: number, packedSize: number, encrypted: boolean): Entry => ({
  name,
  size,
  packedSize,
  encrypted,
  head: nothing,
  unpack: nothing,
})

/** An entry stored as it is. */
export const storedEntry = (name: string, bytes: Uint8Array): Entry => ({
  name,
  size: bytes.length,
  packedSize: bytes.length,
  encrypted: false,
  head: () => bytes.subarray(0, HEAD),
  unpack: (limit) => (bytes.length > limit ? 'too-large' : bytes),
})

/** Octets looked at to tell the type; the ISO mark lies at 32 KB, and nobody zips an ISO to hide it from its name. */
export const HEAD = 1024
