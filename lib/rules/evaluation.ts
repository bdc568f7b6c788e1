/** One pass of the rules over one message. */
import type { RuleAction } from './action.ts'
import { PatternBudget } from './budget.ts'
import { Captured } from './captured.ts'
import { EngineInput } from './engine-input.ts'
import type { EvaluateInput, Evaluated, ScoredHit } from './evaluate.ts'
import { evaluateExpression } from './expression.ts'
import { noteProgress } from './progress.ts'
import type { Program } from './program.ts'
import { PatternError } from './regex/cursor.ts'
import { type RulePattern, rulePattern } from './regex/pattern.ts'
import type { Rule } from './ruleset.ts'
import { type Matches, countMatches } from './text-lines.ts'
import { viewOf } from './views.ts'
import { MAX_DETAIL, evidence, metaValue, sum } from './values.ts'
import type { MessageView } from './view.ts'

/** States of a rule; 0 is waiting. From DONE on its value stands. */
const RUNNING = 1
const DONE = 2
/** A meta whose value followed from what was known before anything ran. */
const TOLD = 3
/** A rule that takes longer is named, in milliseconds. */
const SLOW_MS = 20
const MAX_SLOW = 5
const NOTHING: Matches = Object.freeze({ count: 0, first: undefined })

export class Evaluation {
  readonly #program: Program
  readonly #input: EvaluateInput
  readonly #view: MessageView
  readonly #engine: EngineInput
  readonly #values: Float64Array
  readonly #states: Uint8Array
  readonly #marks: Uint8Array
  readonly #details = new Map<number, string>()
  readonly #captured: Captured
  readonly #slow: { name: string; ms: number }[] = []
  readonly #facts: ScoredHit[] = []
  readonly #deadline: number
  readonly #budget: PatternBudget
  readonly #lazy: boolean
  readonly #quick: boolean
  readonly #lookUp = (number: number): number => this.#value(number)
  /** Values as far as they are known without running anything more; NaN where they are not. */
  readonly #known: Float64Array
  /** The clock when the last rule had run. */
  #time = 0
  #incomplete = false

