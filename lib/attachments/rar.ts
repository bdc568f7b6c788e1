/** Names inside a rar file, formats 4 and 5. Contents are never unpacked: the algorithm is not free. */
import { fileName, inside, u16, u32, u8 } from './bytes.ts'
import { sealedEntry, type Entry, type Listing } from './listing.ts'

export function listRar(bytes: Uint8Array, mostEntries: number): Listing {
  return u8(bytes, 6) === 1 ? listRar5(bytes, mostEntries) : listRar4(bytes, mostEntries)
}

const FILE4 = 0x74
const MAIN4 = 0x73
const END4 = 0x7b

function listRar4(bytes: Uint8Array, most: number): Listing {
  const entries: Entry[] = []
  let namesEncrypted = false
  for (let at = 7; inside(bytes, at, 7);) {
    const [type, flags, size] = [u8(bytes, at + 2), u16(bytes, at + 3), u16(bytes, at + 5)]
    if (size < 7 || type === END4) break
    if (type === MAIN4 && (flags & 0x80) !== 0) {
      namesEncrypted = true
      break
    }
    const added = (flags & 0x8000) === 0 && type !== FILE4 ? 0 : u32(bytes, at + 7)
    if (type === FILE4) {
      if (entries.length >= most) return listing(entries, namesEncrypted, 'too many entries')
      const nameAt = at + 32 + ((flags & 0x100) === 0 ? 0 : 8)
      const name = bytes.subarray(nameAt, nameAt + u16(bytes, at + 26))
      // a Unicode name follows the plain one behind a NUL
      const plain = name.includes(0) ? name.subarray(0, name.indexOf(0)) : name
      entries.push(sealedEntry(fileName(plain), u32(bytes, at + 11), added, (flags & 4) !== 0))
    }
    at += size + added
  }
  return listing(entries, namesEncrypted, null)
}

function listRar5(bytes: Uint8Array, most: number): Listing {
  const entries: Entry[] = []
  for (let at = 8; inside(bytes, at, 6);) {
    const size = vint(bytes, at + 4)
    const start = size.next
    const type = vint(bytes, start)
    const flags = vint(bytes, type.next)
    let next = flags.next
    let extraSize = 0
    let dataSize = 0
    if ((flags.value & 1) !== 0) ({ value: extraSize, next } = vint(bytes, next))
    if ((flags.value & 2) !== 0) ({ value: dataSize, next } = vint(bytes, next))
    if (type.value === 4) return listing(entries, true, null)
    if (type.value === 5 || size.value === 0) break
    if (type.value === 2) {
      if (entries.length >= most) return listing(entries, false, 'too many entries')
      const extra = bytes.subarray(Math.max(next, start + size.value - extraSize), start + size.value)
      entries.push(file5(bytes, next, dataSize, hasEncryption(extra)))
    }
    at = start + size.value + dataSize
  }
  return listing(entries, false, null)
}

function file5(bytes: Uint8Array, at: number, dataSize: number, encrypted: boolean): Entry {
  const flags = vint(bytes, at)
  const size = vint(bytes, flags.next)
  let next = vint(bytes, size.next).next
  if ((flags.value & 2) !== 0) next += 4
  if ((flags.value & 4) !== 0) next += 4
  next = vint(bytes, vint(bytes, next).next).next
  const length = vint(bytes, next)
  const name = bytes.subarray(length.next, length.next + Math.min(length.value, 0x1_0000))
  return sealedEntry(fileName(name), (flags.value & 8) === 0 ? size.value : -1, dataSize, encrypted)
}

/** Records of the extra area: size, type; type 1 is encryption. */
function hasEncryption(extra: Uint8Array): boolean {
  for (let at = 0, records = 0; at < extra.length && records < 50; records++) {
    const size = vint(extra, at)
    if (vint(extra, size.next).value === 1) return true
    if (size.value === 0) return false
    at = size.next + size.value
  }
  return false
}

/** Seven bits an octet, low ones first, at most ten octets. */
function vint(bytes: Uint8Array, at: number): { readonly value: number; readonly next: number } {
  let value = 0
  for (let index = 0; index < 10; index++) {
    const octet = u8(bytes, at + index)
    value += (octet & 0x7f) * 2 ** (7 * index)
    if ((octet & 0x80) === 0) return { value: Math.min(value, 2 ** 50), next: at + index + 1 }
  }
  return { value: 2 ** 50, next: at + 10 }
}

const listing = (entries: readonly Entry[], namesEncrypted: boolean, incomplete: string | null): Listing => ({
  format: 'rar',
  entries,
  namesEncrypted,
  incomplete,
})
