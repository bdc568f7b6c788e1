/** Collects rules, scores, flags and descriptions line by line, and makes finished rules of them at the end. */
import { defineEval, defineHeader, defineMeta, defineText } from './define.ts'
import type { Defined } from './define.ts'
import type { Definition, Test } from './definition.ts'
import { otherKind } from './eval-kinds.ts'
import type { EvalKind } from './eval.ts'
import { type FinishedRules, finishRules } from './finish.ts'
import type { Notes } from './mentions.ts'
import { PLUGIN_PREFIX, type PluginTable, type RegisteredPlugin } from './plugins.ts'
import type { Place, Severity } from './problem.ts'
import type { Replacements } from './replace-tags.ts'
import type { RegressionTest } from './ruleset.ts'
import { type ScoreSet, applyScore } from './scores.ts'

export type DraftOutcome = { readonly error: string; readonly severity?: Severity } | 'done' | 'unknown'

/** Everything read so far; `finish.ts` makes rules of it. */
export interface DraftState {
  readonly definitions: Map<string, Definition>
  readonly scores: Map<string, ScoreSet>
  readonly tflags: Map<string, string>
  readonly priorities: Map<string, number>
  readonly descriptions: Map<string, string>
  readonly tests: RegressionTest[]
  readonly subjectPrefixes: Map<string, string>
  readonly shortCircuits: Map<string, 'on' | 'spam' | 'ham'>
  readonly shortCircuitScores: { ham: number; spam: number }
  readonly scoreLimits: { ham: number; spam: number }
  readonly replaceRules: Set<string>
  readonly replacements: Replacements & {
    start: string
    end: string
    readonly tags: Map<string, string>
    readonly pre: Map<string, string>
    readonly inter: Map<string, string>
    readonly post: Map<string, string>
  }
}

/** Directives that say something of a rule, which is to exist. */
const ABOUT_RULES: ReadonlySet<string> = new Set([
  'score',
  'describe',
  'tflags',
  'priority',
  'shortcircuit',
  'subjprefix',
])
const RULE_NAME = /^[_a-zA-Z]\w*$/
/** Longer names are refused, as SpamAssassin does. */
const MAX_NAME = 100
/** Longer ones are taken, but SpamAssassin's lint does not like them. */
const LONG_NAME = 40
const EVAL_TARGETS: Readonly<Record<string, EvalKind>> = {
  header: 'header',
  body: 'body',
  rawbody: 'rawbody',
  full: 'full',
}
/** Directives of plugins that are part of the engine. */
const OWNERS: Readonly<Record<string, string>> = {
  shortcircuit: 'Shortcircuit',
  shortcircuit_ham_score: 'Shortcircuit',
  shortcircuit_spam_score: 'Shortcircuit',
  shortcircuit_min_ham_score: 'Shortcircuit',
  shortcircuit_max_spam_score: 'Shortcircuit',
  replace_tag: 'ReplaceTags',
  replace_pre: 'ReplaceTags',
  replace_inter: 'ReplaceTags',
  replace_post: 'ReplaceTags',
  replace_rules: 'ReplaceTags',
  replace_start: 'ReplaceTags',
  replace_end: 'ReplaceTags',
}

