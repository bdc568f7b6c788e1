import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync, zstdCompressSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { listArchive } from '../../lib/attachments/archive.ts'
import { listZip } from '../../lib/attachments/zip.ts'
import type { Listing } from '../../lib/attachments/listing.ts'
import { rar4, rar5, SEVEN_ZIP, tar, zip } from '../support/archives.ts'

const list = (bytes: Uint8Array, name = 'x', most = 1000) => listArchive(bytes, name, most, 1 << 20, WORK())
const WORK = () => ({ left: 64 << 20 })
const names = ({ entries }: Listing) => entries.map(({ name }) => name)
const FILES = [
  { name: 'readme.txt', content: 'hello' },
  { name: 'sub/bill.pdf.exe', content: 'MZ program' },
]
const NAMES = FILES.map(({ name }) => name)

describe('listArchive', () => {
  it.each([
    ['zip', zip(FILES), NAMES, false],
    ['zip, stored', zip(FILES.map((file) => ({ ...file, method: 0 as const }))), NAMES, false],
    ['zip with a password', zip(FILES.map((file) => ({ ...file, encrypted: true }))), NAMES, true],
    ['zip without a directory', zip(FILES, { directory: false }), NAMES, false],
    ['tar', tar(FILES), NAMES, false],
    ['tar in gzip', gzipSync(tar(FILES)), NAMES, false],
    ['tar in zstd', zstdCompressSync(tar(FILES)), NAMES, false],
    ['rar 4', rar4(NAMES), NAMES, false],
    ['rar 4 with a password', rar4(NAMES, { encrypted: true }), NAMES, true],
    ['rar 5', rar5(NAMES), NAMES, false],
    ['rar 5 with a password', rar5(NAMES, { encrypted: true }), NAMES, true],
    ['7z', SEVEN_ZIP.plain, ['b', 'b/bill.pdf.exe', 'b/readme.txt'], false],
    ['7z with a password', SEVEN_ZIP.encrypted, ['b', 'b/bill.pdf.exe', 'b/readme.txt'], true],
  ])('%s', (_what, bytes, expected, encrypted) => {
    const listing = list(bytes)
    expect(names(listing).toSorted()).toEqual(Array.isArray(expected) ? expected.toSorted() : expected)
    expect(listing.entries.some((one) => one.encrypted)).toBe(encrypted)
  })

  it.each([
    ['rar 4', rar4(NAMES, { hidden: true })],
    ['rar 5', rar5(NAMES, { hidden: true })],
    ['7z', SEVEN_ZIP.hidden],
  ])('says when even the names are encrypted: %s', (_what, bytes) =>
    expect(list(bytes)).toMatchObject({ namesEncrypted: true, entries: [] }),
  )

  it('lists a name that only one of the two directories of a zip has', () => {
    expect(names(list(zip(FILES, { names: ['readme.txt', 'picture.png'] })))).toEqual([
      'readme.txt',
      'picture.png',
      'sub/bill.pdf.exe',
    ])
  })

  it('finds a zip behind other octets', () => {
    const { entries } = listZip(zip(FILES, { before: Buffer.alloc(5000, 'x') }), 10)
    expect(entries.map(({ name }) => name)).toEqual(NAMES)
    expect(Buffer.from(entries[1]?.head(WORK()) ?? []).toString()).toBe('MZ program')
  })

  it('gives the first octets and the whole of a file', () => {
    const [, program] = list(zip(FILES)).entries
    expect(Buffer.from(program?.head(WORK()) ?? []).toString()).toBe('MZ program')
    expect(program?.unpack(5, WORK())).toBe('too-large')
    expect(Buffer.from((program?.unpack(50, WORK()) as Uint8Array) ?? []).toString()).toBe('MZ program')
  })

  it('names a single packed file by its header or by the name of the archive', () => {
    expect(names(list(gzipSync('text'), 'notes.txt.gz'))).toEqual(['notes.txt'])
    expect(names(list(zstdCompressSync(Buffer.from('text')), 'notes.txt.zst'))).toEqual(['notes.txt'])
  })

  it('stops at the limit of entries', () => {
    const many = Array.from({ length: 50 }, (_, index) => ({ name: `f${index}`, content: 'x' }))
    for (const bytes of [
      zip(many),
      tar(many),
      rar4(many.map(({ name }) => name)),
      rar5(many.map(({ name }) => name)),
    ]) {
      const listing = list(bytes, 'x', 20)
      expect([listing.entries.length, listing.incomplete]).toEqual([20, 'too many entries'])
    }
  })

  it('does not unpack more than it may', () => {
    expect(list(gzipSync(Buffer.alloc(3 << 20))).incomplete).toBe('too large')
  })

  it('never throws and always ends, whatever the octets', () => {
    const originals = [
      zip(FILES),
      tar(FILES),
      gzipSync(tar(FILES)),
      rar4(NAMES),
      rar5(NAMES),
      ...Object.values(SEVEN_ZIP),
    ]
    let listed = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...originals),
        fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 8 }),
        fc.nat(400),
        (original, changes, cut) => {
          const bytes = Buffer.from(original.subarray(0, Math.max(8, original.length - cut * (cut % 2))))
          for (const [at, value] of changes) if (at > 6 && at < bytes.length) bytes[at] = value
          const listing = list(bytes, 'x', 100)
          if (listing.entries.length > 0) listed++
          for (const entry of listing.entries) {
            entry.head(WORK())
            entry.unpack(1000, WORK())
          }
        },
      ),
      { numRuns: 5000 },
    )
    expect(listed).toBeGreaterThan(1000)
  })
})

describe('against 7-Zip itself', () => {
  const has7z = (() => {
    try {
      execFileSync('7z', ['i'], { stdio: 'ignore' })
      return true
    } catch {
      return false
    }
  })()
  if (!has7z && process.env['HAMLET_REQUIRE_SERVERS'] !== '1') {
    it('skipped: 7z is not installed', () => {})
    return
  }
  it.each([
    ['7z', []],
    ['7z', ['-mhc=off']],
    ['7z', ['-m0=PPMd']],
    ['7z', ['-m0=BZip2']],
    ['7z', ['-ms=off']],
    ['7z', ['-m0=BCJ2', '-m1=LZMA:d23', '-m2=LZMA:d19', '-m3=LZMA:d19', '-mb0:1', '-mb0s1:2', '-mb0s2:3']],
    ['zip', []],
    ['zip', ['-mm=BZip2']],
    ['tar', []],
  ] as const)('lists 300 names of a %s with %j', (format, options) => {
    const folder = mkdtempSync(join(tmpdir(), 'hamlet-archive-'))
    try {
      const expected = Array.from(
        { length: 300 },
        (_, index) => `file-${index}-${'n\u00e4me'.repeat(index % 20)}.txt`,
      )
      for (const name of expected) writeFileSync(join(folder, name), name.repeat(20))
      execFileSync('7z', ['a', '-bd', `-t${format}`, ...options, 'archive', ...expected], {
        cwd: folder,
        stdio: 'ignore',
      })
      const file = join(folder, format === '7z' ? 'archive.7z' : `archive.${format}`)
      expect(names(list(readFileSync(file))).toSorted()).toEqual(expected.toSorted())
    } finally {
      rmSync(folder, { recursive: true })
    }
  })
})
