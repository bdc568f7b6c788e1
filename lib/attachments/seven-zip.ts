/**
 * Names inside a 7z file. Its directory stands at the end and is nearly always packed itself, with LZMA; where it is
 * encrypted, even the names are hidden. Contents are not unpacked.
 */
import { inside, u64, u8 } from './bytes.ts'
import { sealedEntry, unlisted, type Entry, type Listing } from './listing.ts'
import type { Work } from './inflate.ts'
import { unlzma } from './lzma.ts'

/** A directory of 10,000 names takes about a megabyte. */
const DIRECTORY_LIMIT = 4 << 20
const MOST_STREAMS = 100_000
/** The decoder is written in JavaScript: an octet costs as much as so many of zlib. */
const LZMA_COST = 8

const ID = { end: 0, header: 1, archive: 2, additional: 3, streams: 4, files: 5, pack: 6, unpack: 7, substreams: 8, size: 9, crc: 10, folder: 11, sizes: 12, counts: 13, names: 17, encoded: 23 } // prettier-ignore
const LZMA = '030101'
const AES = '06f10701'
const COPY = '00'

/** Unpacking the directory, which is slow, is charged to `work`. */
export function list7z(bytes: Uint8Array, mostEntries: number, work: Work): Listing {
  try {
    return list(bytes, mostEntries, work)
  } catch (error) {
    if (error instanceof Damaged) return unlisted('7z', error.message)
    throw error
  }
}

/** Thrown inside this file only, where the structure makes no sense. */
class Damaged extends Error {}

function list(bytes: Uint8Array, most: number, work: Work): Listing {
  const offset = 32 + u64(bytes, 12)
  const size = u64(bytes, 20)
  if (size === 0) return { format: '7z', entries: [], namesEncrypted: false, incomplete: null }
  if (!inside(bytes, offset, size) || size > DIRECTORY_LIMIT) throw new Damaged('directory out of reach')
  let cursor = cursorOver(bytes.subarray(offset, offset + size))
  // a packed directory may be packed again
  for (let layers = 0; layers < 4; layers++) {
    const id = cursor.octet()
    if (id === ID.header) return files(cursor, most)
    if (id !== ID.encoded) break
    const streams = streamsInfo(cursor)
    if (streams.folders.some(isEncrypted))
      return { format: '7z', entries: [], namesEncrypted: true, incomplete: null }
    cursor = cursorOver(unpackDirectory(bytes, streams, work))
  }
  throw new Damaged('no directory')
}

function unpackDirectory(bytes: Uint8Array, { packAt, packSizes, folders }: Streams, work: Work): Uint8Array {
  const [folder] = folders
  const [coder] = folder?.coders ?? []
  const [size] = folder?.sizes ?? []
  if (folder?.coders.length !== 1 || coder === undefined || size === undefined || size > DIRECTORY_LIMIT)
    throw new Damaged('directory packed in an unknown way')
  if (size * LZMA_COST > work.left) throw new Damaged('too large')
  work.left -= size * LZMA_COST
  const packed = bytes.subarray(32 + packAt, 32 + packAt + (packSizes[0] ?? 0))
  const unpacked =
    coder.id === LZMA ? unlzma(packed, coder.properties, size) : coder.id === COPY ? packed : null
  if (unpacked === null) throw new Damaged('directory cannot be unpacked')
  return unpacked
}

interface Cursor {
  octet(): number
  /** The variable number of the format: the leading one bits of the first octet tell how many follow. */
  number(): number
  take(count: number): Uint8Array
  skipTo(id: number): boolean
}

function cursorOver(bytes: Uint8Array): Cursor {
  let at = 0
  const take = (count: number) => {
    if (!inside(bytes, at, count)) throw new Damaged('directory cut off')
    at += count
    return bytes.subarray(at - count, at)
  }
  const octet = () => u8(take(1), 0)
  return {
    octet,
    take,
    number() {
      const first = octet()
      let value = 0
      let mask = 0x80
      for (let index = 0; index < 8; index++, mask >>= 1) {
        if ((first & mask) === 0) return value + (first & (mask - 1)) * 2 ** (8 * index)
        value += octet() * 2 ** (8 * index)
      }
      return value
    },
    skipTo(id) {
      if (bytes[at] !== id) return false
      at++
      return true
    },
  }
}

interface Folder {
  readonly coders: readonly { readonly id: string; readonly properties: Uint8Array }[]
  readonly outStreams: number
  sizes: readonly number[]
  hasCrc: boolean
}
interface Streams {
  readonly packAt: number
  readonly packSizes: readonly number[]
  readonly folders: readonly Folder[]
}

const isEncrypted = ({ coders }: Folder): boolean => coders.some(({ id }) => id === AES)

function count(cursor: Cursor): number {
  const value = cursor.number()
  if (value > MOST_STREAMS) throw new Damaged('absurd number of streams')
  return value
}
const times = <T>(amount: number, make: () => T): readonly T[] => Array.from({ length: amount }, make)