export class RuleDraft {
  readonly #table: PluginTable
  readonly #loaded: (plugin: string) => boolean
  readonly #notes: Notes | undefined
  readonly #state: DraftState = {
    definitions: new Map(),
    scores: new Map(),
    tflags: new Map(),
    priorities: new Map(),
    descriptions: new Map(),
    tests: [],
    subjectPrefixes: new Map(),
    shortCircuits: new Map(),
    shortCircuitScores: { ham: -100, spam: 100 },
    scoreLimits: { ham: -Infinity, spam: Infinity },
    replaceRules: new Set(),
    replacements: {
      start: '<',
      end: '>',
      tags: new Map(),
      pre: new Map(),
      inter: new Map(),
      post: new Map(),
    },
  }

  constructor(table: PluginTable, loaded: (plugin: string) => boolean, notes?: Notes) {
    this.#table = table
    this.#loaded = loaded
    this.#notes = notes
  }

  apply(key: string, value: string, place: Place): DraftOutcome {
    const owner = Object.hasOwn(OWNERS, key) ? OWNERS[key] : undefined
    if (owner !== undefined && !this.#loaded(PLUGIN_PREFIX + owner))
      return { error: `${key} needs loadplugin ${PLUGIN_PREFIX}${owner}` }
    const [, name = '', rest = ''] = /^(\S+)(?:\s+(.*))?$/s.exec(value) ?? []
    if (ABOUT_RULES.has(key)) this.#mention(key, name, place)
    switch (key) {
      case 'header':
      case 'body':
      case 'rawbody':
      case 'full':
      case 'uri':
      case 'meta':
        return this.#rule(key, name, rest, place)
      case 'reuse':
        if (!this.#state.definitions.has(name))
          this.#define(name, `${key} ${value}`, place, { kind: 'empty' })
        return 'done'
      case 'score':
        return result(applyScore(this.#state.scores, value))
      case 'describe':
        return this.#keyed(this.#state.descriptions, key, name, rest)
      case 'tflags':
        return this.#keyed(this.#state.tflags, key, name, rest)
      case 'priority':
        return this.#priority(name, rest)
      case 'test':
        return this.#test(name, rest, place)
      case 'subjprefix':
        return this.#keyed(this.#state.subjectPrefixes, key, name, rest)
      case 'shortcircuit':
        return this.#shortCircuit(name, rest)
      case 'shortcircuit_min_ham_score':
        return result(this.#number(value, (number) => (this.#state.scoreLimits.ham = number)))
      case 'shortcircuit_max_spam_score':
        return result(this.#number(value, (number) => (this.#state.scoreLimits.spam = number)))
      case 'shortcircuit_ham_score':
        return result(this.#number(value, (number) => (this.#state.shortCircuitScores.ham = number)))
      case 'shortcircuit_spam_score':
        return result(this.#number(value, (number) => (this.#state.shortCircuitScores.spam = number)))
      default:
        return this.#replacement(key, value, name, rest, place)
    }
  }

  /** A directive of a plugin that defines a rule of its own (askdns NAME …). */
  pluginRule(plugin: RegisteredPlugin, key: string, line: Place & { readonly value: string }): void {
    const functionName = plugin.rules?.[key]
    const name = /^\S+/.exec(line.value)?.[0]
    if (functionName === undefined || name === undefined || !RULE_NAME.test(name)) return
    const test: Test = { kind: 'eval', target: 'header', name: functionName, args: [name], plugin }
    this.#define(name, `${key} ${line.value}`, line, test)
  }

  finish(options: { readonly net: boolean; readonly bayes: boolean }, report: Report): FinishedRules {
    return finishRules(this.#state, options, report)
  }

  #rule(key: string, name: string, value: string, place: Place): DraftOutcome {
    if (!RULE_NAME.test(name)) return { error: `invalid rule name '${name}'` }
    if (name.length > MAX_NAME) return { error: `rule name is longer than ${MAX_NAME} characters` }
    if (value === '') return { error: `missing '${key}' value` }
    const defined = this.#defined(key, value)
    if ('error' in defined) return defined
    const { test } = defined
    const other = test.kind === 'eval' ? otherKind(test.name, test.target) : undefined
    if (other !== undefined) return { error: `${name}: ${value} makes a ${other} rule, not a ${key} rule` }
    this.#define(name, `${key} ${name} ${value}`, place, test)
    // Patterns that capture run before those that use what was captured.
    if ('pattern' in test && test.pattern.names.some((word) => /^[A-Z]/.test(word)))
      this.#state.priorities.set(name, -10_000)
    if (test.kind === 'eval' && test.plugin === undefined)
      return { error: `no function ${test.name}() for ${name}`, severity: 'unsupported' }
    if (name.length > LONG_NAME && !/^(?:__|T_)/.test(name))
      return { error: `the name ${name} is longer than ${LONG_NAME} characters`, severity: 'warning' }
    return 'done'
  }

  #defined(key: string, value: string): Defined {
    const target = Object.hasOwn(EVAL_TARGETS, key) ? EVAL_TARGETS[key] : undefined
    const call = /^(?:rbl)?eval:(.*)$/.exec(value)
    if (target !== undefined && call !== null && (key === 'header' || !value.startsWith('rbl')))
      return defineEval(target, call[1]!, this.#table.functions)
    switch (key) {
      case 'header':
        return defineHeader(value)
      case 'meta':
        return defineMeta(value)
      case 'body':
      case 'rawbody':
      case 'full':
      case 'uri':
        return defineText(key, value)
      default:
        return { error: `no such kind of rule: ${key}` }
    }
  }

  #mention(word: string, rule: string, { file, line }: Place): void {
    if (RULE_NAME.test(rule)) this.#notes?.mentions.push({ word, rule, file, line })
  }

  #define(name: string, line: string, { file, line: number }: Place, test: Test): void {
    const before = this.#state.definitions.get(name)
    if (before !== undefined && before.line !== line)
      this.#notes?.redefinitions.push({ rule: name, file, line: number, before: before.place })
    this.#state.definitions.set(name, { name, line, place: { file, line: number }, test })
  }

  #keyed(map: Map<string, string>, key: string, name: string, rest: string): DraftOutcome {
    if (rest === '') return { error: `missing '${key}' value` }
    map.set(name, rest)
    return 'done'
  }

  #number(value: string, set: (number: number) => void): string | undefined {
    if (!/^[+-]?\d+(?:\.\d*)?$/.test(value)) return `${value} is not a number`
    set(Number(value))
    return undefined
  }

  #priority(name: string, rest: string): DraftOutcome {
    if (!/^-?\d+$/.test(rest)) return { error: 'priority takes a rule name and a whole number' }
    this.#state.priorities.set(name, Number(rest))
    return 'done'
  }

  #test(rule: string, rest: string, { file, line }: Place): DraftOutcome {
    const found = /^(ok|fail)\s+(.*)$/s.exec(rest)
    if (found === null) return { error: 'test takes a rule name, ok or fail, and a text' }
    this.#state.tests.push({ file, line, rule, expected: found[1] === 'ok' ? 'ok' : 'fail', text: found[2]! })
    return 'done'
  }

  #shortCircuit(name: string, rest: string): DraftOutcome {
    if (rest === 'off') this.#state.shortCircuits.delete(name)
    else if (rest === 'on' || rest === 'spam' || rest === 'ham') this.#state.shortCircuits.set(name, rest)
    else return { error: 'shortcircuit takes a rule name and on, off, spam or ham' }
    return 'done'
  }

  #replacement(key: string, value: string, name: string, rest: string, place: Place): DraftOutcome {
    const { replacements } = this.#state
    switch (key) {
      case 'replace_tag':
        return this.#keyed(replacements.tags, key, name, rest)
      case 'replace_pre':
        return this.#keyed(replacements.pre, key, name, rest)
      case 'replace_inter':
        return this.#keyed(replacements.inter, key, name, rest)
      case 'replace_post':
        return this.#keyed(replacements.post, key, name, rest)
      case 'replace_rules':
        for (const word of value.split(/\s+/)) {
          this.#state.replaceRules.add(word)
          this.#mention(key, word, place)
        }
        return 'done'
      case 'replace_start':
        replacements.start = value
        return 'done'
      case 'replace_end':
        replacements.end = value
        return 'done'
      default:
        return 'unknown'
    }
  }
}

export type Report = (severity: Severity, place: Place, text: string) => void

function result(error: string | undefined): DraftOutcome {
  return error === undefined ? 'done' : { error }
}
