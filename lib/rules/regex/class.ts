/** Reads a bracketed class such as [^a-z[:punct:]\s] into a set of octets. */
import {
  type CharSet,
  ESCAPE_CLASSES,
  posixClass,
  addAll,
  addRange,
  emptySet,
  folded,
  negated,
  unicodeProperty,
} from './charset.ts'
import { type Cursor, PatternError, readCodePoint } from './cursor.ts'
import type { Flags } from './flags.ts'

/** Most classes stand in many patterns: equal ones are the same object, and what is known of one is known of all. */
const shared = new Map<string, CharSet>()
const MOST_SHARED = 5000

/** The cursor stands behind the opening bracket and ends behind the closing one. */
export function readClass(cursor: Cursor, flags: Flags): CharSet {
  const start = cursor.at
  const set = readSet(cursor, flags)
  const written = `${flags.fold ? 'i' : ''}${flags.extendedClass ? 'x' : ''}[${cursor.text.slice(start, cursor.at)}`
  const same = shared.get(written)
  if (same !== undefined) return same
  if (shared.size >= MOST_SHARED) shared.clear()
  shared.set(written, set)
  return set
}

function readSet(cursor: Cursor, flags: Flags): CharSet {
  const { text } = cursor
  const slip = /^([:.=])\^?\w+\1\]/.exec(text.slice(cursor.at, cursor.at + 24))
  if (slip !== null) throw new PatternError(`[${slip[0]} belongs inside a class`)
  const set = emptySet()
  const negative = text[cursor.at] === '^'
  if (negative) cursor.at++
  for (let first = true; ; first = false) {
    const char = text[cursor.at]
    if (char === undefined) throw new PatternError('unmatched [ in pattern')
    // A ] in first place is an ordinary character.
    if (char === ']' && !first) break
    if (flags.extendedClass && (char === ' ' || char === '\t')) {
      cursor.at++
      continue
    }
    const member = readMember(cursor)
    if (typeof member === 'number') addRange(set, member, endOfRange(cursor, member))
    else {
      addAll(set, member)
      // Perl takes the hyphen of [\w-z] as itself, but warns; SpamAssassin takes warnings for errors.
      if (text[cursor.at] === '-' && !/^.(?:\]|$)/.test(text.slice(cursor.at, cursor.at + 2)))
        throw new PatternError('a range in a class begins with a class')
    }
  }
  cursor.at++
  const whole = flags.fold ? folded(set) : set
  return negative ? negated(whole) : whole
}

/** The last octet of a range that begins with `from`, or `from` itself if no range follows. */
function endOfRange(cursor: Cursor, from: number): number {
  const { text } = cursor
  if (text[cursor.at] !== '-' || text[cursor.at + 1] === ']' || text[cursor.at + 1] === undefined) return from
  cursor.at++
  const to = readMember(cursor)
  if (typeof to !== 'number') throw new PatternError('a range in a class ends in a class')
  if (to < from) throw new PatternError('range in class runs backwards')
  return to
}

/** One character, or the set of a class within the class. */
function readMember(cursor: Cursor): number | CharSet {
  const { text } = cursor
  const char = text[cursor.at]!
  if (char === '[') {
    const posix = /^\[:(\^?)(\w+):\]/.exec(text.slice(cursor.at, cursor.at + 20))
    if (posix !== null) {
      const known = posixClass(posix[2]!)
      if (known === undefined) throw new PatternError(`unknown class ${posix[0]}`)
      cursor.at += posix[0].length
      return posix[1] === '^' ? negated(known) : known
    }
    const reserved = /^\[([.=]).*?\1\]/.exec(text.slice(cursor.at, cursor.at + 20))
    if (reserved !== null) throw new PatternError(`${reserved[0]} has no meaning in Perl`)
  }
  cursor.at++
  if (char !== '\\') return char.charCodeAt(0)
  const escape = text[cursor.at]
  if (escape === 'b') {
    cursor.at++
    return 8
  }
  if (escape === 'p' || escape === 'P') {
    const found = /^[pP](?:\{\s*(\^?)(?!\s)([\w=: ]+)\}|(\w))/.exec(text.slice(cursor.at, cursor.at + 80))
    const set = found === null ? undefined : unicodeProperty(found[2] ?? found[3] ?? '')
    if (found === null || set === undefined) throw new PatternError('unknown property in class')
    cursor.at += found[0].length
    return (escape === 'P') === (found[1] === '^') ? set : negated(set)
  }
  // \N in a class would be ambiguous and Perl refuses it.
  const known = escape === undefined || escape === 'N' ? undefined : ESCAPE_CLASSES[escape]
  if (known !== undefined) {
    cursor.at++
    return known
  }
  if (escape === 'E' || escape === 'Q') throw new PatternError(`\\${escape} in a class`)
  return readCodePoint(cursor)
}
