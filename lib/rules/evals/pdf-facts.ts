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

const TEXTS: readonly (readonly [name: string, start: RegExp])[] = [
  ['author', /\/Author {0,2}([(<])/g],
  ['creator', /\/Creator {0,2}([(<])/g],
  ['producer', /\/Producer {0,2}([(<])/g],
  ['title', /\/Title {0,2}([(<])/g],
]
const TIMES: readonly (readonly [name: string, pattern: RegExp])[] = [
  ['created', /\/CreationDate {0,2}\(D:(\d+)/],
  ['modified', /\/ModDate {0,2}\(D:(\d+)/],
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
      if (!NOT_FUZZY.test(line)) fuzzy.push(line.trimEnd())
      inFuzzy = !line.includes('stream')
    }
    encrypted ||= line.startsWith('/Encrypt')
    if (pictures.read(line)) inFuzzy = false
    if (!line.includes('/')) continue
    tags += /^\/([A-Za-z]+)/.exec(line)?.[1] ?? ''
    const note = (name: string, value: Octets | undefined) => {
      if (value !== undefined) details.set(name, (details.get(name) ?? new Set()).add(textOf(value)))
    }
    for (const [name, start] of TEXTS) note(name, stringAfter(line, start))
    for (const [name, pattern] of TIMES) note(name, pattern.exec(line)?.[1])
  }
  const sums = [fuzzy.join(''), tags].filter((text) => text !== '').map(md5)
  return { ...pictures.result(), encrypted, details, md5: md5(data), fuzzyMd5: sums }
}

/** The first string in brackets, `(text)` or `<hex>`, that begins where `start` ends. */
function stringAfter(line: Octets, start: RegExp): Octets | undefined {
  // how far the line was searched for an end in vain, for each kind
  const searched = { '(': 0, '<': 0 }
  for (const { index, 0: found, 1: open } of line.matchAll(start)) {
    const at = index + found.length - 1
    const kind = open === '(' ? '(' : '<'
    if (at < searched[kind]) continue
    const close = kind === '(' ? /(?<!\\)\)|[\r\n]/g : />/g
    close.lastIndex = at + 1
    const end = close.exec(line)
    if (end !== null && ')>'.includes(end[0])) return line.slice(at, end.index + 1)
    searched[kind] = end?.index ?? line.length
  }
  return undefined
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
