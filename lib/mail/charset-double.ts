/**
 * Double-byte charsets of East Asia as strictly as Perl has them. Browsers decode a superset under each of these names;
 * SpamAssassin takes text outside the standard as wrongly declared, and what rules see depends on it.
 */

interface Repertoire {
  /** Name of the superset that knows the characters. */
  readonly superset: string
  /** `lead octets : trail octets` in hexadecimal ranges. */
  readonly rows: readonly string[]
  /** Code points that differ from the superset's. */
  readonly instead?: Readonly<Record<number, number>>
  /** Octets that are characters by themselves, with the code point of the first. */
  readonly single?: readonly [first: number, last: number, codePoint: number]
}

const REPERTOIRES: Readonly<Record<string, Repertoire>> = {
  'euc-cn': {
    superset: 'gbk',
    rows: [
      'a1 a3 b0-d6 d8-f7 : a1-fe',
      'a2 : b1-e2 e5-ee f1-fc',
      'a4 : a1-f3',
      'a5 : a1-f6',
      'a6 : a1-b8 c1-d8',
      'a7 : a1-c1 d1-f1',
      'a8 : a1-ba c5-e9',
      'a9 : a4-ef',
      'd7 : a1-f9',
    ],
    instead: { 0xa1a4: 0x30fb, 0xa1aa: 0x2015 },
  },
  gbk: { superset: 'gbk', rows: ['81-fe : 40-7e 80-fe'], single: [0x80, 0x80, 0x20ac] },
  'euc-kr': {
    superset: 'euc-kr',
    rows: [
      'a1 a3 a4 a9 b0-c8 ca-fd : a1-fe',
      'a2 : a1-e5',
      'a5 : a1-aa b0-b9 c1-d8 e1-f8',
      'a6 : a1-e4',
      'a7 : a1-ef',
      'a8 : a1-a4 a6 a8-af b1-fe',
      'aa : a1-f3',
      'ab : a1-f6',
      'ac : a1-c1 d1-f1',
    ],
  },
  shiftjis: {
    superset: 'shift_jis',
    rows: [
      '81 : 40-7e 80-ac b8-bf c8-ce da-e8 f0-f7 fc',
      '82 : 4f-58 60-79 81-9a 9f-f1',
      '83 : 40-7e 80-96 9f-b6 bf-d6',
      '84 : 40-60 70-7e 80-91 9f-be',
      '88 : 9f-fc',
      '89-97 99-9f e0-e9 : 40-7e 80-fc',
      '98 : 40-72 9f-fc',
      'ea : 40-7e 80-a4',
    ],
    instead: { 0x8160: 0x301c, 0x8161: 0x2016, 0x817c: 0x2212, 0x8191: 0xa2, 0x8192: 0xa3, 0x81ca: 0xac },
    single: [0xa1, 0xdf, 0xff61],
  },
  'big5-eten': {
    superset: 'big5',
    rows: ['a1 a2 a4-c7 c9-f9 : 40-7e a1-fe', 'a3 : 40-7e a1-bf e1', 'c8 : 40-7e a1-f1 f5-fe'],
  },
}

/** Code point by `lead * 256 + trail`, and by octet for single ones; 0 where there is no character. */
type Table = Uint16Array

const tables = new Map<string, Table>()

/** True for the names this module decodes. */
export function isDoubleByte(name: string): boolean {
  return Object.hasOwn(REPERTOIRES, name)
}

/** Text of `bytes`; undefined when strict and there is an octet that means nothing, which otherwise is U+FFFD. */
export function decodeDoubleByte(name: string, bytes: Uint8Array, strict: boolean): string | undefined {
  const table = tableOf(name)
  const codes = new Uint16Array(bytes.length)
  let length = 0
  for (let i = 0; i < bytes.length; i++) {
    const lead = bytes[i]!
    let code = lead
    if (lead >= 0x80) {
      code = table[lead * 256 + (bytes[i + 1] ?? 0)]!
      if (code !== 0) i++
      else code = table[lead]!
      if (code === 0 && strict) return undefined
      if (code === 0) code = 0xfffd
    }
    codes[length++] = code
  }
  return Buffer.from(codes.buffer, 0, length * 2).toString('utf16le')
}

function tableOf(name: string): Table {
  let table = tables.get(name)
  if (table === undefined) {
    table = makeTable(REPERTOIRES[name]!)
    tables.set(name, table)
  }
  return table
}

function makeTable({ superset, rows, instead = {}, single }: Repertoire): Table {
  const table = new Uint16Array(0x10000)
  const decoder = new TextDecoder(superset)
  for (const row of rows) {
    const [leads = '', trails = ''] = row.split(' : ')
    for (const lead of octets(leads)) {
      for (const trail of octets(trails)) {
        const text = decoder.decode(Uint8Array.of(lead, trail))
        if (text.length === 1 && text !== '\ufffd') table[lead * 256 + trail] = text.charCodeAt(0)
      }
    }
  }
  for (const [code, codePoint] of Object.entries(instead)) table[Number(code)] = codePoint
  if (single !== undefined) {
    const [first, last, codePoint] = single
    for (let octet = first; octet <= last; octet++) table[octet] = codePoint + octet - first
  }
  return table
}

function octets(ranges: string): number[] {
  return ranges.split(' ').flatMap((range) => {
    const [first = 0, last = first] = range.split('-').map((hex) => parseInt(hex, 16))
    return Array.from({ length: last - first + 1 }, (_, i) => first + i)
  })
}
