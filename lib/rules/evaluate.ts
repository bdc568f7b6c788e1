/**
 * Judges one message by a rule set: the entry of the engine.
 *
 * Pure and without waiting: what the network knows stands in `answers`, the clock is passed in. A rule pass has a time
 * budget; when it is used up the remaining patterns do not run and the result says `incomplete`. What the patterns of one
 * rule may take is bounded by steps (`budget.ts`): a rule that is stopped is named in `unfinished`, the others go on.
 * `progress` tells the owner of the thread which rule was running, should it have to be ended all the same.
 */
import type { AuthFacts } from '../auth/facts.ts'
import type { Message } from '../mail/message.ts'
import type { RuleAction } from './action.ts'
import type { Answers, EnvelopeFacts } from './eval.ts'
import { Evaluation } from './evaluation.ts'
import { programOf } from './program.ts'
import type { RuleSet } from './ruleset.ts'
import { withinLimits } from './score-limits.ts'

/** A hit of a check outside the rules: SPF_FAIL, BAYES_99, a DNS list. */
export interface FactHit {
  readonly name: string
  readonly detail?: string
  /** Points from the configuration; without them the `score` line counts. */
  readonly score?: number
}

export interface EvaluateInput {
  readonly message: Message
  readonly envelope: EnvelopeFacts
  readonly facts: readonly FactHit[]
  readonly answers: Answers
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Ask nothing of the network: network rules stay silent. */
  readonly local: boolean
  /** Milliseconds of a steady clock, for the budget. */
  readonly clock: () => number
  /** Milliseconds for the whole rule pass. */
  readonly budgetMs: number
  /** Spam probability from the classifier, 0 to 1. */
  readonly bayes?: number
  readonly auth?: AuthFacts
  readonly tuning?: Tuning
  /**
   * Element 0 gets the number of the rule that runs (see `ruleNames`), -1 between rules; element 1 how many rules have
   * hit, and those behind it their numbers as far as there is room. May be shared memory.
   */
  readonly progress?: Int32Array
  /** Rules that do not run, by name: they do not hit. */
  readonly without?: readonly string[]
  /** Called with the milliseconds of each rule that ran. */
  readonly onCost?: (rule: string, ms: number) => void
}

/** Ways to run that change the cost and never the hits (but for `lazy`, which leaves subrules no meta needs). */
export interface Tuning {
  /** Run only patterns whose literals stand in the text. Default true. */
  readonly prefilter?: boolean
  /** Search joined lines instead of one by one. Default true. */
  readonly joined?: boolean
  /** Evaluate __subrules only when a meta asks for them. Default true; false gives complete `subhits`. */
  readonly lazy?: boolean
}

export interface ScoredHit {
  readonly name: string
  readonly score: number
  readonly detail?: string
}

export interface Evaluated {
  /** Facts first, in their order, then rules in the order of the files. */
  readonly hits: readonly ScoredHit[]
  /** The sum of the scores of `hits`. */
  readonly score: number
  /** Names of __subrules that hit. */
  readonly subhits: readonly string[]
  /** Rules that took long, worst first. */
  readonly slow: readonly { readonly name: string; readonly ms: number }[]
  /** The budget was used up before every rule had run. */
  readonly incomplete: boolean
  /** Rules whose patterns took more than their share and were stopped: they count as not hit. */
  readonly unfinished: readonly string[]
  /** The rule that ended the pass early (shortcircuit), if any. */
  readonly shortCircuit: string | undefined
  /** What named groups of patterns captured, by name: values of template tags. */
  readonly captures: ReadonlyMap<string, readonly string[]>
  /** Actions of rules that hit, in order. */
  readonly actions: readonly RuleAction[]
}

/** Runs the rules over one message. Does not throw on mail content. */
export function evaluate(set: RuleSet, input: EvaluateInput): Evaluated {
  return withinLimits(set, new Evaluation(programOf(set), input).run())
}

/** The rules behind the numbers in `progress`. */
export function ruleNames(set: RuleSet): readonly string[] {
  return programOf(set).names
}
