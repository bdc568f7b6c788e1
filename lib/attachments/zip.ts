/**
 * Names inside a zip file (APPNOTE 6.3): from the central directory at the end; where that is missing or broken, from
 * the local headers, because mail programs and unpackers try that too. A file that only one of the two names is listed
 * all the same: an attacker chooses which one the scanner reads and which one the victim's unpacker.
 *
 * Entries whose contents overlap are in no honest archive: a few kilobytes that thousands of entries share unpack to
 * gigabytes. What several entries point at is read once, and the listing says so.
 */
import { fileName, inside, u16, u32, u64 } from './bytes.ts'
import { inflateHead, inflateWhole } from './inflate.ts'
import { HEAD, sealedEntry, type Entry, type Listing } from './listing.ts'

const LOCAL = 0x04034b50
const CENTRAL = 0x02014b50
const END = 0x06054b50
const END64_LOCATOR = 0x07064b50
const LONGEST_COMMENT = 65_535

export function listZip(bytes: Uint8Array, mostEntries: number): Listing {
  const central = fromCentral(bytes, mostEntries)
  const local = fromLocal(bytes, mostEntries)
  const named = new Set(central?.entries.map(({ name }) => name))
  const entries = [...(central?.entries ?? []), ...local.entries.filter(({ name }) => !named.has(name))]
  const incomplete =
    central === null
      ? 'no directory'
      : central.overlapping
        ? 'overlapping entries'
        : central.full
          ? 'too many entries'
          : null
  return { format: 'zip', entries: entries.slice(0, mostEntries), namesEncrypted: false, incomplete }
}

interface Found {
  readonly entries: readonly Entry[]
  readonly full: boolean
  readonly overlapping: boolean
}
/** Where an entry's header and content lie. */
type Span = readonly [start: number, end: number]
/** Lengths of this value stand elsewhere (ZIP64). */
const ELSEWHERE = 0xffff_ffff

function fromCentral(bytes: Uint8Array, most: number): Found | null {
  const end = findEnd(bytes)
  if (end === null) return null
  // what stands before the archive (a self-extractor) shifts every offset
  const shift = end.at - end.size - end.offset
  let at = end.offset + Math.max(0, shift)
  const entries: Entry[] = []
  const spans = new Map<number, Span>()
  let shared = false
  while (inside(bytes, at, 46) && u32(bytes, at) === CENTRAL) {
    if (entries.length >= most)
      return { entries, full: true, overlapping: shared || overlap([...spans.values()]) }
    const [nameLength, extraLength, commentLength] = [
      u16(bytes, at + 28),
      u16(bytes, at + 30),
      u16(bytes, at + 32),
    ]
    const header = u32(bytes, at + 42) + Math.max(0, shift)
    const packedSize = u32(bytes, at + 20)
    const raw = {
      name: fileName(bytes.subarray(at + 46, at + 46 + nameLength)),
      flags: u16(bytes, at + 8),
      method: u16(bytes, at + 10),
      packedSize,
      size: u32(bytes, at + 24),
      packed: () => contentOf(bytes, header, packedSize),
    }
    if (spans.has(header)) {
      shared = true
      entries.push(sealedEntry(raw.name, raw.size, packedSize, (raw.flags & 1) !== 0))
    } else entries.push(entry(raw))
    if (packedSize !== ELSEWHERE && u32(bytes, header) === LOCAL)
      spans.set(header, [header, header + 30 + packedSize])
    at += 46 + nameLength + extraLength + commentLength
  }
  return { entries, full: false, overlapping: shared || overlap([...spans.values()]) }
}

function overlap(spans: readonly Span[]): boolean {
  const inOrder = spans.toSorted(([one], [other]) => one - other)
  return inOrder.some(([start], index) => start < (inOrder[index - 1]?.[1] ?? 0))
}

function findEnd(bytes: Uint8Array): { at: number; size: number; offset: number } | null {
  const last = bytes.length - 22
  for (let at = last; at >= 0 && at >= last - LONGEST_COMMENT; at--) {
    if (bytes[at] !== 0x50 || u32(bytes, at) !== END) continue
    const [size, offset] = [u32(bytes, at + 12), u32(bytes, at + 16)]
    const big = offset === 0xffff_ffff || size === 0xffff_ffff
    if (!big || u32(bytes, at - 20) !== END64_LOCATOR) return { at, size, offset }
    const end64 = u64(bytes, at - 12)
    return { at: end64, size: u64(bytes, end64 + 40), offset: u64(bytes, end64 + 48) }
  }
  return null
}

function fromLocal(bytes: Uint8Array, most: number): Found {
  const entries: Entry[] = []
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  for (let at = text.indexOf('PK\x03\x04', 0, 'latin1'); at >= 0 && inside(bytes, at, 30);) {
    if (entries.length >= most) return { entries, full: true, overlapping: false }
    const nameLength = u16(bytes, at + 26)
    const packedSize = u32(bytes, at + 18)
    const [start, found] = [at, fileName(bytes.subarray(at + 30, at + 30 + nameLength))]
    entries.push(
      entry({
        name: found,
        flags: u16(bytes, at + 6),
        method: u16(bytes, at + 8),
        packedSize,
        size: u32(bytes, at + 22),
        packed: () => contentOf(bytes, start, packedSize || bytes.length),
      }),
    )
    // stepping over the content, unless its length comes after it
    const next = at + 30 + nameLength + packedSize
    at = text.indexOf('PK\x03\x04', Math.min(next, bytes.length), 'latin1')
  }
  return { entries, full: false, overlapping: false }
}

/** The packed octets behind a local header; empty when there is none. */
function contentOf(bytes: Uint8Array, at: number, size: number): Uint8Array {
  if (!inside(bytes, at, 30) || u32(bytes, at) !== LOCAL) return new Uint8Array(0)
  const start = at + 30 + u16(bytes, at + 26) + u16(bytes, at + 28)
  return bytes.subarray(start, Math.min(bytes.length, start + size))
}

interface Raw {
  readonly name: string
  readonly flags: number
  readonly method: number
  readonly packedSize: number
  readonly size: number
  packed(): Uint8Array
}

function entry({ name, flags, method, packedSize, size, packed }: Raw): Entry {
  const encrypted = (flags & 1) !== 0
  return {
    name,
    size,
    packedSize,
    encrypted,
    head: (work) => {
      if (encrypted) return null
      if (method === 0) return packed().subarray(0, HEAD)
      return method === 8 ? inflateHead(packed(), work) : null
    },
    unpack: (limit, work) => {
      if (encrypted) return null
      if (size > limit && size !== ELSEWHERE) return 'too-large'
      if (method === 0) return packed().length > limit ? 'too-large' : packed()
      return method === 8 ? inflateWhole(packed(), limit, work) : null
    },
  }
}
