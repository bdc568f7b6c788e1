import { gzipSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import { budgetOf, inspect, type File, type Trait } from '../../lib/attachments/inspect.ts'
import { nameFacts, matchesGlob } from '../../lib/attachments/names.ts'
import { rar5, SEVEN_ZIP, tar, zip } from '../support/archives.ts'

const LIMITS = { depth: 3, entries: 1000, ratio: 100, unpacked: 8 << 20 }
const look = (name: string, bytes: Uint8Array | string, limits = LIMITS) =>
  inspect(
    { name, mediaType: 'application/octet-stream', bytes: Buffer.from(bytes) },
    limits,
    budgetOf(limits),
  )
const traits = (files: readonly File[]): readonly Trait[] =>
  [...new Set(files.flatMap((file) => [...file.traits]))].toSorted()
const only = (name: string, content: Uint8Array | string) => zip([{ name, content }])

/** A compound file whose directory has these names. */
function ole(names: readonly string[]): Buffer {
  const header = Buffer.alloc(512)
  Buffer.from('d0cf11e0a1b11ae1', 'hex').copy(header)
  header.writeUInt16LE(9, 30)
  header.writeUInt32LE(1, 48)
  header.writeUInt32LE(0, 76)
  const fat = Buffer.alloc(512, 0xff)
  fat.writeUInt32LE(0xffff_fffe, 4)
  const directory = Buffer.alloc(512)
  for (const [index, name] of names.entries()) {
    directory.write(name, index * 128, 'utf16le')
    directory.writeUInt16LE(name.length * 2 + 2, index * 128 + 64)
    directory[index * 128 + 66] = 1
  }
  return Buffer.concat([header, fat, directory])
}

const ZEROS = Buffer.alloc(1 << 17)
const EXE = 'MZ\x90\0program'

describe('inspect', () => {
  it.each<readonly [string, readonly File[], readonly Trait[]]>([
    ['a letter', look('letter.pdf', '%PDF-1.7 text'), []],
    ['a picture', look('photo.JPG', '\xff\xd8\xff\xe0'), []],
    ['a program', look('setup.exe', EXE), ['program']],
    ['a program by name alone', look('x.js', 'var a'), ['program']],
    ['a program called a picture', look('photo.jpg', EXE), ['program', 'wrong-type']],
    ['a program without a name', look('', EXE), ['program']],
    ['a double extension', look('bill.pdf.exe', EXE), ['double-extension', 'program']],
    ['a name turned around', look('photo\u202egpj.exe', EXE), ['disguised-name', 'program']],
    [
      'a name pushed out of sight',
      look(`bill.pdf${' '.repeat(60)}.exe`, EXE),
      ['disguised-name', 'double-extension', 'program'],
    ],
    ['dots at the end, which Windows drops', look('setup.exe. .', EXE), ['program']],
    ['a pdf that is none', look('bill.pdf', '<html><body>'), ['wrong-type']],
    ['a shortcut', look('x.lnk', 'L\0\0\0\x01\x14\x02\0'), ['program', 'shortcut']],
    ['a disk image', look('x.iso', ''), ['disk-image']],
    ['an archive', look('x.zip', only('a.txt', 'hi')), ['archive']],
    ['a document in zip form', look('x.docx', only('word/document.xml', '<x/>')), []],
    ['an archive called a document', look('x.pdf', only('a.txt', 'hi')), ['archive', 'wrong-type']],
    ['a program in an archive', look('x.zip', only('a/setup.exe', EXE)), ['archive', 'program']],
    [
      'a program under a false name in an archive',
      look('x.zip', only('photo.jpg', EXE)),
      ['archive', 'program', 'wrong-type'],
    ],
    [
      'three deep',
      look('x.zip', only('y.zip', only('z.zip', only('setup.exe', EXE)))),
      ['archive', 'program'],
    ],
    [
      'a program in a tar.gz',
      look('x.tar.gz', gzipSync(tar([{ name: 'setup.exe', content: EXE }]))),
      ['archive', 'program'],
    ],
    ['a program in a rar', look('x.rar', rar5(['setup.exe'])), ['archive', 'program']],
    ['a program in a 7z', look('x.7z', SEVEN_ZIP.plain), ['archive', 'double-extension', 'program']],
    ['hidden names', look('x.7z', SEVEN_ZIP.hidden), ['archive', 'encrypted']],
    [
      'a password',
      look('x.zip', zip([{ name: 'a.txt', content: 'x', encrypted: true }])),
      ['archive', 'encrypted'],
    ],
    ['macros by extension', look('x.docm', only('word/document.xml', '<x/>')), ['macros']],
    ['macros by content', look('x.docx', only('word/vbaProject.bin', ole(['VBA']))), ['macros']],
    ['old macros', look('x.doc', ole(['WordDocument', 'Macros', 'VBA'])), ['macros']],
    ['an old document', look('x.doc', ole(['WordDocument', '1Table'])), []],
    ['an encrypted document', look('x.xlsx', ole(['EncryptionInfo', 'EncryptedPackage'])), ['encrypted']],
    [
      'an old document with macros in an archive',
      look('x.zip', only('x.doc', ole(['_VBA_PROJECT']))),
      ['archive', 'macros'],
    ],
    [
      'a file inside an RTF',
      look('x.rtf', '{\\rtf1{\\object\\objemb{\\*\\objdata 0105}}'),
      ['embedded-object'],
    ],
    ['an RTF', look('x.rtf', '{\\rtf1 hello}'), []],
    ['nothing at all', look('', ''), []],
    ['an archive without a reader', look('x.cab', 'MSCF\0\0'), ['archive', 'unreadable-archive']],
  ])('%s', (_what, files, expected) => expect(traits(files)).toEqual(expected))

  it('finds macros whose directory lies behind the tables that the header names', () => {
    const sectors = 110 * 128 + 3
    const file = Buffer.alloc((sectors + 1) * 512, 0xff)
    ole(['VBA']).copy(file, 0, 0, 512)
    const put = (sector: number, entry: number, value: number) =>
      file.writeUInt32LE(value, (sector + 1) * 512 + 4 * entry)
    // tables 0 to 108 are sectors 2 to 110, table 109 is sector 111, which the list in sector 112 names
    for (let index = 0; index < 109; index++) file.writeUInt32LE(2 + index, 76 + 4 * index)
    file.writeUInt32LE(112, 68)
    put(112, 0, 111)
    put(112, 127, 0xffff_fffe)
    // the directory: an empty sector high up, then the one with the name
    const far = 109 * 128 + 5
    file.writeUInt32LE(far, 48)
    file.fill(0, (far + 1) * 512, (far + 2) * 512)
    put(111, 5, 1)
    put(2, 1, 0xffff_fffe)
    ole(['VBA']).copy(file, 2 * 512, 1024, 1536)
    expect(traits(look('x.doc', file))).toEqual(['macros'])
  })

  it('tells the way to a file', () => {
    expect(look('x.zip', only('y.zip', only('setup.exe', EXE))).map(({ path }) => path)).toEqual([
      'x.zip',
      'x.zip / y.zip',
      'x.zip / y.zip / setup.exe',
    ])
  })
})

describe('bombs end within their limits', () => {
  const nested = (depth: number): Buffer =>
    depth === 0 ? Buffer.from('end') : only('n.zip', nested(depth - 1))
  const rows: readonly (readonly [string, () => Buffer])[] = [
    ['100 MB of zeros in 100 KB', () => only('zeros', Buffer.alloc(100 << 20))],
    ['100 MB of zeros in gzip', () => gzipSync(Buffer.alloc(100 << 20))],
    ['a lie about the size', () => zip([{ name: 'x', content: 'x', size: 0xffff_fff0 }])],
    ['archives 50 deep', () => nested(50)],
    [
      '20,000 files',
      () => zip(Array.from({ length: 20_000 }, (_, index) => ({ name: `f${index}`, content: '' }))),
    ],
    ['zeros in an archive that shows an archive', () => only('y.gz', gzipSync(Buffer.alloc(64 << 20)))],
    [
      '20 archives of 4 MB each',
      () =>
        zip(
          Array.from({ length: 20 }, (_, index) => ({
            name: `${index}.tar`,
            content: tar([{ name: 'x', content: 'x'.repeat(4 << 20) }]),
          })),
        ),
    ],
  ]
  it.each(rows)('%s', (_what, make) => {
    const bytes = make()
    const started = performance.now()
    const files = look('x', bytes)
    const took = performance.now() - started
    if (process.env['SHOW_TIMES'])
      process.stderr.write(`${took.toFixed(0)} ms ${_what} (${bytes.length} octets)\n`)
    expect(traits(files)).toContain('bomb')
    expect(files.length).toBeLessThanOrEqual(LIMITS.entries + 1)
    expect(took).toBeLessThan(2000)
  })

  it('reads what many entries point at once, and says so', () => {
    const content = Buffer.concat([Buffer.from('PK\x03\x04'), Buffer.alloc(32 << 20)])
    const bytes = zip([{ name: 'a', content, size: 100 }], { listings: 700 })
    expect(bytes.length).toBeLessThan(70_000)
    const budget = budgetOf(LIMITS)
    const files = inspect({ name: 'x.zip', mediaType: '', bytes }, LIMITS, budget)
    expect(files).toHaveLength(701)
    expect(traits(files)).toContain('bomb')
    expect(budgetOf(LIMITS).work.left - budget.work.left).toBeLessThan(9 << 20)
  })

  it('two entries that overlap by some octets are a bomb as well', () => {
    const sound = zip([
      { name: 'a.txt', content: 'x'.repeat(50), method: 0 },
      { name: 'b.txt', content: 'y'.repeat(50), method: 0 },
    ])
    expect(traits(look('x.zip', sound))).toEqual(['archive'])
    const directory = sound.indexOf('PK\x01\x02', 0, 'latin1')
    sound.writeUInt32LE(90, directory + 20)
    expect(traits(look('x.zip', sound))).toContain('bomb')
  })

  it('what is unpacked in vain uses up the account of the mail', () => {
    const damaged = Buffer.from(gzipSync(Buffer.alloc(4 << 20)))
    damaged.writeUInt32LE(1, damaged.length - 8)
    for (const bytes of [gzipSync(Buffer.alloc(40 << 20)), damaged]) {
      const budget = budgetOf(LIMITS)
      let opened = 0
      for (; opened < 200 && budget.work.left > 0; opened++)
        inspect({ name: 'x.gz', mediaType: '', bytes }, LIMITS, budget)
      expect(opened).toBeLessThan(5)
      expect(traits(inspect({ name: 'x.gz', mediaType: '', bytes }, LIMITS, budget))).toContain('bomb')
    }
  })

  it('looking at the first octets of many entries is work, too', () => {
    const many = zip(Array.from({ length: 100 }, (_, index) => ({ name: `${index}`, content: ZEROS })))
    const limits = { ...LIMITS, ratio: 10_000, unpacked: 1 << 20 }
    const budget = budgetOf(limits)
    expect(traits(inspect({ name: 'x.zip', mediaType: '', bytes: many }, limits, budget))).toContain('bomb')
    expect(budget.work.left).toBeGreaterThan(-(1 << 20))
  })

  it('directories of 7z files are work, too: unpacking them is slow', () => {
    const budget = { ...budgetOf(LIMITS), work: { left: 100 } }
    const files = inspect({ name: 'x.7z', mediaType: '', bytes: SEVEN_ZIP.plain }, LIMITS, budget)
    expect(traits(files)).toContain('bomb')
  })

  it('a long name keeps its extension', () => {
    const long = `${'x'.repeat(60_000)}.exe`
    expect(traits(look('x', only(long, 'text')))).toContain('program')
  })

  it('shares its budget among the attachments of a mail', () => {
    const budget = budgetOf({ ...LIMITS, unpacked: 1 << 20 })
    const one = gzipSync(Buffer.alloc(700_000))
    const looks = [1, 2, 3].map(() => inspect({ name: 'x.gz', mediaType: '', bytes: one }, LIMITS, budget))
    expect(looks.map((files) => traits(files).includes('bomb'))).toEqual([false, true, true])
  })
})

describe('nameFacts', () => {
  it.each([
    ['a.PDF', 'pdf'],
    ['archive.tar.gz', 'gz'],
    ['C:\\x\\y.exe', 'exe'],
    ['../../etc/passwd', ''],
    ['.htaccess', 'htaccess'],
    ['', ''],
    ['x.exe\u200b', 'exe'],
  ])('%j has the extension %j', (name, extension) => expect(nameFacts(name).extension).toBe(extension))
})

describe('matchesGlob', () => {
  it.each([
    ['Bill-2026.pdf', 'bill-*.pdf', true],
    ['bill.pdf.exe', '*.pdf', false],
    ['abc', 'a?c', true],
    ['abc', 'a?', false],
    ['', '*', true],
    ['a[b', 'a[b', true],
    ['video/mp4', 'video/*', true],
  ])('%j like %j: %s', (name, pattern, expected) => expect(matchesGlob(name, pattern)).toBe(expected))
  it('is not slowed by stars', () => {
    const started = performance.now()
    matchesGlob('a'.repeat(1000), '*a'.repeat(100) + 'b')
    expect(performance.now() - started).toBeLessThan(200)
  })
})
