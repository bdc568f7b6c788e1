/**
 * The text of a page as it flows: runs of white space become one blank, white space of elements swallows the blank
 * beside it, and each piece is known to be visible or not. On the way it counts words cut apart by tags.
 */
import { SPACE, UNICODE_SPACE } from './space.ts'

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
  result(): FlowResult
}

export interface FlowResult {
  readonly text: string
  readonly visible: string
  readonly invisible: string
  /** Per view: is it Unicode, or are its characters octets? */
  readonly unicode: { readonly text: boolean; readonly visible: boolean; readonly invisible: boolean }
}

const WIDE = /[^\x00-\xff]/
const BLANKS = /[\t-\r ]+|\xc2\xa0/g
const INK = /[^\t-\r \xc2]|\xc2(?!\xa0)/
const PUNCTUATION = '\\x21-\\x2f\\x3a-\\x40\\x5b-\\x60\\x7b-\\x7e'
const UNICODE_LETTERS = letters(UNICODE_SPACE, /[\p{Alphabetic}\p{M}\p{Nd}\p{Pc}\p{Join_Control}]/u)
const OCTET_LETTERS = letters(SPACE, /\w/)
/** Pieces of words longer than this are not looked at. */
const LONGEST_PIECE = 7

/** What is a letter, which is everything but white space and punctuation, and what belongs to a word. */
interface Letters {
  readonly start: RegExp
  readonly end: RegExp
  readonly none: RegExp
  readonly word: RegExp
}

function letters(space: string, word: RegExp): Letters {
  const letter = `[^${space}${PUNCTUATION}]`
  return {
    start: new RegExp(`^${letter}`),
    end: new RegExp(`${letter}$`),
    none: new RegExp(`[${space}${PUNCTUATION}]`),
    word,
  }
}

/** An empty flow. `unicode`: text is Unicode; else it is octets but for pieces with characters beyond. */
export function makeTextFlow(unicode: boolean): TextFlow {
  const pieces: string[] = []
  /** Per piece: is it white space of an element, can it not be seen. */
  const spaces: boolean[] = []
  const hiddens: boolean[] = []
  const meetings = new Set<string>()
  let cuts = 0
  const lettersOf = (text: string) => (unicode || WIDE.test(text) ? UNICODE_LETTERS : OCTET_LETTERS)
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
      if (last >= 0 && lettersOf(pieces[last]!).end.test(pieces[last]!)) {
        if (lettersOf(text).start.test(text)) cuts++
        noteMeeting(meetings, pieces[last]!, lettersOf(pieces[last]!), text, lettersOf(text))
      }
      const flat = text.replace(BLANKS, ' ')
      const joins = last >= 0 && !hidden && spaces[last]! && flat.startsWith(' ')
      push(joins ? flat.slice(1) : flat, false, hidden)
    },
    hasInk: (text) => INK.test(text),
    obfuscations: () => cuts,
    backhair: () => meetings.size,
    result() {
      const views = {
        text: pieces.join(''),
        visible: pieces.filter((_, i) => !hiddens[i]).join(''),
        invisible: pieces.filter((_, i) => hiddens[i]).join(''),
      }
      const isUnicode = (view: string) => (unicode && view !== '') || WIDE.test(view)
      return {
        ...views,
        unicode: {
          text: isUnicode(views.text),
          visible: isUnicode(views.visible),
          invisible: isUnicode(views.invisible),
        },
      }
    },
  }
}

function noteMeeting(
  meetings: Set<string>,
  before: string,
  lettersBefore: Letters,
  after: string,
  lettersAfter: Letters,
): void {
  const left = edgeLength(Array.from(before.slice(-2 * LONGEST_PIECE - 2)).reverse(), lettersBefore)
  const right = left === 0 ? 0 : edgeLength(Array.from(after.slice(0, 2 * LONGEST_PIECE + 2)), lettersAfter)
  if (right > 0) meetings.add(`${left}_${right}`)
}

/** Longest run of up to 7 letters from the edge on that ends at a word boundary. */
function edgeLength(characters: readonly string[], { none, word }: Letters): number {
  const isWord = (character: string | undefined) => character !== undefined && word.test(character)
  let best = 0
  for (let length = 1; length <= LONGEST_PIECE && length <= characters.length; length++) {
    const last = characters[length - 1]!
    if (none.test(last)) break
    if (isWord(last) !== isWord(characters[length])) best = length
  }
  return best
}
