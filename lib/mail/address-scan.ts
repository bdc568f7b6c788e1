/**
 * One address of a header value after the other, in time that grows with the value's length and nothing else. Values
 * are broken in every way there is, and much that no grammar allows is read as SpamAssassin reads it: the widest
 * reading that ends at a comma, a semicolon or the end wins. Each choice is tried once and its outcome kept.
 */
import type { Octets } from './octets.ts'
import { isSpace } from './space.ts'

/** One address as it stands: `phrase <angle> (comment)`, `bare (comment)` or `phrase (comment)`, and what ends it. */
export interface ScannedAddress {
  readonly phrase: Octets | undefined
  /** What stands in angle brackets; `<a><b>` counts as its first. */
  readonly angle: Octets | undefined
  /** An address without brackets. */
  readonly bare: Octets | undefined
  readonly comment: Octets | undefined
  /** Index behind it and its comma or semicolon. */
  readonly end: number
}

/** A comment, and the comma, semicolon or end behind it. */
interface Ending {
  readonly comment: Octets | undefined
  readonly end: number
}

interface Angle {
  readonly text: Octets
  readonly ending: Ending
}

/** Characters of a comment, escaped ones counted once. */
export const LONGEST_COMMENT = 500
/** In angle brackets: of anything but `>` and `@`, and of anything but white space after that. */
const LONGEST_START = 300
const LONGEST_WORD = 400
/** Octets of `user` and `host` without quotes and brackets. */
const LOCAL = /[^@\t-\r <>()[\],:;]+/y
const HOST = /[^"\t-\r <>()[\],:;]+|\[[\d:.]+\]/y

const LESS = 60
const GREATER = 62
const QUOTE = 34
const BACKSLASH = 92

/** Reads `text`, in which no two backslashes stand together; the result reads the address at an index, if there is one. */
export function addressScanner(text: Octets): (start: number) => ScannedAddress | undefined {
  const { pastSpace, pastWord, nextQuote, nextBroken } = places(text)
  const code = (at: number) => text.charCodeAt(at)
  const endings = Array.from<Ending | null | undefined>({ length: text.length + 2 })
  const endingsBehindAngle = Array.from<Ending | null | undefined>({ length: text.length + 2 })
  const below = Int32Array.from(pastSpace, (close, at) =>
    code(close) === GREATER ? at : Math.max(at - 1, 0),
  )

  /** Behind the quoted string that begins at `at`; undefined when it does not end. */
  const pastQuoted = (at: number): number | undefined => {
    const close = nextQuote[at + 1]!
    return code(at) !== QUOTE || close < 0 || nextBroken[at]! < close ? undefined : close + 1
  }

  /** The last place up to `at` where a word can end before a closing bracket that was not found wrong yet; 0 for none. */
  function mayEnd(at: number): number {
    let end = at
    while (end > 0 && below[end]! < end) {
      const next = below[end]!
      // those passed over lead farther next time
      below[end] = below[next]!
      end = next
    }
    return end
  }

  function comment(open: number): { readonly text: Octets; readonly end: number } | undefined {
    let at = open + 1
    for (let count = 0; at < text.length && !'()'.includes(text[at]!); count++) {
      if (count === LONGEST_COMMENT || at === nextBroken[at]) return undefined
      at += code(at) === BACKSLASH ? 2 : 1
    }
    return text[at] === ')' ? { text: text.slice(open + 1, at), end: at + 1 } : undefined
  }

  function ending(at: number): Ending | null {
    const start = pastSpace[at]!
    const known = endings[start]
    if (known !== undefined) return known
    const found = text[start] === '(' ? comment(start) : undefined
    const last = pastSpace[found?.end ?? start]!
    const isEnd = last === text.length || text[last] === ',' || text[last] === ';'
    const result = isEnd ? { comment: found?.text, end: Math.min(last + 1, text.length) } : null
    endings[start] = result
    return result
  }

  /** The last place from `first` to `last` at which a word can end, with a closing bracket and a good end behind it. */
  function lastClosing(
    first: number,
    last: number,
  ): { readonly end: number; readonly ending: Ending } | null {
    for (let end = mayEnd(last); end >= first; end = mayEnd(end)) {
      const found = endingBehindAngle(pastSpace[end]! + 1)
      if (found !== null) return { end, ending: found }
      below[end] = end - 1
    }
    return null
  }

  const wordLimit = (start: number) => Math.min(start + LONGEST_WORD, pastWord[start]!)

  /** Behind a closing bracket: more in brackets, which is passed over, and the end. */
  function endingBehindAngle(at: number): Ending | null {
    const known = endingsBehindAngle[at]
    if (known !== undefined) return known
    const open = pastSpace[at]!
    let result: Ending | null = null
    if (code(open) === LESS) {
      const start = pastSpace[open + 1]!
      const quoted = pastQuoted(start)
      if (quoted !== undefined) result = lastClosing(quoted + 1, wordLimit(quoted))?.ending ?? null
      result ??= lastClosing(start + 1, wordLimit(start))?.ending ?? null
      if (result === null && code(start) === GREATER) result = endingBehindAngle(start + 1)
    }
    result ??= ending(at)
    endingsBehindAngle[at] = result
    return result
  }

  function angle(open: number): Angle | undefined {
    const start = pastSpace[open + 1]!
    let word = start
    while (word < text.length && word - start < LONGEST_START && text[word] !== '>' && text[word] !== '@')
      word++
    // of the places where the last word can begin, each adds one end to those of the next in the same word
    let tried = Infinity
    for (; word >= start; word--) {
      if (word === text.length || isSpace(code(word))) {
        tried = Infinity
        continue
      }
      const found = lastClosing(word + 1, Math.min(wordLimit(word), tried))
      if (found !== null) return { text: text.slice(start, found.end), ending: found.ending }
      tried = word
    }
    const found = code(start) === GREATER ? endingBehindAngle(start + 1) : null
    return found === null ? undefined : { text: '', ending: found }
  }

  function bare(start: number): ScannedAddress | undefined {
    LOCAL.lastIndex = start
    const plain = LOCAL.test(text) ? LOCAL.lastIndex : undefined
    for (const sign of [pastQuoted(start), plain]) {
      if (sign === undefined || text[sign] !== '@') continue
      HOST.lastIndex = sign + 1
      if (!HOST.test(text)) continue
      const end = HOST.lastIndex
      const found = ending(end)
      if (found !== null)
        return { phrase: undefined, angle: undefined, bare: text.slice(start, end), ...found }
    }
    return undefined
  }

  /** Ends that a phrase from `start` can have, in order. */
  function phraseEnds(start: number): readonly number[] {
    const ends: number[] = []
    let at = start
    while (at < text.length && !',;<'.includes(text[at]!)) {
      const next = code(at) === QUOTE ? pastQuoted(at) : at + 1
      if (next === undefined) break
      ends.push((at = next))
    }
    return ends
  }

  return (from) => {
    const start = pastSpace[from]!
    const ends = phraseEnds(start)
    const stop = ends.at(-1) ?? start
    const bracketed = code(stop) === LESS ? angle(stop) : undefined
    if (bracketed !== undefined) {
      const phrase = stop > start ? text.slice(start, stop) : undefined
      return { phrase, angle: bracketed.text, bare: undefined, ...bracketed.ending }
    }
    const mailbox = bare(start)
    if (mailbox !== undefined) return mailbox
    const asPhrase = (first: number, end: number): ScannedAddress | undefined => {
      const found = ending(end)
      if (found === null) return undefined
      return { phrase: text.slice(first, end), angle: undefined, bare: undefined, ...found }
    }
    // only a comment that holds what stopped the phrase can stand behind a shorter one
    for (let index = ends.length - 1; index >= 0 && ends[index]! >= stop - 2 * LONGEST_COMMENT - 2; index--) {
      const found = asPhrase(start, ends[index]!)
      if (found !== undefined) return found
    }
    // a blank before the comma is a phrase
    return start > from ? asPhrase(start - 1, start) : undefined
  }
}

/** For every index: where white space, or a word, from there ends; the next quote and the next broken escape; -1, or the length, for none. */
function places(
  text: Octets,
): Readonly<Record<'pastSpace' | 'pastWord' | 'nextQuote' | 'nextBroken', Int32Array>> {
  const size = text.length + 2
  const pastSpace = new Int32Array(size).fill(text.length)
  const pastWord = new Int32Array(size).fill(text.length)
  const nextQuote = new Int32Array(size).fill(-1)
  const nextBroken = new Int32Array(size).fill(size)
  for (let at = text.length - 1; at >= 0; at--) {
    const character = text.charCodeAt(at)
    const blank = isSpace(character)
    pastSpace[at] = blank ? pastSpace[at + 1]! : at
    pastWord[at] = blank ? at : pastWord[at + 1]!
    const isQuote = character === QUOTE && text.charCodeAt(at - 1) !== BACKSLASH
    nextQuote[at] = isQuote ? at : nextQuote[at + 1]!
    const isBroken = character === BACKSLASH && (at + 1 === text.length || text[at + 1] === '\n')
    nextBroken[at] = isBroken ? at : nextBroken[at + 1]!
  }
  return { pastSpace, pastWord, nextQuote, nextBroken }
}
