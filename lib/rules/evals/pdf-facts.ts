/**
 * What a PDF file says about itself in plain sight: size of its pictures, who made it, whether it is encrypted. Only
 * lines are read, nothing is decompressed; spam that is a picture in a PDF looks the same without.
 */
import { createHash } from 'node:crypto'
import type { Octets } from '../../mail/message.ts'
import { toBytes } from '../../mail/octets.ts'

export interface PdfFacts {
  readonly images: number
  /** Square pixels of all pictures whose size is written plainly. */
  readonly area: number
  readonly sizes: readonly { readonly height: number; readonly width: number }[]
  readonly encrypted: boolean
  /** author, creator, created, modified, producer, title -> values, at most 256 octets each. */
  readonly details: ReadonlyMap<string, ReadonlySet<Octets>>
  /** Upper-case hex of the whole file, of its first lines, and of its words. */
  readonly md5: string
  readonly fuzzyMd5: readonly string[]
}

/** Octets of a file that are read at all. */
const MOST_OCTETS = 5_000_000
const MOST_LINE = 20_000
/** Lines that go into the fuzzy sum. */
const FUZZY_LINES = 70

const DETAILS: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['author', /\/Author {0,2}(\(.*?(?<!\\)\)|<[^>]*>)/],
  ['creator', /\/Creator {0,2}(\(.*?(?<!\\)\)|<[^>]*>)/],
  ['created', /\/CreationDate {0,2}\(D:(\d+)/],
  ['modified', /\/ModDate {0,2}\(D:(\d+)/],
  ['producer', /\/Producer {0,2}(\(.*?(?<!\\)\)|<[^>]*>)/],
  ['title', /\/Title {0,2}(\(.*?(?<!\\)\)|<[^>]*>)/],
]

/** Undefined for what is no PDF. */
export function readPdf(file: Octets): PdfFacts | undefined {
  const data = file.slice(0, MOST_OCTETS).replace(/^\xef\xbb\xbf/, '')
  if (!/^.{0,1024}%PDF-\d\.\d/s.test(data)) return undefined
  const details = new Map<string, Set<Octets>>()
  const pictures = new PictureReader()
  const fuzzy: string[] = []
  let [tags, encrypted, lines, inFuzzy] = ['', false, 0, true]
  for (const whole of data.split('\n')) {
    const line = whole.slice(0, MOST_LINE)
    if (line === '') continue
    if (inFuzzy && ++lines < FUZZY_LINES) {
      if (!NOT_FUZZY.test(line)) fuzzy.push(line.replace(/\s+$/, ''))
      inFuzzy = !line.includes('stream')
    }
    encrypted ||= line.startsWith('/Encrypt')
    if (pictures.read(line)) inFuzzy = false
    if (!line.includes('/')) continue
    tags += /^\/([A-Za-z]+)/.exec(line)?.[1] ?? ''
    for (const [name, pattern] of DETAILS) {
      const value = pattern.exec(line)?.[1]
      if (value !== undefined) details.set(name, (details.get(name) ?? new Set()).add(textOf(value)))
    }
  }
  const sums = [fuzzy.join(''), tags].filter((text) => text !== '').map(md5)
  return { ...pictures.result(), encrypted, details, md5: md5(data), fuzzyMd5: sums }
}

const NOT_FUZZY = /^%|^\/(?:Height|Width|(?:Media|Crop)Box)|^\d+\s+\d+\s+\d+\s+\d+\s+\d+\s+\d+\s+cm$/

/** A picture's width and height stand together on one line, that which says /Image or a later one. */
class PictureReader {
  readonly #sizes: { height: number; width: number }[] = []
  #inImage = false

  /** True when a line completes a picture. */
  read(line: Octets): boolean {
    this.#inImage ||= line.includes('/Image')
    if (!this.#inImage) return false
    const both =
      /^(\d+)\s+\d+\s+\d+\s+(\d+)\s+\d+\s+\d+\s+cm$/.exec(line) ?? /\/Width\s(\d+)\/Height\s(\d+)/.exec(line)
    const [width, height] = [Number(both?.[1] ?? 0), Number(both?.[2] ?? 0)]
    if (width === 0 || height === 0) return false
    this.#inImage = false
    this.#sizes.push({ height, width })
    return true
  }

  result(): Pick<PdfFacts, 'images' | 'area' | 'sizes'> {
    const sum = (pick: 'height' | 'width'): number =>
      this.#sizes.reduce((total, size) => total + size[pick], 0)
    const area = this.#sizes.reduce((total, { height, width }) => total + height * width, 0)
    const whole = { height: sum('height'), width: sum('width') }
    return { images: this.#sizes.length, area, sizes: area > 0 ? [...this.#sizes, whole] : [] }
  }
}

/** A PDF string, `(text)` or `<hex>`, as octets; UTF-16 loses its zero octets. */
function textOf(written: Octets): Octets {
  const text = written.startsWith('<')
    ? (written.match(/[0-9A-Fa-f]{2}/g) ?? [])
        .map((pair) => String.fromCharCode(Number.parseInt(pair, 16)))
        .join('')
    : written
        .replace(/^\(|\)$/g, '')
        .replace(/(?<!\\)\\([0-3][0-7][0-7])/g, (_, octal: string) =>
          String.fromCharCode(Number.parseInt(octal, 8)),
        )
  const wide = /^(?:\xfe\xff|\xff\xfe)/.test(text)
  const narrow = wide ? text.slice(2).replaceAll('\0', '') : text
  return narrow.replace(/\\([()\\])/g, '$1').slice(0, 256)
}

function md5(text: Octets): string {
  return createHash('md5').update(toBytes(text)).digest('hex').toUpperCase()
}
