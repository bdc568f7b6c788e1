/**
 * Reads a Perl pattern (without delimiters) into a tree.
 *
 * Everything the octet view of SpamAssassin gives a meaning is read; what cannot be run in JavaScript (recursion,
 * conditionals, embedded code, backtracking verbs) ends in a `PatternError` with a plain reason, which becomes a
 * problem with file and line. Rule files are the admin's own, yet nesting is bounded so that a broken one cannot
 * exhaust the stack.
 */
import { type Node, type Pattern, type RepeatMode, maximumLength } from './ast.ts'
import {
  type CharSet,
  ESCAPE_CLASSES,
  EVERY,
  NOT_NEWLINE,
  folded,
  ofCodes,
  unicodeProperty,
  VERTICAL,
} from './charset.ts'
import { readClass } from './class.ts'
import { type Cursor, PatternError, UnsupportedPattern, readCodePoint } from './cursor.ts'
import { type Flags, readFlags } from './flags.ts'

const MAX_DEPTH = 100
const MAX_REPEAT = 65_534
/** What Perl looks back over. */
const MAX_LOOKBEHIND = 255
/** What captures of other rules are put in for: the one { that needs no backslash. */
const TEMPLATE = /^\{[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:\([^)}]*\))?\}/

class Parser implements Cursor {
  readonly text: string
  at = 0
  #depth = 0
  #captures = 0
  readonly #total: number
  readonly #names = new Map<string, number>()

  constructor(text: string) {
    this.text = text
    this.#total = countCaptures(text)
  }

  pattern(flags: Flags): Pattern {
    const root = this.#alternatives(flags)
    if (this.at < this.text.length) throw new PatternError('unmatched ) in pattern')
    return { root, captures: this.#captures, names: [...this.#names.keys()] }
  }

  #alternatives(flags: Flags): Node {
    if (++this.#depth > MAX_DEPTH) throw new PatternError(`groups nested deeper than ${MAX_DEPTH}`)
    // Flags set by (?i) last to the end of the enclosing group, over | too.
    const local = { ...flags }
    const branches: Node[] = []
    let items: Node[] = []
    while (this.at < this.text.length && this.text[this.at] !== ')') {
      if (this.text[this.at] === '|') {
        this.at++
        branches.push(sequence(items))
        items = []
        continue
      }
      const item = this.#quantified(local)
      if (item !== undefined) items.push(item)
    }
    this.#depth--
    branches.push(sequence(items))
    return branches.length === 1 ? branches[0]! : { kind: 'either', branches }
  }

  #quantified(flags: Flags): Node | undefined {
    let atom = this.#atom(flags)
    if (flags.extended) this.#skipExtended()
    const range = this.#quantifier()
    if (range === undefined) {
      if (atom !== undefined) this.#refuseBrace(atom)
      return atom
    }
    if (atom === undefined) throw new PatternError('quantifier follows nothing')
    const [min, max] = range
    if (max < min) throw new PatternError(`quantifier {${min},${max}} can never match`)
    if (max === Infinity && maximumLength(atom) === 0)
      throw new PatternError('repeats without end what matches nothing')
    let mode: RepeatMode = 'greedy'
    const suffix = this.text[this.at]
    if (suffix === '?' || suffix === '+') {
      mode = suffix === '?' ? 'lazy' : 'possessive'
      this.at++
    }
    if (flags.extended) this.#skipExtended()
    if (this.#quantifier() !== undefined) throw new PatternError('nested quantifiers')
    atom = { kind: 'repeat', body: atom, min, max, mode }
    return atom
  }

  /** Perl takes a{x} as it stands, with a warning: most often a { of a count that was mistyped. */
  #refuseBrace(atom: Node): void {
    if (this.text[this.at] !== '{' || (atom.kind === 'anchor' && this.text[this.at - 1] === '^')) return
    if (this.text[this.at - 1] === '%' && TEMPLATE.test(this.text.slice(this.at, this.at + 200))) return
    throw new PatternError('{ begins no count here: write \\{ for the character')
  }

