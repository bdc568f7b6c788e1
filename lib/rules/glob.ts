/**
 * Texts with `*` for any run of characters and `?` for one, as the lists of rule files have them. No regular expression
 * is made: with many `*` in a row of pieces one would try every way to divide a hostile text.
 */

export interface Glob {
  test(text: string): boolean
}

/** The pattern must fit the whole text, or any part of it. */
export function makeGlob(pattern: string, fits: 'whole' | 'part'): Glob {
  const pieces = pattern.split(/\*+/)
  return { test: (text) => (fits === 'whole' ? fitsWhole(text, pieces) : isPart(text, pieces)) }
}

function fitsWhole(text: string, pieces: readonly string[]): boolean {
  const [first = '', ...rest] = pieces
  if (rest.length === 0) return text.length === first.length && isAt(text, 0, first)
  const last = rest.pop() ?? ''
  const end = text.length - last.length
  if (end < first.length || !isAt(text, 0, first) || !isAt(text, end, last)) return false
  return isPart(text.slice(first.length, end), rest)
}

/** The pieces stand in the text one behind the other; the first place for each is as good as any. */
function isPart(text: string, pieces: readonly string[]): boolean {
  let at = 0
  return pieces.every((piece) => {
    const found = find(text, at, piece)
    at = found + piece.length
    return found >= 0
  })
}

function find(text: string, from: number, piece: string): number {
  if (!piece.includes('?')) return text.indexOf(piece, from)
  for (let at = from; at + piece.length <= text.length; at++) if (isAt(text, at, piece)) return at
  return -1
}

function isAt(text: string, at: number, piece: string): boolean {
  if (!piece.includes('?')) return text.startsWith(piece, at)
  for (let index = 0; index < piece.length; index++)
    if (piece[index] !== '?' && piece[index] !== text[at + index]) return false
  return at + piece.length <= text.length
}
