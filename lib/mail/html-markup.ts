/** The inside of an HTML tag: where its name, its attributes and its end are. */
import { decodeReferences } from './html-text.ts'
import { isSpace } from './space.ts'

export type HtmlAttributes = Map<string, string>

/** Places a tag's attributes can take up; what more there is goes unread. */
const MOST_PLACES = 4 * 1000 + 1

/**
 * Scans the start tag whose `<` is at `at`. Returns the place of its `>`, -1 when it is not complete. `places` gets the
 * end of the tag's name, then four numbers an attribute: name, its end, value (-1: none), its end.
 */
export function scanStartTag(text: string, at: number, places: number[]): number {
  const length = text.length
  const nameEnd = skipWord(text, at + 2)
  let i = skipSpace(text, nameEnd)
  places.push(nameEnd)
  while (i < length && text.charCodeAt(i) !== 62) {
    const attribute = i
    i = skipAttributeName(text, i + 1)
    const attributeEnd = i
    i = skipSpace(text, i)
    if (i >= length) return -1
    if (text.charCodeAt(i) !== 61) {
      places.push(attribute, attributeEnd, -1, -1)
      continue
    }
    i = skipSpace(text, i + 1)
    if (i >= length) return -1
    const quote = text.charCodeAt(i)
    let valueEnd: number
    if (quote === 34 || quote === 39) {
      valueEnd = text.indexOf(quote === 34 ? '"' : "'", i + 1)
      if (valueEnd < 0) return -1
      places.push(attribute, attributeEnd, i + 1, valueEnd++)
    } else {
      valueEnd = skipWord(text, i)
      places.push(attribute, attributeEnd, i, valueEnd)
    }
    i = skipSpace(text, valueEnd)
  }
  if (i >= length) return -1
  return i
}

/** The attributes found by `scanStartTag`; of repeated ones the first counts. */
export function readAttributes(text: string, places: readonly number[]): HtmlAttributes {
  const attributes: HtmlAttributes = new Map()
  for (let i = 1; i < places.length && i < MOST_PLACES; i += 4) {
    const name = text.slice(places[i]!, places[i + 1]!)
    const key = name.toLowerCase()
    if (attributes.has(key)) continue
    const from = places[i + 2]!
    attributes.set(key, from < 0 ? name : decodeReferences(text.slice(from, places[i + 3]!), false))
  }
  return attributes
}

/** The next `>` outside quotes; a quote counts only after a space or `=`. */
export function skipUntilGt(text: string, from: number): number {
  let quote = 0
  let previous = 32
  for (let i = from; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (quote === 0 && code === 62) return i
    if (code === 34 || code === 39) {
      if (code === quote) quote = 0
      else if (quote === 0 && (previous === 32 || previous === 61)) quote = code
    }
    previous = code
  }
  return -1
}

/** Index of the first character from `from` on that is no white space. */
export function skipSpace(text: string, from: number): number {
  let i = from
  while (i < text.length && isSpace(text.charCodeAt(i))) i++
  return i
}

/** Over everything but white space and `>`. */
export function skipWord(text: string, from: number): number {
  let i = from
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 62 || isSpace(code)) break
  }
  return i
}

/** Over everything but white space, `=` and `>`. */
function skipAttributeName(text: string, from: number): number {
  let i = from
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code === 62 || code === 61 || isSpace(code)) break
  }
  return i
}

function isLetter(code: number): boolean {
  const lower = code | 32
  return lower >= 97 && lower <= 122
}

/** A letter, `_` or `:`. */
export function isNameStart(code: number): boolean {
  return isLetter(code) || code === 95 || code === 58
}

/** Over letters, digits, `_`, `.`, `-` and `:`. */
export function skipName(text: string, from: number): number {
  let i = from
  for (; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (!isNameStart(code) && !(code >= 48 && code <= 57) && code !== 45 && code !== 46) break
  }
  return i
}
