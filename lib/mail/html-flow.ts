/**
 * The text of a page as it flows: runs of white space become one blank, white space of elements swallows the blank
 * beside it, and each piece is known to be visible or not. On the way it counts words cut apart by tags.
 */
import { UNICODE_SPACE } from './space.ts'

export interface TextFlow {
  /** White space that an element makes; always visible. */
  space(text: string): void
  text(text: string, hidden: boolean): void
  /** True when there is more in it than white space. */
  hasInk(text: string): boolean
  /** How often text goes on within a word after a tag. */
  obfuscations(): number
  /** Distinct ways in which short pieces of words meet at a tag. */
  backhair(): number
  result(): { readonly text: string; readonly visible: string; readonly invisible: string }
}

const BLANKS = /[\t-\r ]+|\xc2\xa0/g
const INK = /[^\t-\r \xc2]|\xc2(?!\xa0)/
const LETTER = `[^${UNICODE_SPACE}\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e]`
const STARTS_IN_WORD = new RegExp(`^${LETTER}`)
const ENDS_IN_WORD = new RegExp(`${LETTER}$`)
const WORD_CHARACTER = /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u
/** Pieces of words longer than this are not looked at. */
const LONGEST_PIECE = 7
const NOT_LETTER = new RegExp(`[${UNICODE_SPACE}\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e]`)

/** An empty flow. */
export function makeTextFlow(): TextFlow {
  const pieces: string[] = []
  /** Per piece: is it white space of an element, can it not be seen. */
  const spaces: boolean[] = []
  const hiddens: boolean[] = []
  const meetings = new Set<string>()
  let cuts = 0
  const push = (text: string, space: boolean, hidden: boolean) => {
    pieces.push(text)
    spaces.push(space)
    hiddens.push(hidden)
  }
  return {
    space(text) {
      const last = pieces.length - 1
      if (last >= 0 && !spaces[last] && !hiddens[last] && pieces[last]!.endsWith(' '))
        pieces[last] = pieces[last]!.slice(0, -1)
      push(text, true, false)
    },
    text(text, hidden) {
      const last = pieces.length - 1
      if (last >= 0 && ENDS_IN_WORD.test(pieces[last]!)) {
        if (STARTS_IN_WORD.test(text)) cuts++
        noteMeeting(meetings, pieces[last]!, text)
      }
      const flat = text.replace(BLANKS, ' ')
      const joins = last >= 0 && !hidden && spaces[last]! && flat.startsWith(' ')
      push(joins ? flat.slice(1) : flat, false, hidden)
    },
    hasInk: (text) => INK.test(text),
    obfuscations: () => cuts,
    backhair: () => meetings.size,
    result: () => ({
      text: pieces.join(''),
      visible: pieces.filter((_, i) => !hiddens[i]).join(''),
      invisible: pieces.filter((_, i) => hiddens[i]).join(''),
    }),
  }
}

function noteMeeting(meetings: Set<string>, before: string, after: string): void {
  const tail = [...before.slice(-2 * LONGEST_PIECE - 2)]
  const head = [...after.slice(0, 2 * LONGEST_PIECE + 2)]
  const left = tailLength(tail)
  const right = left === 0 ? 0 : headLength(head)
  if (right > 0) meetings.add(`${left}_${right}`)
}

/** Longest run of up to 7 letters at the end that begins at a word boundary. */
function tailLength(characters: readonly string[]): number {
  let best = 0
  for (let length = 1; length <= LONGEST_PIECE && length <= characters.length; length++) {
    const first = characters[characters.length - length]!
    if (NOT_LETTER.test(first)) break
    if (isWord(first) !== isWord(characters[characters.length - length - 1])) best = length
  }
  return best
}

/** Longest run of up to 7 letters at the start that ends at a word boundary. */
function headLength(characters: readonly string[]): number {
  let best = 0
  for (let length = 1; length <= LONGEST_PIECE && length <= characters.length; length++) {
    const last = characters[length - 1]!
    if (NOT_LETTER.test(last)) break
    if (isWord(last) !== isWord(characters[length])) best = length
  }
  return best
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && WORD_CHARACTER.test(character)
}
