/**
 * The table of contents of a ZIP file and its members one by one, bounded: a bomb gives its first octets or nothing.
 * Only what office files use is read (stored and deflated members, no ZIP64); anything else counts as unreadable.
 */
import { inflateRawSync } from 'node:zlib'
import type { Octets } from '../../mail/message.ts'
import { fromBytes } from '../../mail/octets.ts'

export interface ZipMember {
  readonly name: Octets
  readonly encrypted: boolean
  /** The member's content; undefined when it cannot be read or is larger than `limit` octets. */
  read(limit: number): Octets | undefined
}

const END = 0x06_05_4b_50
const ENTRY = 0x02_01_4b_50
const LOCAL = 0x04_03_4b_50
/** A comment may follow the end record; this is the format's own bound. */
const LONGEST_TAIL = 65_557
const MOST_MEMBERS = 1000

/** What may still be unpacked for one mail, in octets; what is unpacked in vain counts too. */
export interface UnpackAccount {
  left: number
}
export const UNPACKED_PER_MAIL = 64 << 20

/** Members in the order of the central directory, at most 1000; undefined for what is no ZIP file. */
export function zipMembers(bytes: Uint8Array, account: UnpackAccount): readonly ZipMember[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = findEnd(view)
  if (end === undefined) return undefined
  const members: ZipMember[] = []
  let at = view.getUint32(end + 16, true)
  while (members.length < MOST_MEMBERS && at + 46 <= view.byteLength && view.getUint32(at, true) === ENTRY) {
    const [nameLength, extraLength, commentLength] = [28, 30, 32].map((offset) =>
      view.getUint16(at + offset, true),
    )
    const size = 46 + (nameLength ?? 0)
    if (at + size > view.byteLength) break
    members.push(member(bytes, view, at, account, fromBytes(bytes.subarray(at + 46, at + size))))
    at += size + (extraLength ?? 0) + (commentLength ?? 0)
  }
  return members
}

function findEnd(view: DataView): number | undefined {
  const last = view.byteLength - 22
  for (let at = last; at >= 0 && at > last - LONGEST_TAIL; at--)
    if (view.getUint32(at, true) === END) return at
  return undefined
}

function member(
  bytes: Uint8Array,
  view: DataView,
  entry: number,
  account: UnpackAccount,
  name: Octets,
): ZipMember {
  const flags = view.getUint16(entry + 8, true)
  const method = view.getUint16(entry + 10, true)
  const packedSize = view.getUint32(entry + 20, true)
  const offset = view.getUint32(entry + 42, true)
  return {
    name,
    encrypted: (flags & 1) !== 0,
    read: (limit) => {
      if ((flags & 1) !== 0 || offset + 30 > view.byteLength || view.getUint32(offset, true) !== LOCAL)
        return undefined
      const start = offset + 30 + view.getUint16(offset + 26, true) + view.getUint16(offset + 28, true)
      const packed = bytes.subarray(start, start + packedSize)
      if (method === 0) return packed.length <= limit ? fromBytes(packed) : undefined
      return method === 8 ? inflate(packed, limit, account) : undefined
    },
  }
}

/** One octet of deflate makes at most so many. */
const LARGEST_RATIO = 1032

function inflate(packed: Uint8Array, limit: number, account: UnpackAccount): Octets | undefined {
  const most = Math.min(limit, account.left)
  if (most < 1) return undefined
  account.left -= packed.length
  try {
    const whole = inflateRawSync(packed, { maxOutputLength: most })
    account.left -= whole.length
    return fromBytes(whole)
  } catch {
    account.left -= Math.min(most, packed.length * LARGEST_RATIO)
    // zlib knows no other way to say "broken" or "larger than allowed".
    return undefined
  }
}
