/** The headers of a message or part by name: unfolded and decoded when somebody asks, and then kept. */
import type { Octets } from './octets.ts'
import { trimOctets } from './space.ts'
import { decodeWords } from './words.ts'

export interface Header {
  /** Name as received, without the colon or white space before it. */
  readonly name: string
  /** Everything after the colon, folds kept as LF + white space, no final newline. Octets as received. */
  readonly raw: Octets
}

export interface HeaderTable {
  readonly headers: readonly Header[]
  /** Decoded values of one header, in order of appearance. */
  header(name: string): readonly Octets[]
  /** Raw values of one header. */
  rawHeader(name: string): readonly Octets[]
  /** Distinct names in lower case, in order of first appearance, each with the positions of its headers. */
  readonly positions: ReadonlyMap<string, readonly number[]>
}

const NONE: readonly never[] = Object.freeze([])

/** Unfolds and decodes one raw value. */
export function decodeHeader(raw: Octets, name: string): Octets {
  const unfolded = raw.includes('\n') ? raw.replace(/\n[ \t]+/g, ' ') : raw
  return decodeWords(trimOctets(unfolded), name)
}

/** Makes the table of a list of headers; costs one pass, values are decoded on demand. */
export function headerTable(headers: readonly Header[]): HeaderTable {
  const positions = new Map<string, number[]>()
  for (const [index, { name }] of headers.entries()) {
    const key = name.toLowerCase()
    const known = positions.get(key)
    if (known === undefined) positions.set(key, [index])
    else known.push(index)
  }
  const decoded = new Map<string, readonly Octets[]>()
  const header = (name: string): readonly Octets[] => {
    const key = name.toLowerCase()
    const places = positions.get(key)
    if (places === undefined) return NONE
    let values = decoded.get(key)
    if (values === undefined) {
      values = places.map((place) => decodeHeader(headers[place]!.raw, key))
      decoded.set(key, values)
    }
    return values
  }
  const rawHeader = (name: string) =>
    positions.get(name.toLowerCase())?.map((place) => headers[place]!.raw) ?? NONE
  return { headers, header, rawHeader, positions }
}
