/** Archives made by hand, so that tests can make wrong ones too. 7z files were made by 7-Zip from two little files. */
import { deflateRawSync } from 'node:zlib'

export interface ZipFile {
  readonly name: string
  readonly content: Uint8Array | string
  readonly encrypted?: boolean
  readonly method?: 0 | 8
  /** A lie about the size. */
  readonly size?: number
}

const u16 = (value: number) => Buffer.from([value & 255, (value >> 8) & 255])
const u32 = (value: number) => {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32LE(value)
  return bytes
}

/** `directory: false` leaves out the central directory; `names` overrides the names in it. */
export function zip(
  files: readonly ZipFile[],
  options: {
    readonly directory?: boolean
    readonly names?: readonly string[]
    readonly before?: Uint8Array
    /** How often the directory lists each file, under names of its own. */
    readonly listings?: number
  } = {},
): Buffer {
  const local: Buffer[] = [Buffer.from(options.before ?? [])]
  const central: Buffer[] = []
  let at = local[0]!.length
  for (const [index, { name, content, encrypted = false, method = 8, size }] of files.entries()) {
    const plain = Buffer.from(content)
    const packed = method === 8 ? deflateRawSync(plain) : plain
    const common = [
      u16(encrypted ? 1 : 0),
      u16(method),
      u32(0),
      u32(0),
      u32(packed.length),
      u32(size ?? plain.length),
    ]
    const octets = Buffer.from(name)
    const one = Buffer.concat([
      Buffer.from('PK\x03\x04'),
      u16(20),
      ...common,
      u16(octets.length),
      u16(0),
      octets,
      packed,
    ])
    for (let listing = 0; listing < (options.listings ?? 1); listing++) {
      const listed = Buffer.from((options.names?.[index] ?? name) + (listing === 0 ? '' : `-${listing}`))
      central.push(
        Buffer.concat([
          Buffer.from('PK\x01\x02'),
          u16(20),
          u16(20),
          ...common,
          u16(listed.length),
          u16(0),
          u16(0),
          u16(0),
          u16(0),
          u32(0),
          u32(at),
          listed,
        ]),
      )
    }
    local.push(one)
    at += one.length
  }
  if (options.directory === false) return Buffer.concat(local)
  const directory = Buffer.concat(central)
  const end = Buffer.concat([
    Buffer.from('PK\x05\x06'),
    u32(0),
    u16(central.length),
    u16(central.length),
    u32(directory.length),
    u32(at),
    u16(0),
  ])
  return Buffer.concat([...local, directory, end])
}

export function tar(files: readonly { readonly name: string; readonly content: string }[]): Buffer {
  const blocks = files.flatMap(({ name, content }) => {
    const header = Buffer.alloc(512)
    header.write(name.slice(0, 100), 0)
    header.write(content.length.toString(8).padStart(11, '0'), 124)
    header.write('0', 156)
    header.write('ustar\x0000', 257)
    const body = Buffer.alloc(Math.ceil(content.length / 512) * 512)
    body.write(content)
    return [header, body]
  })
  return Buffer.concat([...blocks, Buffer.alloc(1024)])
}

/** A rar file of format 4 that holds names only. */
export function rar4(names: readonly string[], { encrypted = false, hidden = false } = {}): Buffer {
  const main = Buffer.concat([u16(0), Buffer.from([0x73]), u16(hidden ? 0x80 : 0), u16(13), Buffer.alloc(6)])
  const files = names.map((name) => {
    const octets = Buffer.from(name)
    const content = Buffer.from('MZ')
    return Buffer.concat([
      u16(0),
      Buffer.from([0x74]),
      u16(0x8000 | (encrypted ? 4 : 0)),
      u16(32 + octets.length),
      u32(content.length),
      u32(content.length),
      Buffer.from([2]),
      u32(0),
      u32(0),
      Buffer.from([29, 0x30]),
      u16(octets.length),
      u32(0),
      octets,
      content,
    ])
  })
  return Buffer.concat([
    Buffer.from('Rar!\x1a\x07\x00', 'latin1'),
    main,
    ...files,
    u16(0),
    Buffer.from([0x7b]),
    u16(0),
    u16(7),
  ])
}