  /** Reads *, +, ? or {m,n} at the cursor; undefined, with the cursor unmoved, if there is none. */
  #quantifier(): [number, number] | undefined {
    const char = this.text[this.at]
    if (char === '*' || char === '+' || char === '?') {
      this.at++
      return char === '*' ? [0, Infinity] : char === '+' ? [1, Infinity] : [0, 1]
    }
    if (char !== '{') return undefined
    const found = /^\{ *(?:(\d+) *(?:(,) *(\d+)?)?|, *(\d+)) *\}/.exec(this.text.slice(this.at, this.at + 40))
    if (found === null) return undefined
    const [whole, least, comma, most, only] = found
    const min = only === undefined ? Number(least) : 0
    const max =
      only !== undefined
        ? Number(only)
        : comma === undefined
          ? min
          : most === undefined
            ? Infinity
            : Number(most)
    if (min > MAX_REPEAT || (max > MAX_REPEAT && max !== Infinity))
      throw new PatternError('quantifier is too big')
    this.at += whole.length
    return [min, max]
  }

  /** One atom; undefined for what matches nothing by itself (comments, flag settings, white space under /x). */
  #atom(flags: Flags): Node | undefined {
    const char = this.text[this.at++]!
    switch (char) {
      case '.':
        return { kind: 'set', set: flags.dotAll ? EVERY : NOT_NEWLINE }
      case '^':
        return { kind: 'anchor', at: flags.multiline ? 'lineStart' : 'start' }
      case '$':
        return { kind: 'anchor', at: flags.multiline ? 'lineEnd' : 'end' }
      case '[':
        return { kind: 'set', set: readClass(this, flags) }
      case '(':
        return this.#group(flags)
      case '\\':
        return this.#escape(flags)
      case '*':
      case '+':
      case '?':
        throw new PatternError('quantifier follows nothing')
    }
    if (flags.extended && (char === '#' || /\s/.test(char))) {
      this.at--
      this.#skipExtended()
      return undefined
    }
    return literal(char.charCodeAt(0), flags)
  }

  #skipExtended(): void {
    for (; this.at < this.text.length; this.at++) {
      const char = this.text[this.at]!
      if (char === '#') {
        const end = this.text.indexOf('\n', this.at)
        this.at = end === -1 ? this.text.length - 1 : end
      } else if (!/[ \t\n\v\f\r]/.test(char)) return
    }
  }

  #group(flags: Flags): Node | undefined {
    if (this.text[this.at] === '*') throw new UnsupportedPattern('backtracking verbs are not supported')
    if (this.text[this.at] !== '?') return flags.noCapture ? this.#closed(flags) : this.#capture(flags)
    const rest = this.text.slice(this.at, this.at + 200)
    const look = /^\?(<?)([=!])/.exec(rest)
    if (look !== null) {
      this.at += look[0].length
      const behind = look[1] === '<'
      const body = this.#closed(flags)
      if (behind && maximumLength(body) > MAX_LOOKBEHIND)
        throw new PatternError(`lookbehind over more than ${MAX_LOOKBEHIND} octets`)
      return { kind: 'look', behind, negative: look[2] === '!', body }
    }
    const named = /^\?(?:P?<([A-Za-z_]\w*)>|'([A-Za-z_]\w*)')/.exec(rest)
    if (named !== null) {
      this.at += named[0].length
      return this.#capture(flags, named[1] ?? named[2])
    }
    const reference = /^\?P=(\w+)\)/.exec(rest)
    if (reference !== null) {
      this.at += reference[0].length
      return this.#backReference(reference[1]!, flags)
    }
    if (rest.startsWith('?#')) {
      const end = this.text.indexOf(')', this.at)
      if (end === -1) throw new PatternError('unclosed (?# comment')
      this.at = end + 1
      return undefined
    }
    if (rest.startsWith('?>')) {
      this.at += 2
      return { kind: 'atomic', body: this.#closed(flags) }
    }
    // (?|…) numbers the groups of its branches alike; without backreferences into it that is a plain group.
    if (rest.startsWith('?|')) {
      this.at += 2
      return this.#closed(flags)
    }
    if (/^\?(?:R|[+-]?\d|&|P>|\(|\[)/.test(rest))
      throw new UnsupportedPattern(`(${rest.slice(0, 3)} is not supported`)
    const set = /^\?(\^?[a-zA-Z]*(?:-[a-zA-Z]*)?)([:)])/.exec(rest)
    if (set === null) throw new PatternError(`(${rest.slice(0, 3)} has no meaning in Perl`)
    this.at += set[0].length
    const inner = readFlags(set[1]!, flags)
    if (set[2] === ':') return this.#closed(inner)
    Object.assign(flags, inner)
    return undefined
  }

  #capture(flags: Flags, name?: string): Node {
    const index = ++this.#captures
    if (name !== undefined && !this.#names.has(name)) this.#names.set(name, index)
    const body = this.#closed(flags)
    return name === undefined ? { kind: 'capture', index, body } : { kind: 'capture', index, name, body }
  }

  #closed(flags: Flags): Node {
    const body = this.#alternatives(flags)
    if (this.text[this.at] !== ')') throw new PatternError('unmatched ( in pattern')
    this.at++
    return body
  }

  #escape(flags: Flags): Node | undefined {
    const char = this.text[this.at]
    if (char === undefined) throw new PatternError('pattern ends in a backslash')
    const known = ESCAPE_CLASSES[char]
    if (known !== undefined && !(char === 'N' && this.text[this.at + 1] === '{')) {
      this.at++
      return { kind: 'set', set: known }
    }
    const reference = /^(?:[1-9]\d*|g(?:-?\d+|\{(-?\w+)\})|k(?:<(\w+)>|'(\w+)'|\{(\w+)\}))/.exec(
      this.text.slice(this.at, this.at + 100),
    )
    if (reference !== null) {
      const [whole, relative, angle, quote, brace] = reference
      const target = relative ?? angle ?? quote ?? brace ?? whole.replace(/^g/, '')
      const number = Number(target)
      // \10 and up are octal unless so many groups exist.
      if (!(/^\d\d/.test(whole) && number > this.#total)) {
        this.at += whole.length
        return this.#backReference(target, flags)
      }
    }
    this.at++
    switch (char) {
      case 'A':
        return { kind: 'anchor', at: 'start' }
      case 'Z':
        return { kind: 'anchor', at: 'end' }
      case 'z':
        return { kind: 'anchor', at: 'veryEnd' }
      case 'b':
      case 'B':
        if (this.text[this.at] === '{') throw new UnsupportedPattern(`\\${char}{ is not supported`)
        return { kind: 'anchor', at: char === 'b' ? 'boundary' : 'notBoundary' }
      case 'R':
        return lineBreak()
      // What stands before \K is matched but not part of the match: of no effect on whether a rule hits.
      case 'K':
        return undefined
      case 'p':
      case 'P':
        return { kind: 'set', set: this.#property(char === 'P', flags) }
      case 'G':
      case 'X':
        throw new UnsupportedPattern(`\\${char} is not supported`)
    }
    this.at--
    return literal(readCodePoint(this), flags)
  }

  #property(negative: boolean, flags: Flags): CharSet {
    const found = /^(?:\{\s*(\^?)(?!\s)([\w=: ]+)\}|(\w))/.exec(this.text.slice(this.at, this.at + 80))
    if (found === null) throw new PatternError('\\p needs a property')
    this.at += found[0].length
    const known = unicodeProperty(found[2] ?? found[3] ?? '')
    const set = known !== undefined && flags.fold ? folded(known) : known
    if (set === undefined) throw new PatternError(`unknown property ${found[0]}`)
    return negative === (found[1] === '^') ? set : set.map((member) => 1 - member)
  }

  #backReference(target: string, flags: Flags): Node {
    const number = Number(target)
    let index = number
    if (Number.isNaN(number)) index = this.#names.get(target) ?? 0
    else if (number < 0) index = this.#captures + 1 + number
    if (index < 1 || index > this.#total) throw new PatternError(`reference to nonexistent group ${target}`)
    return { kind: 'back', index, fold: flags.fold }
  }
}

