/**
 * Patterns as rules write them, /…/i or m{…}x, made ready to run: translated on first use, in the form the caller
 * needs, with the strings a match must contain.
 */
import { type Node, type Pattern, minimumLength } from './ast.ts'
import { BoundedRegExp, isHarmless } from './bounded.ts'
import { PatternError } from './cursor.ts'
import { type Form, emit } from './emit.ts'
import { NO_FLAGS, readFlags } from './flags.ts'
import { requiredLiterals } from './literals.ts'
import { parsePattern } from './parse.ts'
import { type Step, bestSteps } from './outline.ts'
import { startsOf } from './starts.ts'

export interface RulePattern {
  /** As written, with delimiters and flags. */
  readonly text: string
  /** Names of captures, in order. */
  readonly names: readonly string[]
  readonly tree: Node
  /** True if it can match the empty string. */
  readonly matchesEmpty: boolean
  /** One of these (lower case) is in every match; undefined if nothing is known. */
  readonly literals: readonly string[] | undefined
  /** What every match looks like in outline; undefined if that would tell little. */
  outline(): readonly Step[] | undefined
  /** For a pattern that is X{n} or X{n,} as a whole: its X, and n. */
  repetition(): { readonly body: string; readonly times: number } | undefined
  /** Windows of the joined text with which a match can begin; undefined if that would tell little. */
  starts(): Uint16Array | undefined
  /** Source of the JavaScript pattern; `consume` as in `EmitOptions`. */
  source(form: Form, consume: boolean): string
  /** The compiled pattern with flag g, made once per form. Throws `PatternError` if V8 will not have it. */
  regex(form: Form, consume: boolean): RegExp
  /** The same for a match at one place: with flag y instead. Throws `PatternError`. */
  regexAt(form: Form, consume: boolean): RegExp
  /** For one string, with every capture group kept under its Perl number and no flags. Throws `PatternError`. */
  capturing(): RegExp
}

const CLOSING: Readonly<Record<string, string>> = { '{': '}', '(': ')', '<': '>', '[': ']' }

/** Splits /…/flags or m{…}flags into the pattern and its flags. Throws `PatternError`. */
export function splitDelimiters(text: string): { readonly body: string; readonly flags: string } {
  const open = /^(?:\/|(?:m|qr)(\W))/.exec(text)
  if (open === null) throw new PatternError('missing regexp delimiters')
  const delimiter = open[1] ?? '/'
  if (delimiter === '\\') throw new PatternError('backslash delimiter not allowed')
  const closing = CLOSING[delimiter] ?? delimiter
  const end = text.lastIndexOf(closing)
  const flags = text.slice(end + 1)
  if (end < open[0].length || !/^[a-z]*$/.test(flags))
    throw new PatternError('invalid end delimiter or flags')
  const body = text.slice(open[0].length, end)
  if (closing === delimiter && hasUnescaped(body, delimiter))
    throw new PatternError(`unquoted delimiter '${delimiter}' found`)
  return { body, flags }
}

function hasUnescaped(body: string, delimiter: string): boolean {
  for (let at = 0; at < body.length; at++) {
    if (body[at] === '\\') at++
    else if (body[at] === delimiter) return true
  }
  return false
}

/** A pattern that matches everything is a slip of the pen: SpamAssassin refuses it, and so do we. */
function refuseAlwaysMatching(body: string): void {
  if (body === '') throw new PatternError('always matching regexp: empty')
  if (/(?<!\\)\|\|/.test(body)) throw new PatternError("always matching regexp: contains '||'")
  if (/^\||(?<!\\)\|$/.test(body)) throw new PatternError("always matching regexp: starts or ends with '|'")
}

/** Reads a pattern with its delimiters. Throws `PatternError`. */
export function rulePattern(text: string): RulePattern {
  const { body, flags } = splitDelimiters(text)
  refuseAlwaysMatching(body)
  return barePattern(body, flags, text)
}