/** A rar file of format 5 that holds names only. */
export function rar5(names: readonly string[], { encrypted = false, hidden = false } = {}): Buffer {
  const block = (...fields: readonly (number | Buffer)[]) => {
    const body = Buffer.concat(
      fields.map((field) => (typeof field === 'number' ? Buffer.from([field]) : field)),
    )
    return Buffer.concat([u32(0), Buffer.from([body.length]), body])
  }
  const extra = encrypted ? Buffer.from([2, 1, 0]) : Buffer.alloc(0)
  const files = names.map((name) => {
    const octets = Buffer.from(name)
    const flags = 2 | (encrypted ? 1 : 0)
    const header = block(
      2,
      flags,
      ...(encrypted ? [extra.length] : []),
      2,
      0,
      2,
      0,
      0,
      0,
      octets.length,
      octets,
      extra,
    )
    return Buffer.concat([header, Buffer.from('MZ')])
  })
  const first = hidden ? block(4, 0, 0) : block(1, 0, 0)
  return Buffer.concat([Buffer.from('Rar!\x1a\x07\x01\x00', 'latin1'), first, ...files, block(5, 0, 0)])
}

/** b/readme.txt and b/bill.pdf.exe: plain, with a password, and with hidden names too. */
export const SEVEN_ZIP = Object.freeze({
  plain: Buffer.from(
    'N3q8ryccAAQh7R7AiAAAAAAAAAAhAAAAAAAAANt5a0oBAAlNWiB4aGVsbG8KAAAAgTMHrg/Ox1yBCSqu06qFJigV5+7h5KInq0wk7NgDZXiWUvnAO9OD0Kz3FFTA81e5uaqOCNnHx5PkZy7RePSpK/u0O2JKk6zYojuyuzzGeNpCy4869r7ziMFsBxQNcu6h6IEVWP44B3e3KAKOkJIJi0ya8Aw4ngAAFwYOAQl6AAcLAQABIwMBAQVdABAAAAyAmgoBSeQONgAA',
    'base64',
  ),
  encrypted: Buffer.from(
    'N3q8ryccAASLD/JRqAAAAAAAAAAiAAAAAAAAALniaaLilTqVX9m2hEaJAz5x6jUoAACBMweuD87ysgwHsMPa919FiphISvmvSMsznsWr8VUhGhwU3kMKNSZCpq43kuwmH8sHTVtYAGxv4LnBJ2y7J8rSdfy6fno6hEUSmx92iAF/qfUfRyy4L7LDeDTFFvZwvD7Qxtz/UJJQNDp2rYCEYYkFx50acpGwKopx2xWXacA68xtl1BfqI/6ef4mbk1DcnmNbaFXIAAAXBhABCYCYAAcLAQABIwMBAQVdABAAAAyAugoB+hTD3QAA',
    'base64',
  ),
  hidden: Buffer.from(
    'N3q8ryccAASGQfAwsAAAAAAAAAA+AAAAAAAAAK1ncrFu4awkIjeh4gbJWUPkVL9+LTARQIVi4T7chBv+cV+3EUjyd+NEKa5U/HpT5JyFzAr0Shr8Flxz1LKMcCiGpPzjbB2FngC0xNOuOI/AWbF/LGLYycGi8l3xnYmKpYbLRkTepaC3dmqRuvBHDMaXdzg/+ZYpW+ekb5yDgsFMFVRhyW3VHcctel4StV2c3YgR2Jh+/Fo2xWwxoJrxaNGF9Qnwr8rbUfcAjB2Fs5b6Y40k0xcGEAEJgKAABwsBAAIkBvEHARJTD/edlEZpPVQp1GJaRhg43OgjAwEBBV0AEAAAAQAMgJiAugoBwCYe6AAA',
    'base64',
  ),
})
