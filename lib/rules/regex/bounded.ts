/**
 * A regular expression whose cost is bounded whatever the text: V8 runs it where the worst that a text of this length
 * can do to it is little, our own matcher (`machine.ts`) does the rest. Which of them runs never changes what is found.
 */
import { NATIVE_STEPS, type StepAccount, account } from './account.ts'
import type { Pattern } from './ast.ts'
import { type Code, codeOf } from './code.ts'
import { effortAt, effortOfSearch, leadingAnchor } from './effort.ts'
import type { Form } from './emit.ts'
import { type Found, Machine } from './machine.ts'
import { octetsIn } from './octets.ts'
import { PrefixFilter, beforeMatch } from './prefix.ts'

/** Steps of V8 in one call that nothing can stop: some ten milliseconds. */
const MAX_CALL = NATIVE_STEPS / 2
/** A pattern of no more steps an octet than this is left to V8, however long the text. */
const HARMLESS = 16
const LONG_TEXT = 1 << 22
/** Lengths are told apart by the power of two above them. */
const BUCKETS = 40
const SEPARATOR = '\0'
const NEWLINE = 10

export interface BoundedOptions {
  readonly source: string
  readonly flags: string
  readonly pattern: Pattern
  readonly form: Form
  /** As in `EmitOptions`. */
  readonly captures: boolean
}

/** Whether V8 takes few steps an octet over any text. */
export function isHarmless({ root }: Pattern, captures: boolean): boolean {
  return effortOfSearch(root, LONG_TEXT, { captures }) <= HARMLESS * LONG_TEXT
}

export class BoundedRegExp extends RegExp {
  readonly #options: BoundedOptions
  readonly #efforts = new Float64Array(BUCKETS).fill(NaN)
  #code: Code | undefined
  #anchor: 'start' | 'lineStart' | undefined
  #before: Uint8Array | undefined
  #prefix: PrefixFilter | undefined

  constructor(options: BoundedOptions) {
    super(options.source, options.flags)
    this.#options = options
  }

  /** What String.prototype.split makes of it. */
  static override get [Symbol.species](): RegExpConstructor {
    return RegExp
  }

  /** As of any RegExp. Throws `OutOfSteps` when the account of the running rule is used up. */
  override exec(text: string): RegExpExecArray | null {
    const from = this.global || this.sticky ? this.lastIndex : 0
    if (from > text.length) return super.exec(text)
    const spent = account()
    if (this.#options.form === 'joined') return this.#inLines(text, from, spent)
    const most = Math.min(MAX_CALL, spent.native)
    const length = text.length - from
    const effort = this.#effort(length)
    if (effort <= most) {
      spent.native -= effort
      return super.exec(text)
    }
    const machine = this.#machine(text, spent)
    machine.line(0, text.length)
    return this.#result(text, this.#search(machine, text, from, text.length))
  }

  /** Steps of V8 over so many octets of any text at worst. */
  #effort(length: number): number {
    const bucket = Math.max(4, Math.ceil(Math.log2(length + 1)))
    let effort = this.#efforts[bucket] ?? Infinity
    if (Number.isNaN(effort)) {
      const { pattern, captures } = this.#options
      const tell = this.sticky ? effortAt : effortOfSearch
      effort = tell(pattern.root, 2 ** bucket, { captures })
      this.#efforts[bucket] = effort
    }
    return effort
  }