  constructor(program: Program, input: EvaluateInput) {
    const { prefilter = true, joined = true, lazy = true } = input.tuning ?? {}
    this.#program = program
    this.#input = input
    this.#lazy = lazy
    this.#quick = prefilter
    this.#deadline = input.clock() + input.budgetMs
    this.#budget = new PatternBudget(input.budgetMs)
    this.#values = new Float64Array(program.names.length)
    this.#known = new Float64Array(program.names.length)
    this.#states = new Uint8Array(program.names.length)
    this.#view = viewOf(program, input.message, input.envelope, joined)
    this.#captured = new Captured(this.#view)
    this.#engine = new EngineInput(program, this.#view, input, {
      hasHit: (name) => this.#hasHit(name),
      report: (name, detail) => this.#report(name, detail),
      tag: (name) => this.#captured.tag(name),
      capture: (name, value) => this.#captured.keep(name, value),
    })
    this.#constant('local_tests_only', input.local)
    this.#marks = prefilter ? program.filters.marks(this.#view) : new Uint8Array(program.rules.length).fill(1)
    this.#settleUnmarked()
    for (const name of input.without ?? []) this.#constant(name, false)
  }

  run(): Evaluated {
    this.#time = this.#input.clock()
    for (const fact of this.#input.facts) this.#take(fact)
    if (this.#quick) this.#lookAhead()
    for (const rule of this.#program.captures) this.#value(rule.index)
    const shortCircuit = this.#groups()
    return this.#result(shortCircuit)
  }

  /** Rules that are off or whose literals are absent need no look at all. */
  #settleUnmarked(): void {
    const { rules, dead, negated } = this.#program
    for (let number = 0; number < rules.length; number++) {
      if (dead[number] === 1) this.#states[number] = DONE
      else if (this.#marks[number] !== 1) {
        this.#states[number] = DONE
        this.#values[number] = negated[number]!
      }
    }
  }

  /** What can be told of all rules before any pattern or function runs. */
  #lookAhead(): void {
    const { rules, exists } = this.#program
    const known = this.#known
    known.set(this.#values)
    for (let number = 0; number < rules.length; number++)
      if (this.#states[number] !== DONE) known[number] = NaN
    for (const { index, test } of exists) {
      if (test.kind !== 'exists' || this.#states[index] === DONE) continue
      known[index] = this.#values[index] = this.#view.headers.has(test.spec) ? 1 : 0
      this.#states[index] = DONE
    }
    this.#tell()
  }

  /** Metas whose value follows from what is known need not be asked for. */
  #tell(): void {
    const { foresight, metas } = this.#program
    const known = this.#known
    foresight.tellAll(known)
    for (const number of metas) {
      if (this.#states[number] !== 0 || Number.isNaN(known[number]!)) continue
      this.#states[number] = TOLD
      this.#values[number] = known[number]!
    }
  }

  /** After a plugin reported a rule that nobody expected: metas that did not run are told anew. */
  #tellAgain(): void {
    for (const number of this.#program.metas) {
      if (this.#states[number] !== 0 && this.#states[number] !== TOLD) continue
      this.#states[number] = 0
      this.#values[number] = 0
      this.#known[number] = NaN
    }
    this.#tell()
  }

  /** A word that metas may use like a rule. */
  #constant(name: string, holds: boolean): void {
    const number = this.#program.numberOf.get(name)
    if (number === undefined) return
    this.#states[number] = DONE
    this.#values[number] = holds ? 1 : 0
  }

  #take({ name, detail, score }: EvaluateInput['facts'][number]): void {
    const number = this.#program.numberOf.get(name)
    if (number !== undefined) {
      if (this.#values[number] !== 0) return
      this.#states[number] = DONE
      this.#values[number] = 1
    }
    const points = score ?? this.#program.set.scores.get(name) ?? 0
    this.#facts.push(detail === undefined ? { name, score: points } : { name, score: points, detail })
  }

  /** Runs everything; returns the rule that ended it early. */
  #groups(): Rule | undefined {
    for (const { tests, metas, numbers, scored } of this.#program.order) {
      for (const number of this.#lazy ? scored : numbers)
        if (this.#states[number]! < DONE) this.#value(number)
      if (!this.#program.shortCircuits) continue
      const hit = [...tests, ...metas].find(
        (rule) => rule.shortCircuit !== undefined && this.#value(rule.index) > 0,
      )
      if (hit !== undefined) return hit
    }
    return undefined
  }

  /** The value of a rule: 0 if it does not hit. A rule in its own expression counts as 0. */
  #value(number: number): number {
    if (this.#states[number]! >= DONE) return this.#values[number]!
    if (this.#states[number] === RUNNING || this.#program.dead[number] === 1) return 0
    const rule = this.#program.rules[number]
    if (rule === undefined) return 0
    this.#states[number] = RUNNING
    const value = rule.test.kind === 'meta' ? this.#meta(rule) : this.#timed(rule)
    // A plugin may have reported the rule while it ran.
    this.#values[number] = Math.max(value, this.#values[number]!)
    this.#states[number] = DONE
    this.#known[number] = this.#values[number]!
    return this.#values[number]!
  }

  #meta(rule: Rule): number {
    if (rule.test.kind !== 'meta') return 0
    if (this.#quick) {
      const value = this.#foreseen(rule.index)
      if (!Number.isNaN(value)) return value
    }
    const slots = this.#program.slots[rule.index] ?? []
    return metaValue(evaluateExpression(rule.test.expression, this.#lookUp, slots))
  }

  /** Runs what a meta still waits for, the cheapest first, until its value follows; NaN if it never does. */
  #foreseen(number: number): number {
    const { foresight } = this.#program
    for (;;) {
      const value = foresight.tell(this.#known, number)
      if (!Number.isNaN(value)) return value
      const next = foresight.awaited
      if (next === -1) return NaN
      this.#value(next)
      // It waits for this very meta.
      if (Number.isNaN(this.#known[next]!)) return NaN
    }
  }

  /** A pattern none of whose literals is there does not match. */
  #unmarked({ test, index }: Rule): number {
    if (this.#marks[index] === 1) return test.kind === 'empty' ? 0 : NaN
    return test.kind === 'header' && test.negated ? 1 : 0
  }

  #timed(rule: Rule): number {
    const known = this.#unmarked(rule)
    if (!Number.isNaN(known)) return known
    const { clock, progress, onCost } = this.#input
    // Between two rules hardly anything happens: the clock is read once for both, unless the cost of each is asked for.
    const before = onCost === undefined ? this.#time : clock()
    if (before > this.#deadline) {
      this.#incomplete = true
      return 0
    }
    if (progress !== undefined) progress[0] = rule.index
    const value = this.#budget.run(rule.name, () => this.#test(rule), 0)
    if (progress !== undefined) noteProgress(progress, value === 0 ? null : rule.index)
    this.#time = clock()
    const ms = this.#time - before
    if (ms > SLOW_MS) this.#slow.push({ name: rule.name, ms })
    onCost?.(rule.name, ms)
    return value
  }

  #test(rule: Rule): number {
    const { test } = rule
    switch (test.kind) {
      case 'text':
        if (this.#quick && this.#impossible(rule.index)) return 0
        return this.#found(rule, (pattern) =>
          this.#view.lines(test.target).search(pattern, rule.flags, this.#input.clock),
        )
      case 'header':
        return this.#header(rule)
      case 'exists':
        return this.#view.headers.value(test.spec) === undefined ? 0 : 1
      case 'eval':
        return this.#eval(rule)
      case 'meta':
      case 'empty':
        return 0
    }
  }

  /** An easier pattern over the same text does not match. */
  #impossible(index: number): boolean {
    const easier = this.#program.easier[index] ?? -1
    return easier !== -1 && this.#value(easier) === 0
  }

  #header(rule: Rule): number {
    const { test } = rule
    if (test.kind !== 'header') return 0
    const value = this.#view.headers.value(test.spec) ?? test.ifUnset ?? ''
    if (value === '' && !test.pattern.matchesEmpty) return test.negated ? 1 : 0
    const count = this.#found(rule, (pattern) => {
      const regex = pattern.regex('exact', !rule.flags.multiple)
      regex.lastIndex = 0
      return countMatches(regex, value, rule.flags)
    })
    if (test.negated) return count > 0 ? 0 : 1
    return count
  }

  /** Runs a rule's pattern, keeps the evidence and the captures. */
  #found(rule: Rule, search: (pattern: RulePattern) => Matches): number {
    const pattern = this.#patternOf(rule)
    if (pattern === undefined) return 0
    let matches = NOTHING
    try {
      matches = search(pattern)
    } catch (error) {
      // A pattern too big for V8 shows only when it runs; lint names it.
      if (!(error instanceof PatternError || error instanceof SyntaxError || error instanceof RangeError))
        throw error
    }
    if (matches.first === undefined) return 0
    if (!rule.isSub) this.#details.set(rule.index, evidence(matches.first[0]))
    if (pattern.names.length > 0) this.#captured.take(matches.first)
    return matches.count
  }

  #patternOf(rule: Rule): RulePattern | undefined {
    if (!('pattern' in rule.test)) return undefined
    const template = this.#program.templates.get(rule.index)
    if (template === undefined) return rule.test.pattern
    // A rule that needs a capture which is not there does not run.
    const values = new Map(template.names.map((name) => [name, this.#captured.tag(name)]))
    if ([...values.values()].some((list) => list.length === 0)) return undefined
    if (this.#quick && rule.test.kind === 'text') {
      const text = this.#view.lines(rule.test.target).lowered
      if (template.needs(values)?.every((literal) => !text.includes(literal)) === true) return undefined
    }
    try {
      return rulePattern(template.with(values))
    } catch (error) {
      if (error instanceof PatternError) return undefined
      throw error
    }
  }

  #eval(rule: Rule): number {
    const { test, evalRule, flags } = rule
    if (test.kind !== 'eval' || evalRule === undefined || test.plugin === undefined) return 0
    const { set } = this.#program
    const outside = flags.net || test.plugin.lookups?.[test.name] !== undefined
    if (outside && (this.#input.local || !set.net)) return 0
    if (flags.learn && !set.bayes) return 0
    const found =
      test.plugin.functions[test.name]?.(this.#engine.forRule(rule.name), test.args, evalRule) ?? false
    return typeof found === 'number' ? Math.max(0, found) : found ? 1 : 0
  }

  #hasHit(name: string): boolean {
    const number = this.#program.numberOf.get(name)
    if (number === undefined) return this.#facts.some((fact) => fact.name === name)
    return this.#value(number) > 0
  }

  #report(name: string, detail: string): void {
    const number = this.#program.numberOf.get(name)
    if (number === undefined || this.#program.dead[number] === 1) return
    if (detail !== '') this.#details.set(number, detail.slice(0, MAX_DETAIL))
    // Evidence for the rule that is running is no hit by itself.
    if (this.#states[number] === RUNNING) return
    this.#states[number] = DONE
    this.#values[number] = Math.max(1, this.#values[number]!)
    const surprise = this.#known[number] === 0
    this.#known[number] = this.#values[number]!
    if (surprise && this.#quick) this.#tellAgain()
  }

  #result(shortCircuit: Rule | undefined): Evaluated {
    const hits = [...this.#facts]
    const subhits: string[] = []
    const known = new Set(hits.map((hit) => hit.name))
    const { rules } = this.#program
    for (let index = 0; index < rules.length; index++) {
      if (this.#values[index] === 0 || this.#states[index]! < DONE) continue
      const { name, score, isSub } = rules[index]!
      if (known.has(name)) continue
      if (isSub) subhits.push(name)
      else {
        const detail = this.#details.get(index)
        hits.push(detail === undefined ? { name, score } : { name, score, detail })
      }
    }
    if (shortCircuit !== undefined)
      hits.push({ name: 'SHORTCIRCUIT', score: this.#shortCircuitScore(shortCircuit) })
    return {
      hits,
      score: sum(hits.map((hit) => hit.score)),
      subhits,
      slow: this.#slow.sort((one, other) => other.ms - one.ms).slice(0, MAX_SLOW),
      incomplete: this.#incomplete,
      unfinished: this.#budget.unfinished,
      shortCircuit: shortCircuit?.name,
      captures: this.#captured.values,
      actions: this.#actions(hits),
    }
  }

  #shortCircuitScore({ shortCircuit, score }: Rule): number {
    const { ham, spam } = this.#program.set.shortCircuitScores
    if (shortCircuit === 'ham') return ham
    if (shortCircuit === 'spam') return spam
    return score < 0 ? -0.0001 : 0.0001
  }

  #actions(hits: readonly ScoredHit[]): readonly RuleAction[] {
    const { actions } = this.#program.set
    if (actions.size === 0) return []
    const names = hits.map((hit) => hit.name)
    for (const name of actions.keys())
      if (name.startsWith('__') && this.#hasHit(name) && !names.includes(name)) names.push(name)
    return names.flatMap((name) => actions.get(name) ?? [])
  }
}
