/**
 * A text that MIME parts are cut from, and the way back from a place in it to the place in the message's body: CRLF
 * became LF, and runs of empty lines were shortened before parsing, as SpamAssassin does. The way back is worked out
 * only when an attachment is to be found or cut out.
 */
import type { Octets } from './octets.ts'
import { isSpace } from './space.ts'

export interface Source {
  readonly text: Octets
  /** Index in `Message.body` of the octet at `offset` of `text`; -1 where the text is no part of the body. */
  locate(offset: number): number
}

/** Blank lines in a row that are kept. */
const MOST_BLANK_LINES = 20

/** Source of a text that has no place in the body of the message, such as a decoded message. */
export function looseSource(text: Octets): Source {
  return { text: squashBlankLines(text).text, locate: () => -1 }
}

/** Source of a text that stands in the body from `offset(0)` on. */
export function placedSource(text: Octets, offset: (place: number) => number): Source {
  const { text: squashed, cuts } = squashBlankLines(text)
  return cuts.length === 0
    ? { text, locate: offset }
    : { text: squashed, locate: (place) => offset(place + removedBefore(cuts, place)) }
}

/** Source of a whole body, whose `original` may have CRLF line ends where `text` has LF. */
export function bodySource(text: Octets, original: Uint8Array): Source {
  if (text.length === original.length) return placedSource(text, (place) => place)
  let returns: Int32Array | undefined
  return placedSource(text, (place) => {
    returns ??= removedReturns(text, original)
    return place + countBelow(returns, place)
  })
}

interface Cut {
  /** Place in the shortened text. */
  readonly at: number
  readonly removed: number
}

/** Takes all but 20 out of each run of blank lines (one more at the very top). */
function squashBlankLines(text: Octets): { text: Octets; cuts: readonly Cut[] } {
  if (!/\n[\t\v\f\r ]*\n[\t\v\f\r ]*\n/.test(text)) return { text, cuts: [] }
  const cuts: Cut[] = []
  let result = ''
  let copied = 0
  const ends: number[] = []
  for (let at = 0; at <= text.length;) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline + 1
    const blank = end > at && isBlankLine(text, at, end)
    if (blank) ends.push(end)
    if (!blank || end === text.length) {
      // the first line of the mail is never taken out
      const top = ends.length > 0 && firstLineIs(text, ends[0]!) ? 1 : 0
      const excess = ends.length - top - MOST_BLANK_LINES
      if (excess > 0) {
        const from = ends[top]!
        const to = ends[top + excess]!
        result += text.slice(copied, from)
        copied = to
        cuts.push({ at: result.length, removed: to - from })
      }
      ends.length = 0
    }
    if (end === text.length) break
    at = end
  }
  return cuts.length === 0 ? { text, cuts } : { text: result + text.slice(copied), cuts }
}

function firstLineIs(text: Octets, end: number): boolean {
  const newline = text.indexOf('\n')
  return (newline < 0 ? text.length : newline + 1) === end
}

function isBlankLine(text: Octets, at: number, end: number): boolean {
  while (at < end && isSpace(text.charCodeAt(at))) at++
  return at === end
}

function removedBefore(cuts: readonly Cut[], place: number): number {
  let removed = 0
  for (const cut of cuts) {
    if (cut.at >= place) break
    removed += cut.removed
  }
  return removed
}

/** Places in `text` (of LFs) before which a CR was taken out. */
function removedReturns(text: Octets, original: Uint8Array): Int32Array {
  const places = new Int32Array(original.length - text.length)
  let count = 0
  for (let i = 0; i + 1 < original.length && count < places.length; i++) {
    if (original[i] === 13 && original[i + 1] === 10) {
      places[count] = i - count
      count++
    }
  }
  return places
}

/** How many of the sorted numbers are smaller than `limit`. */
function countBelow(sorted: Int32Array, limit: number): number {
  let low = 0
  let high = sorted.length
  while (low < high) {
    const middle = (low + high) >> 1
    if (sorted[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}