  /** Lines are given to V8 as many at once as it may take. */
  #inLines(text: string, from: number, spent: StepAccount): RegExpExecArray | null {
    let begin = from
    for (;;) {
      const most = Math.min(MAX_CALL, spent.native)
      const { end, effort, whole } = this.#chunk(text, begin, most)
      if (effort > most) return this.#rest(text, begin, spent)
      spent.native -= effort
      // a try at one place does not leave its line
      if (whole || this.sticky) {
        this.lastIndex = begin
        return super.exec(text)
      }
      const low = text.startsWith(SEPARATOR, begin) ? begin : text.lastIndexOf(SEPARATOR, begin) + 1
      this.lastIndex = begin - low
      const match = super.exec(text.slice(low, end + 1))
      if (match !== null) {
        this.lastIndex += low
        match.index += low
        return match
      }
      begin = end
    }
  }

  /** From `begin` on as many lines as `most` allows, one at least; `end` is the separator behind them. */
  #chunk(text: string, begin: number, most: number): { end: number; effort: number; whole: boolean } {
    let effort = 0
    let end = begin
    let line = begin
    for (;;) {
      const next = text.indexOf(SEPARATOR, line + 1)
      const stop = next === -1 ? text.length : next
      const more = this.#effort(stop - line)
      if (end > begin && effort + more > most) return { end, effort, whole: false }
      effort += more
      end = stop
      if (this.sticky) return { end, effort, whole: false }
      if (stop >= text.length - 1) return { end, effort, whole: true }
      if (effort > most) return { end, effort, whole: false }
      line = stop
    }
  }

  /** The same by our own matcher. */
  #rest(text: string, from: number, spent: StepAccount): RegExpExecArray | null {
    if (this.sticky && !this.#canBegin(text, from)) return this.#result(text, undefined)
    const machine = this.#machine(text, spent)
    let begin = from
    while (begin < text.length) {
      const separated = text.startsWith(SEPARATOR, begin)
      if (separated) begin++
      const low = text.lastIndexOf(SEPARATOR, begin - 1) + 1
      const found = text.indexOf(SEPARATOR, begin)
      const high = found === -1 ? text.length : found
      machine.line(low, high)
      const match =
        this.#search(machine, text, begin, high) ??
        // V8's pattern may begin with the newline before what an anchor asks for
        (this.sticky && text.startsWith('\n', begin)
          ? this.#search(machine, text, begin + 1, high)
          : undefined)
      if (match !== undefined || this.sticky) return this.#result(text, match)
      begin = high
    }
    return this.#result(text, undefined)
  }

  /** Told without more ado, for most of the places that are tried one by one. */
  #canBegin(text: string, from: number): boolean {
    this.#prepare()
    const octets = octetsIn(text)
    const at = octets[from] === 0 ? from + 1 : from
    const lets = (place: number): boolean => this.#prefix?.lets(octets, place, text.length) ?? true
    return lets(at) || (octets[at] === NEWLINE && lets(at + 1))
  }

  #machine(text: string, spent: StepAccount): Machine {
    return new Machine(this.#prepare(), octetsIn(text), spent)
  }

  /** What our own matcher needs, made when a text needs it. */
  #prepare(): Code {
    if (this.#code !== undefined) return this.#code
    const { pattern, captures } = this.#options
    this.#code = codeOf(pattern, { captures })
    this.#before ??= beforeMatch(pattern.root)
    this.#anchor ??= leadingAnchor(pattern.root)
    this.#prefix ??= new PrefixFilter(codeOf(pattern, { captures: true }))
    return this.#code
  }

  #search(machine: Machine, text: string, from: number, high: number): Found | undefined {
    const octets = octetsIn(text)
    const prefix = this.#prefix!
    const { begins } = prefix
    const anchor = this.sticky ? 'start' : this.#anchor
    const last = anchor === 'start' ? from : high
    const before = this.#before!
    for (let at = from; at <= last; at++) {
      if (anchor === 'lineStart' && at !== 0 && octets[at - 1]! > NEWLINE) {
        at = octets.indexOf(NEWLINE, at) + 1
        if (at === 0 || at > high) return undefined
      }
      if (at < high && begins[octets[at]!] !== 1) continue
      if (at > 0 && before[octets[at - 1]!] !== 1) continue
      if (at === high ? !prefix.atEnd : !prefix.lets(octets, at, high)) continue
      const found = machine.tryAt(at)
      if (found !== undefined) return found
    }
    return undefined
  }

  #result(text: string, found: Found | undefined): RegExpExecArray | null {
    if (found === undefined) {
      this.lastIndex = 0
      return null
    }
    const { index, end, slots } = found
    if (this.global || this.sticky) this.lastIndex = end
    const names = this.#code?.groups ?? []
    const values = names.map((_, number) =>
      number === 0
        ? text.slice(index, end)
        : slots[2 * number] === -1 || slots[2 * number + 1] === -1
          ? undefined
          : text.slice(slots[2 * number], slots[2 * number + 1]),
    )
    const groups: Record<string, string> = Object.create(null)
    let named = false
    for (const [number, name] of names.entries()) {
      if (name === undefined) continue
      named = true
      groups[name] = values[number]!
    }
    return Object.assign(values, {
      index,
      input: text,
      groups: named ? groups : undefined,
    }) as RegExpExecArray
  }
}
