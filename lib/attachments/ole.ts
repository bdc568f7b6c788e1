/**
 * Names inside a compound file (MS-CFB), the container of the old Office formats and of encrypted new ones. Only the
 * directory is walked; whether there are macros or an encrypted document is told by names.
 */
import { inside, u16, u32, u8 } from './bytes.ts'

const MOST_SECTORS = 4096
/** Each list further down names 127 tables, 8 MB of file. */
const MOST_LISTS = 256
const NO_SECTOR = 0xffff_fffa

/** Names of storages and streams; empty when the file is damaged. At most 4096 sectors of directory are read. */
export function oleNames(bytes: Uint8Array): readonly string[] {
  const shift = u16(bytes, 30)
  if (shift !== 9 && shift !== 12) return []
  const sectorSize = 2 ** shift
  const offset = (sector: number) => (sector + 1) * sectorSize
  const next = fat(bytes, sectorSize)
  const names: string[] = []
  const seen = new Set<number>()
  for (let sector = u32(bytes, 48); sector < NO_SECTOR && seen.size < MOST_SECTORS; sector = next(sector)) {
    if (seen.has(sector) || !inside(bytes, offset(sector), 1)) break
    seen.add(sector)
    for (let at = offset(sector); at < offset(sector) + sectorSize; at += 128) {
      const length = u16(bytes, at + 64)
      if (u8(bytes, at + 66) === 0 || length < 2 || length > 64 || !inside(bytes, at, 128)) continue
      names.push(Buffer.from(bytes.subarray(at, at + length - 2)).toString('utf16le'))
    }
  }
  return names
}

/**
 * The sector that follows another. The table of that (FAT) lies in sectors of its own, which the header lists: the
 * first 109 directly, the others in a chain of further lists (DIFAT).
 */
function fat(bytes: Uint8Array, sectorSize: number): (sector: number) => number {
  const perSector = sectorSize / 4
  const tables = fatSectors(bytes, sectorSize)
  return (sector) => {
    const table = tables[Math.floor(sector / perSector)] ?? NO_SECTOR
    return table >= NO_SECTOR ? NO_SECTOR : u32(bytes, (table + 1) * sectorSize + 4 * (sector % perSector))
  }
}

function fatSectors(bytes: Uint8Array, sectorSize: number): readonly number[] {
  const tables = Array.from({ length: 109 }, (_, index) => u32(bytes, 76 + 4 * index))
  const seen = new Set<number>()
  for (let list = u32(bytes, 68); list < NO_SECTOR && seen.size < MOST_LISTS && !seen.has(list);) {
    seen.add(list)
    const at = (list + 1) * sectorSize
    if (!inside(bytes, at, sectorSize)) break
    for (let entry = 0; entry < sectorSize / 4 - 1; entry++) tables.push(u32(bytes, at + 4 * entry))
    list = u32(bytes, at + sectorSize - 4)
  }
  return tables
}

const MACROS = /^(?:_?vba(?:_project)?(?:_cur)?|macros)$/i

export const oleHasMacros = (names: readonly string[]): boolean => names.some((name) => MACROS.test(name))
/** Encrypted OOXML is a compound file with these streams; so is a message protected by rights management. */
export const oleIsEncrypted = (names: readonly string[]): boolean =>
  names.includes('EncryptedPackage') || names.some((name) => name.endsWith('DRMContent'))
/** A file inside the document, which a click runs. */
export const oleHasObject = (names: readonly string[]): boolean =>
  names.some((name) => /ole10native$/i.test(name))
