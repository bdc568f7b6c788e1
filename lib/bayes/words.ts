/**
 * Text to words, for every script, with the common disguises taken off: compatibility forms (full-width, "fancy"
 * letters) are folded, invisible characters removed, letters of another alphabet inside a Latin word replaced by the
 * Latin letter they imitate, and letters set apart ("V i a g r a", "C.a.s.h") joined. What was a disguise is a word
 * of its own (`?mixed`, `?spaced`, `?invisible`), because honest mail has little of it.
 *
 * Scripts written without spaces (Chinese, Japanese, Thai, Lao, Khmer, Burmese) are cut into overlapping pairs of
 * characters: a dictionary (Intl.Segmenter) was slower by far and no more accurate.
 */

// Zero-width characters, soft hyphen, direction marks, variation selectors, tag characters, fillers.
const INVISIBLE = /\p{Default_Ignorable_Code_Point}/gu
const NON_ASCII = /[^\x00-\x7f]/
const WORD = /[\p{L}\p{N}\p{M}_$€£¥'!%-]+|[.,:;?()[\]{}<>*=#"/\\@+&|~^]{2,}/gu
const UNSPACED =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u
const LATIN = /[A-Za-z]/
const IMITATOR = /[\u0370-\u03ff\u0400-\u052f]/
/** Greek and Cyrillic letters that are read as Latin ones. */
const IMITATED: ReadonlyMap<string, string> = new Map(
  [
    ...'аaАAвbВBеeЕEѕsЅSіiІIїiјjЈJкkКKмmМMнhНHоoОOрpРPсcСCтtТTуyУYхxХXԁdһhԛqԝwαaΑAΒBΕEεeΖZηnΗHιiΙIκkΚKΜMΝNνvοoΟOρpΡPτtΤTυuΥYΧXχx',
  ]
    .join('')
    .match(/../gu)!
    .map((pair) => [[...pair][0]!, [...pair][1]!]),
)
const LETTERS_APART = /(?<![\p{L}\p{N}])\p{L}(?:([ .*_-])\p{L}(?:\1\p{L}){2,20})(?![\p{L}\p{N}])/gu
/** A longer run of word characters is an encoded something: its beginning and its size say all there is to say. */
const LONGEST_WORD = 40

/** The words of a text in order, at most `limit`. Case is kept. */
export function wordsOf(text: string, limit: number): string[] {
  const found: string[] = []
  const clean = plain(text, found)
  const ascii = !NON_ASCII.test(clean)
  for (const word of clean.match(WORD) ?? []) {
    if (found.length >= limit) break
    if (ascii || !NON_ASCII.test(word)) found.push(shortened(word))
    else if (UNSPACED.test(word)) pairsOf(word, found, limit)
    else found.push(shortened(unmasked(word, found)))
  }
  return found
}

/** Compatibility forms folded and invisible characters gone; the disguises met are added to `found`. */
function plain(text: string, found: string[]): string {
  let clean = text
  if (NON_ASCII.test(text)) {
    clean = text.normalize('NFKC')
    const visible = clean.replace(INVISIBLE, '')
    if (visible.length < clean.length) found.push('?invisible')
    clean = visible
  }
  for (const [apart] of clean.matchAll(LETTERS_APART)) {
    found.push('?spaced', apart.replace(/[ .*_-]/g, ''))
    if (found.length > 50) break
  }
  return clean
}

function unmasked(word: string, found: string[]): string {
  if (!LATIN.test(word) || !IMITATOR.test(word)) return word
  found.push('?mixed')
  return [...word].map((letter) => IMITATED.get(letter) ?? letter).join('')
}

function pairsOf(word: string, found: string[], limit: number): void {
  const characters = [...word]
  if (characters.length === 1) found.push(word)
  for (let at = 0; at + 1 < characters.length && found.length < limit; at++)
    found.push(characters[at]! + characters[at + 1]!)
}

function shortened(word: string): string {
  return word.length <= LONGEST_WORD ? word : `${word.slice(0, 12)}~${Math.min(9, word.length >> 4)}`
}