function streamsInfo(cursor: Cursor): Streams {
  let packAt = 0
  let packSizes: readonly number[] = []
  let folders: readonly Folder[] = []
  if (cursor.skipTo(ID.pack)) {
    packAt = cursor.number()
    const amount = count(cursor)
    if (cursor.skipTo(ID.size)) packSizes = times(amount, () => cursor.number())
    if (cursor.skipTo(ID.crc)) digests(cursor, amount)
    expectEnd(cursor)
  }
  if (cursor.skipTo(ID.unpack)) {
    if (!cursor.skipTo(ID.folder)) throw new Damaged('no folders')
    const amount = count(cursor)
    if (cursor.octet() !== 0) throw new Damaged('external folders')
    folders = times(amount, () => folder(cursor))
    if (!cursor.skipTo(ID.sizes)) throw new Damaged('no sizes')
    for (const one of folders) one.sizes = times(one.outStreams, () => cursor.number())
    if (cursor.skipTo(ID.crc))
      for (const [index, defined] of digests(cursor, amount).entries()) folders[index]!.hasCrc = defined
    expectEnd(cursor)
  }
  if (cursor.skipTo(ID.substreams)) substreams(cursor, folders)
  expectEnd(cursor)
  return { packAt, packSizes, folders }
}

function expectEnd(cursor: Cursor): void {
  if (!cursor.skipTo(ID.end)) throw new Damaged('unknown structure')
}

function digests(cursor: Cursor, amount: number): readonly boolean[] {
  // a sum of numbers that need not have anything behind them
  if (amount > MOST_STREAMS) throw new Damaged('absurd number of streams')
  const defined = cursor.octet() !== 0 ? times(amount, () => true) : bits(cursor, amount)
  cursor.take(4 * defined.filter(Boolean).length)
  return defined
}

function bits(cursor: Cursor, amount: number): readonly boolean[] {
  const octets = cursor.take(Math.ceil(amount / 8))
  return Array.from({ length: amount }, (_, index) => (u8(octets, index >> 3) & (0x80 >> (index & 7))) !== 0)
}

function folder(cursor: Cursor): Folder {
  const coders: { id: string; properties: Uint8Array }[] = []
  let inStreams = 0
  let outStreams = 0
  const amount = count(cursor)
  if (amount > 32) throw new Damaged('absurd number of coders')
  for (let index = 0; index < amount; index++) {
    const flags = cursor.octet()
    const id = Buffer.from(cursor.take(flags & 15)).toString('hex')
    const complex = (flags & 0x10) !== 0
    inStreams += complex ? count(cursor) : 1
    outStreams += complex ? count(cursor) : 1
    coders.push({ id, properties: (flags & 0x20) === 0 ? new Uint8Array(0) : cursor.take(count(cursor)) })
  }
  if (inStreams > 64 || outStreams > 64) throw new Damaged('absurd number of streams')
  const pairs = Math.max(0, outStreams - 1)
  times(pairs * 2, () => cursor.number())
  if (inStreams - pairs > 1) times(inStreams - pairs, () => cursor.number())
  return { coders, outStreams, sizes: [], hasCrc: false }
}

function substreams(cursor: Cursor, folders: readonly Folder[]): void {
  const amounts = cursor.skipTo(ID.counts) ? folders.map(() => count(cursor)) : folders.map(() => 1)
  if (cursor.skipTo(ID.size))
    for (const amount of amounts) times(Math.max(0, amount - 1), () => cursor.number())
  if (cursor.skipTo(ID.crc)) {
    const unknown = folders.map(({ hasCrc }, index) =>
      hasCrc && amounts[index] === 1 ? 0 : (amounts[index] ?? 0),
    )
    digests(
      cursor,
      unknown.reduce((sum, one) => sum + one, 0),
    )
  }
  expectEnd(cursor)
}

function files(cursor: Cursor, most: number): Listing {
  let encrypted = false
  if (cursor.skipTo(ID.archive)) skipProperties(cursor)
  if (cursor.skipTo(ID.additional)) streamsInfo(cursor)
  if (cursor.skipTo(ID.streams)) encrypted = streamsInfo(cursor).folders.some(isEncrypted)
  if (!cursor.skipTo(ID.files)) return { format: '7z', entries: [], namesEncrypted: false, incomplete: null }
  const amount = count(cursor)
  for (let properties = 0; properties < 100; properties++) {
    const id = cursor.number()
    if (id === ID.end) break
    const content = cursor.take(cursor.number())
    if (id !== ID.names) continue
    const names = splitNames(content.subarray(1), Math.min(amount, most))
    const entries: readonly Entry[] = names.map((name) => sealedEntry(name, -1, -1, encrypted))
    return {
      format: '7z',
      entries,
      namesEncrypted: false,
      incomplete: amount > most ? 'too many entries' : null,
    }
  }
  throw new Damaged('no names')
}

function skipProperties(cursor: Cursor): void {
  for (let properties = 0; properties < 100; properties++) {
    if (cursor.number() === ID.end) return
    cursor.take(cursor.number())
  }
}

/** UTF-16 names, each ended by a zero. */
function splitNames(content: Uint8Array, most: number): readonly string[] {
  const names: string[] = []
  for (let start = 0, at = 0; at + 1 < content.length && names.length < most; at += 2) {
    if (content[at] !== 0 || content[at + 1] !== 0) continue
    names.push(Buffer.from(content.subarray(Math.max(start, at - 2048), at)).toString('utf16le'))
    start = at + 2
  }
  return names
}
