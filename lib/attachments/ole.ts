/**
 * Names inside a compound file (MS-CFB), the container of the old Office formats and of encrypted new ones. Only the
 * directory is walked; whether there are macros or an encrypted document is told by names.
 */
import { inside, u16, u32, u8 } from './bytes.ts'

const MOST_SECTORS = 4096
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

/** The sector that follows another: through the first 109 FAT sectors, which is 6.8 MB of file or 436 MB with big ones. */
function fat(bytes: Uint8Array, sectorSize: number): (sector: number) => number {
  const perSector = sectorSize / 4
  return (sector) => {
    const index = Math.floor(sector / perSector)
    if (index >= 109) return NO_SECTOR
    const table = u32(bytes, 76 + 4 * index)
    return table >= NO_SECTOR ? NO_SECTOR : u32(bytes, (table + 1) * sectorSize + 4 * (sector % perSector))
  }
}

const MACROS = /^(?:_?vba(?:_project)?(?:_cur)?|macros)$/i

export const oleHasMacros = (names: readonly string[]): boolean => names.some((name) => MACROS.test(name))
/** Encrypted OOXML is a compound file with these streams; so is a message protected by rights management. */
export const oleIsEncrypted = (names: readonly string[]): boolean =>
  names.includes('EncryptedPackage') || names.some((name) => name.endsWith('DRMContent'))
/** A file inside the document, which a click runs. */
export const oleHasObject = (names: readonly string[]): boolean =>
  names.some((name) => /ole10native$/i.test(name))
