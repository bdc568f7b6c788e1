/**
 * Sets of octets: what one position of a pattern may match. Perl's classes are worked out here, once, for octets and
 * ASCII rules, so that JavaScript's idea of white space (NBSP, U+FEFF) cannot change what a rule hits.
 */

/** Membership of the octets 0 to 255: 1 or 0 each. */
export type CharSet = Uint8Array

export function emptySet(): CharSet {
  return new Uint8Array(256)
}

export function ofCodes(codes: Iterable<number>): CharSet {
  const set = emptySet()
  for (const code of codes) if (code < 256) set[code] = 1
  return set
}

export function addRange(target: CharSet, from: number, to: number): void {
  for (let code = from; code <= Math.min(to, 255); code++) target[code] = 1
}

export function ofRange(from: number, to: number): CharSet {
  const set = emptySet()
  addRange(set, from, to)
  return set
}

export function addAll(target: CharSet, source: CharSet): void {
  for (let code = 0; code < 256; code++) if (source[code] === 1) target[code] = 1
}

export function negated(set: CharSet): CharSet {
  return set.map((member) => 1 - member)
}

/**
 * The set with both cases of every letter in it, those of Latin-1 too: what /i means for octets in SpamAssassin, which
 * compiles all patterns under /aa.
 */
export function folded(set: CharSet): CharSet {
  const result = Uint8Array.from(set)
  for (let code = 65; code <= 90; code++) {
    if (set[code] === 1) result[code + 32] = 1
    if (set[code + 32] === 1) result[code] = 1
  }
  for (let code = 0xc0; code <= 0xde; code++) {
    if (code === 0xd7) continue
    if (set[code] === 1) result[code + 32] = 1
    if (set[code + 32] === 1) result[code] = 1
  }
  return result
}

export function sizeOf(set: CharSet): number {
  let size = 0
  for (const member of set) size += member
  return size
}

export function disjoint(one: CharSet, other: CharSet): boolean {
  for (let code = 0; code < 256; code++) if (one[code] === 1 && other[code] === 1) return false
  return true
}

const letters = (text: string): CharSet => ofCodes([...text].map((char) => char.charCodeAt(0)))
function union(...sets: readonly CharSet[]): CharSet {
  const result = emptySet()
  for (const set of sets) addAll(result, set)
  return result
}

export const DIGIT = ofRange(48, 57)
const UPPER = ofRange(65, 90)
const LOWER = ofRange(97, 122)
const ALPHA = union(UPPER, LOWER)
const ALNUM = union(ALPHA, DIGIT)
export const WORD = union(ALNUM, letters('_'))
export const SPACE = letters(' \t\n\v\f\r')
export const NOT_NEWLINE = negated(letters('\n'))
export const EVERY = ofRange(0, 255)
const HORIZONTAL = letters(' \t\xA0')
export const VERTICAL = letters('\n\v\f\r\x85')
const GRAPH = ofRange(33, 126)

/** The classes written \d, \W and so on; an upper-case letter is the negation. */
export const ESCAPE_CLASSES: Readonly<Record<string, CharSet>> = {
  d: DIGIT,
  D: negated(DIGIT),
  w: WORD,
  W: negated(WORD),
  s: SPACE,
  S: negated(SPACE),
  h: HORIZONTAL,
  H: negated(HORIZONTAL),
  v: VERTICAL,
  V: negated(VERTICAL),
  N: NOT_NEWLINE,
}

/** [:alpha:] and its kin, as Perl means them for octets without a locale. */
const POSIX_CLASSES: Readonly<Record<string, CharSet>> = {
  alpha: ALPHA,
  digit: DIGIT,
  alnum: ALNUM,
  upper: UPPER,
  lower: LOWER,
  word: WORD,
  space: SPACE,
  blank: letters(' \t'),
  cntrl: union(ofRange(0, 31), ofCodes([127])),
  graph: GRAPH,
  print: ofRange(32, 126),
  punct: union(ofRange(33, 47), ofRange(58, 64), ofRange(91, 96), ofRange(123, 126)),
  xdigit: letters('0123456789abcdefABCDEF'),
  ascii: ofRange(0, 127),
}

export const posixClass = (name: string): CharSet | undefined =>
  Object.hasOwn(POSIX_CLASSES, name) ? POSIX_CLASSES[name] : undefined

/** \p{L}, \p{IsUpper}...: the Latin-1 members of a Unicode property, or undefined for a name neither Perl nor we know. */
export function unicodeProperty(name: string): CharSet | undefined {
  const plain = name.replace(/^(?:Is|Posix|X?Posix)(?=[A-Z])/, '').trim()
  const posix = posixClass(plain.toLowerCase())
  if (posix !== undefined) return posix
  if (!/^\w+(?:=\w+)?$/.test(plain)) return undefined
  for (const property of [plain, `Script=${plain}`]) {
    try {
      const tester = new RegExp(`\\p{${property}}`, 'u')
      const set = emptySet()
      for (let code = 0; code < 256; code++) if (tester.test(String.fromCharCode(code))) set[code] = 1
      return set
    } catch {
      continue
    }
  }
  return undefined
}

const hex = (code: number): string => `\\x${code.toString(16).padStart(2, '0')}`

/** One octet as it stands in a JavaScript pattern. */
export function charSource(code: number): string {
  const char = String.fromCharCode(code)
  return /^[\w <>"'=@%&,;!~#`]$/.test(char) ? char : hex(code)
}

function ranges(set: CharSet): string {
  let source = ''
  for (let code = 0; code < 256; code++) {
    if (set[code] !== 1) continue
    let end = code
    while (end < 255 && set[end + 1] === 1) end++
    if (end - code < 2) for (let one = code; one <= end; one++) source += charSource(one)
    else source += `${charSource(code)}-${charSource(end)}`
    code = end
  }
  return source
}

/**
 * A set as a JavaScript class. With `separator`, octet 0 ends a line of a joined text and is never matched.
 */
export function setSource(set: CharSet, separator: boolean): string {
  const written = separator ? writtenJoined : writtenExact
  let source = written.get(set)
  if (source === undefined) {
    source = writeSet(set, separator)
    written.set(set, source)
  }
  return source
}

/** Sets of single letters are shared by all patterns: each is written once. */
const writtenExact = new WeakMap<CharSet, string>()
const writtenJoined = new WeakMap<CharSet, string>()

function writeSet(set: CharSet, separator: boolean): string {
  const members = Uint8Array.from(set)
  if (separator) members[0] = 0
  const size = sizeOf(members)
  if (size === 0) return '[]'
  if (size === 256) return '[^]'
  if (size === 1) return charSource(members.indexOf(1))
  return size <= 128 ? `[${ranges(members)}]` : `[^${ranges(negated(members))}]`
}
