/** What comes out of reading rule files: every rule with its score and flags, the settings, and what was wrong. */
import type { RuleAction } from './action.ts'
import type { Definition } from './definition.ts'
import type { EvalRule } from './eval.ts'
import type { Notes } from './mentions.ts'
import type { PluginStates, PluginTable } from './plugins.ts'
import type { Place, Problem } from './problem.ts'
import type { ScoreSet } from './scores.ts'
import type { Settings } from './settings.ts'

export interface Rule extends Definition {
  /** In the order of first definition, from 0. */
  readonly index: number
  /** The score that counts under the options the set was loaded with. 0: the rule is off. */
  readonly score: number
  readonly scores: ScoreSet
  /** A __subrule: counts for metas only. */
  readonly isSub: boolean
  readonly tflags: readonly string[]
  readonly flags: RuleFlags
  /** Lower runs first; matters for shortcircuit and captures only. */
  readonly priority: number
  readonly shortCircuit: 'on' | 'spam' | 'ham' | undefined
  /** Names of rules in its expression, rules_matching() expanded; [] if it is no meta. */
  readonly dependencies: readonly string[]
  /** For eval rules, as plugins see it. */
  readonly evalRule: EvalRule | undefined
}

/** The tflags words that change what a rule does. */
export interface RuleFlags {
  /** Counts every match, up to `maxHits`. */
  readonly multiple: boolean
  readonly maxHits: number
  readonly net: boolean
  readonly nice: boolean
  readonly learn: boolean
  readonly noSubject: boolean
}

/** A `test NAME ok|fail text` line. */
export interface RegressionTest extends Place {
  readonly rule: string
  readonly expected: 'ok' | 'fail'
  readonly text: string
}

export interface RuleSet {
  readonly rules: ReadonlyMap<string, Rule>
  /** Every score known, of rules and of names that only checks report. */
  readonly scores: ReadonlyMap<string, number>
  readonly descriptions: ReadonlyMap<string, string>
  readonly settings: Settings
  readonly problems: readonly Problem[]
  readonly actions: ReadonlyMap<string, RuleAction>
  readonly tests: readonly RegressionTest[]
  /** Empty unless the set was loaded with `notes`. */
  readonly notes: Notes
  readonly plugins: PluginTable
  readonly states: PluginStates
  /** Points given in place of the sum when a rule with shortcircuit ham or spam hits. */
  readonly shortCircuitScores: { readonly ham: number; readonly spam: number }
  /** The pass ends with the priority in which the score falls below `ham` or rises above `spam`. */
  readonly scoreLimits: { readonly ham: number; readonly spam: number }
  /** By rule, what is put before the subject of a mail that it hits. */
  readonly subjectPrefixes: ReadonlyMap<string, string>
  readonly net: boolean
  readonly bayes: boolean
}
