/** Names inside a tar file: ustar, GNU long names, pax paths. */
import { fileName, inside } from './bytes.ts'
import { sealedEntry, storedEntry, type Entry, type Listing } from './listing.ts'

const BLOCK = 512
const LONGEST_NAME = 4096

export function listTar(bytes: Uint8Array, mostEntries: number): Listing {
  const entries: Entry[] = []
  let at = 0
  let longName: string | null = null
  let incomplete: string | null = null
  while (inside(bytes, at, BLOCK) && bytes[at] !== 0) {
    if (entries.length >= mostEntries) {
      incomplete = 'too many entries'
      break
    }
    const size = octal(bytes.subarray(at + 124, at + 136))
    const kind = String.fromCharCode(bytes[at + 156] ?? 0)
    const content = bytes.subarray(at + BLOCK, Math.min(bytes.length, at + BLOCK + size))
    if (kind === 'L') longName = zeroEnded(content.subarray(0, LONGEST_NAME))
    else if (kind === 'x') longName = paxPath(content.subarray(0, 65_536)) ?? longName
    else if (kind !== 'g' && kind !== 'K') {
      const name = longName ?? joined(bytes.subarray(at, at + BLOCK))
      longName = null
      entries.push(
        content.length === size ? storedEntry(name, content) : sealedEntry(name, size, size, false),
      )
    }
    at += BLOCK + Math.ceil(size / BLOCK) * BLOCK
  }
  if (incomplete === null && at > bytes.length) incomplete = 'cut off'
  return { format: 'tar', entries, namesEncrypted: false, incomplete }
}

function joined(header: Uint8Array): string {
  const name = zeroEnded(header.subarray(0, 100))
  const prefix = zeroEnded(header.subarray(345, 500))
  return prefix === '' ? name : `${prefix}/${name}`
}

/** `length path=value\n` records of pax. */
function paxPath(content: Uint8Array): string | null {
  return /(?:^|\n)\d{1,7} path=([^\n]{1,4096})\n/.exec(fileName(content))?.[1] ?? null
}

function zeroEnded(bytes: Uint8Array): string {
  const end = bytes.indexOf(0)
  return fileName(end < 0 ? bytes : bytes.subarray(0, end))
}

/** Octal digits, or a binary number where the first bit is set (GNU); 0 for nonsense. */
function octal(bytes: Uint8Array): number {
  if (((bytes[0] ?? 0) & 0x80) !== 0)
    return bytes.subarray(4).reduce((sum, octet) => Math.min(sum * 256 + octet, 2 ** 50), 0)
  const digits = /[0-7]+/.exec(Buffer.from(bytes).toString('latin1'))?.[0] ?? ''
  return digits === '' ? 0 : Number.parseInt(digits, 8)
}