function sequence(items: readonly Node[]): Node {
  return items.length === 1 ? items[0]! : { kind: 'sequence', items }
}

/** Nodes of single characters, shared by all patterns: as they are, and folded. */
const PLAIN = Array.from({ length: 256 }, (_, code): Node => ({ kind: 'set', set: ofCodes([code]) }))
const FOLDED = Array.from({ length: 256 }, (_, code): Node => ({ kind: 'set', set: folded(ofCodes([code])) }))
/** A code point above 255 never occurs in octets: it matches nothing, as in Perl. */
const NEVER: Node = { kind: 'set', set: ofCodes([]) }

function literal(code: number, flags: Flags): Node {
  return (flags.fold ? FOLDED : PLAIN)[code] ?? NEVER
}

function lineBreak(): Node {
  const pair: Node = {
    kind: 'sequence',
    items: [
      { kind: 'set', set: ofCodes([13]) },
      { kind: 'set', set: ofCodes([10]) },
    ],
  }
  return { kind: 'atomic', body: { kind: 'either', branches: [pair, { kind: 'set', set: VERTICAL }] } }
}

/** Capture groups in the pattern, counted before parsing because \10 depends on it. */
function countCaptures(text: string): number {
  const rest = text.replace(/\\[^]/g, 'x').replace(/\[\^?\]?[^\]]*(?:\]|$)/g, 'x')
  return rest.match(/\((?!\?(?!P?<[A-Za-z_]|'))(?!\*)/g)?.length ?? 0
}

/** Parses a pattern under the given flags. Throws `PatternError`. */
export function parsePattern(text: string, flags: Flags): Pattern {
  return new Parser(text).pattern(flags)
}
