/** Looks into an archive with the reader for its format. */
import { u8 } from './bytes.ts'
import { gunzipWhole, unzstdWhole, type Work } from './inflate.ts'
import { storedEntry, unlisted, type Listing } from './listing.ts'
import { fileType } from './magic.ts'
import { listRar } from './rar.ts'
import { list7z } from './seven-zip.ts'
import { listTar } from './tar.ts'
import { listZip } from './zip.ts'

/** `unpackLimit` bounds what formats that pack everything into one stream may grow to; what that costs goes to `work`. */
export function listArchive(
  bytes: Uint8Array,
  name: string,
  mostEntries: number,
  unpackLimit: number,
  work: Work,
): Listing {
  const format = fileType(bytes)?.name ?? 'unknown'
  switch (format) {
    case 'zip':
      return listZip(bytes, mostEntries)
    case '7z':
      return list7z(bytes, mostEntries, work)
    case 'rar':
      return listRar(bytes, mostEntries)
    case 'tar':
      return listTar(bytes, mostEntries)
    case 'gzip':
      return packed(
        'gzip',
        gunzipWhole(bytes, unpackLimit, work),
        gzipName(bytes) ?? withoutExtension(name),
        mostEntries,
      )
    case 'zstd':
      return packed('zstd', unzstdWhole(bytes, unpackLimit, work), withoutExtension(name), mostEntries)
    default:
      return unlisted(format, 'no reader for this format')
  }
}

/** One file packed, which may be a tar. */
function packed(
  format: string,
  content: Uint8Array | 'too-large' | null,
  name: string,
  most: number,
): Listing {
  if (content === 'too-large') return unlisted(format, 'too large')
  if (content === null) return unlisted(format, 'damaged')
  if (fileType(content)?.name === 'tar') return { ...listTar(content, most), format }
  return { format, entries: [storedEntry(name, content)], namesEncrypted: false, incomplete: null }
}

/** The name a gzip header may carry (RFC 1952 section 2.3.1). */
function gzipName(bytes: Uint8Array): string | null {
  const flags = u8(bytes, 3)
  if ((flags & 8) === 0) return null
  const start = 10 + ((flags & 4) === 0 ? 0 : 2 + u8(bytes, 10) + 256 * u8(bytes, 11))
  const end = bytes.indexOf(0, start)
  return end < 0 || end - start > 1024 ? null : Buffer.from(bytes.subarray(start, end)).toString('latin1')
}

const withoutExtension = (name: string): string =>
  name.replace(/\.t([gz]z|zst)$/i, '.tar').replace(/\.(gz|zst)$/i, '')
