/** The lines of a text as patterns see them: one by one, and joined into a string that one run searches whole. */
import type { Octets } from '../mail/message.ts'
import type { RulePattern } from './regex/pattern.ts'
import type { RuleFlags } from './ruleset.ts'
import { windowIndexFor } from './window-index.ts'

/** Between, before and after lines; patterns in joined form never match it. */
const SEPARATOR = '\0'

export interface Matches {
  readonly count: number
  /** What matched first, for the report and for captures. */
  readonly first: RegExpExecArray | undefined
}

/** Texts that are indexed have so many octets; in shorter ones a run is over sooner. */
const MIN_INDEXED = 400
const MAX_INDEXED = 200_000

/**
 * Each try at one place has the bound of a whole run: when tries have taken so long together, in milliseconds, one run
 * does the rest.
 */
const PATIENCE_MS = 1
const NO_CLOCK = (): number => 0

/** Places of a text where a pattern is tried by itself at most. */
const mostTries = (length: number): number => Math.min(1000, 200 + (length >> 5))

const NONE: Matches = Object.freeze({ count: 0, first: undefined })

export class TextLines {
  readonly lines: readonly Octets[]
  readonly #joinable: boolean
  #joined: Octets | undefined
  #lowered: Octets | undefined

  /** `joining` false: every pattern runs line by line (slower, same hits). */
  constructor(lines: readonly Octets[], joining: boolean) {
    this.lines = lines
    // An octet 0 in the text would be taken for a line's end.
    this.#joinable = joining && !lines.some((line) => line.includes(SEPARATOR))
  }

  /** All lines in one string, for literals and joined patterns. */
  get joined(): Octets {
    this.#joined ??= SEPARATOR + this.lines.join(SEPARATOR) + SEPARATOR
    return this.#joined
  }

  /** `joined` in lower case. */
  get lowered(): Octets {
    this.#lowered ??= this.joined.toLowerCase()
    return this.#lowered
  }

  /** How often the pattern matches; 1 at most without `multiple`. `clock`: milliseconds of a steady clock. */
  search(pattern: RulePattern, flags: RuleFlags, clock: () => number = NO_CLOCK): Matches {
    if (this.lines.length === 0) return NONE
    // A pattern that matches nothing at all would also match beside the separators.
    if (!this.#joinable || pattern.matchesEmpty) return this.#oneByOne(pattern, flags)
    const start = flags.noSubject ? (this.lines[0]?.length ?? 0) + 1 : 0
    const places = this.#placesToTry(pattern, start)
    if (places !== undefined) return this.#tryAt(places, pattern, flags, clock)
    const regex = pattern.regex('joined', !flags.multiple)
    regex.lastIndex = start
    return countMatches(regex, this.joined, flags)
  }

  /** The places from `start` on where a match can begin, if they are few. */
  #placesToTry(pattern: RulePattern, start: number): Int32Array | undefined {
    const { length } = this.joined
    if (length < MIN_INDEXED || length > MAX_INDEXED) return undefined
    const starts = pattern.starts()
    if (starts === undefined) return undefined
    return windowIndexFor(this, this.joined).places(starts, start, mostTries(length))
  }

  #tryAt(places: Int32Array, pattern: RulePattern, flags: RuleFlags, clock: () => number): Matches {
    if (places.length === 0) return NONE
    const regex = pattern.regexAt('joined', !flags.multiple)
    const before = clock()
    let first: RegExpExecArray | undefined
    let count = 0
    let end = 0
    for (let turn = 0; turn < places.length; turn++) {
      const at = places[turn]!
      if (at < end) continue
      if ((turn & 3) === 3 && clock() - before > PATIENCE_MS)
        return this.#rest(at, pattern, flags, { count, first })
      regex.lastIndex = at
      const match = regex.exec(this.joined)
      if (match === null) continue
      first ??= match
      end = regex.lastIndex
      if (++count >= flags.maxHits || !flags.multiple) break
    }
    return { count, first }
  }

  /** In one run from a place on, after what was found before it. */
  #rest(at: number, pattern: RulePattern, flags: RuleFlags, before: Matches): Matches {
    const regex = pattern.regex('joined', !flags.multiple)
    regex.lastIndex = at
    const after = countMatches(regex, this.joined, { ...flags, maxHits: flags.maxHits - before.count })
    return { count: before.count + after.count, first: before.first ?? after.first }
  }

  #oneByOne(pattern: RulePattern, flags: RuleFlags): Matches {
    const regex = pattern.regex('exact', !flags.multiple)
    let count = 0
    let first: RegExpExecArray | undefined
    for (const line of flags.noSubject ? this.lines.slice(1) : this.lines) {
      regex.lastIndex = 0
      const matches = countMatches(regex, line, { ...flags, maxHits: flags.maxHits - count })
      first ??= matches.first
      count += matches.count
      if (count > 0 && (!flags.multiple || count >= flags.maxHits)) break
    }
    return { count, first }
  }
}

/** Matches of a pattern in one string from its lastIndex on; 1 at most without `multiple`. */
export function countMatches(
  regex: RegExp,
  text: Octets,
  flags: Pick<RuleFlags, 'multiple' | 'maxHits'>,
): Matches {
  const first = regex.exec(text)
  if (first === null) return NONE
  let count = 1
  if (flags.multiple) {
    let match: RegExpExecArray | null = first
    while (count < flags.maxHits) {
      if (match[0] === '') regex.lastIndex++
      match = regex.exec(text)
      if (match === null) break
      count++
    }
  }
  return { count, first }
}