/** Reads a pattern without delimiters, under the given flag letters. Throws `PatternError`. */
export function barePattern(body: string, flags: string, text = body): RulePattern {
  if (/\(\?\??\{/.test(body)) throw new PatternError('embedded code (?{…}) found')
  return new Translated(text, parsePattern(body, readFlags(flags, NO_FLAGS)))
}

/** Why a pattern with its delimiters cannot be used in a directive; undefined if it can. It may match everything there. */
export function whyNoPattern(text: string): string | undefined {
  try {
    const { body, flags } = splitDelimiters(text)
    barePattern(body, flags, text).regex('exact', true)
    return undefined
  } catch (error) {
    if (error instanceof PatternError) return `invalid pattern ${text}: ${error.message}`
    throw error
  }
}

type Compiled = [RegExp | undefined, RegExp | undefined]

class Translated implements RulePattern {
  readonly text: string
  readonly names: readonly string[]
  readonly tree: Node
  readonly matchesEmpty: boolean
  readonly #pattern: Pattern
  #literals: readonly string[] | undefined
  #searched = false
  #starts: Uint16Array | undefined
  #started = false
  #harmless: boolean | undefined
  /** By form; the second of each consumes. */
  readonly #compiled: Record<Form, Compiled> = {
    exact: [undefined, undefined],
    joined: [undefined, undefined],
  }
  readonly #compiledAt: Record<Form, Compiled> = {
    exact: [undefined, undefined],
    joined: [undefined, undefined],
  }

  constructor(text: string, pattern: Pattern) {
    this.text = text
    this.#pattern = pattern
    this.names = pattern.names
    this.tree = pattern.root
    this.matchesEmpty = minimumLength(pattern.root) === 0
  }

  get literals(): readonly string[] | undefined {
    if (!this.#searched) this.#literals = requiredLiterals(this.#pattern)
    this.#searched = true
    return this.#literals
  }

  outline(): readonly Step[] | undefined {
    return bestSteps(this.#pattern)
  }

  repetition(): { readonly body: string; readonly times: number } | undefined {
    const { root } = this.#pattern
    if (root.kind !== 'repeat' || root.mode !== 'greedy' || root.min < 1) return undefined
    const body = emit({ ...this.#pattern, root: root.body }, { form: 'exact', consume: false })
    return { body, times: root.min }
  }

  source(form: Form, consume: boolean): string {
    return emit(this.#pattern, { form, consume })
  }

  starts(): Uint16Array | undefined {
    if (!this.#started) this.#starts = startsOf(this.#pattern)
    this.#started = true
    return this.#starts
  }

  regex(form: Form, consume: boolean): RegExp {
    return (this.#compiled[form][consume ? 1 : 0] ??= this.#compile(form, consume, 'g'))
  }

  regexAt(form: Form, consume: boolean): RegExp {
    return (this.#compiledAt[form][consume ? 1 : 0] ??= this.#compile(form, consume, 'y'))
  }

  capturing(): RegExp {
    const source = emit(this.#pattern, { form: 'exact', consume: false, captures: true })
    if (isHarmless(this.#pattern, true)) return compile(() => new RegExp(source))
    const pattern = this.#pattern
    return compile(() => new BoundedRegExp({ source, flags: '', pattern, form: 'exact', captures: true }))
  }

  #compile(form: Form, consume: boolean, flags: string): RegExp {
    const source = this.source(form, consume)
    const pattern = this.#pattern
    this.#harmless ??= isHarmless(pattern, false)
    return this.#harmless
      ? compile(() => new RegExp(source, flags))
      : compile(() => new BoundedRegExp({ source, flags, pattern, form, captures: false }))
  }
}

function compile<T extends RegExp>(make: () => T): T {
  try {
    return make()
  } catch (error) {
    throw new PatternError(error instanceof Error ? error.message : String(error))
  }
}
