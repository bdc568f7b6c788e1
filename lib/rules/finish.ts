/** Turns what was read into rules: tags replaced, metas expanded, scores chosen, priorities and net flags inherited. */
import { unsolvableMetas } from './cycles.ts'
import { expandRulesMatching } from './define.ts'
import type { Definition, Test } from './definition.ts'
import type { DraftState, Report } from './draft.ts'
import { parseExpression } from './expression.ts'
import { PatternError } from './regex/cursor.ts'
import { type RulePattern, barePattern, splitDelimiters } from './regex/pattern.ts'
import { replaceTags } from './replace-tags.ts'
import type { RegressionTest, Rule, RuleFlags } from './ruleset.ts'
import { type ScoreSet, defaultScore, scoreSetIndex } from './scores.ts'

export interface FinishedRules {
  readonly rules: ReadonlyMap<string, Rule>
  readonly scores: ReadonlyMap<string, number>
  readonly descriptions: ReadonlyMap<string, string>
  readonly tests: readonly RegressionTest[]
  readonly shortCircuitScores: { readonly ham: number; readonly spam: number }
  readonly scoreLimits: { readonly ham: number; readonly spam: number }
  readonly subjectPrefixes: ReadonlyMap<string, string>
}

/** A hit counts at most so often where no maxhits is given; SpamAssassin has no bound here. */
const MAX_HITS = 10_000

export function finishRules(
  state: DraftState,
  options: { readonly net: boolean; readonly bayes: boolean },
  report: Report,
): FinishedRules {
  const definitions = withoutCycles(expandMetas(replaceAll(state, report), state, report), report)
  const tflags = inheritNet(definitions, state.tflags)
  const priorities = inheritPriorities(definitions, state.priorities)
  const setIndex = scoreSetIndex(options.net, options.bayes)
  const rules = new Map<string, Rule>()
  const scores = new Map<string, number>()
  for (const [name, set] of state.scores) scores.set(name, set[setIndex])
  let index = 0
  for (const definition of definitions) {
    const { name, test } = definition
    const words = wordsOf(tflags.get(name))
    // A short circuit to ham is a good sign, whatever its flags say.
    const standard = defaultScore(name, words.includes('nice') || state.shortCircuits.get(name) === 'ham')
    const set: ScoreSet = state.scores.get(name) ?? [standard, standard, standard, standard]
    const score = set[setIndex]
    scores.set(name, score)
    const flags = flagsOf(words)
    rules.set(name, {
      ...definition,
      index: index++,
      score,
      scores: set,
      isSub: name.startsWith('__'),
      tflags: words,
      flags,
      priority: priorities.get(name) ?? (flags.net ? -100 : 0),
      shortCircuit: state.shortCircuits.get(name),
      dependencies: test.kind === 'meta' ? test.expression.names : [],
      evalRule:
        test.kind === 'eval' ? { name, kind: test.target, args: test.args, tflags: words } : undefined,
    })
  }
  return {
    rules,
    scores,
    descriptions: state.descriptions,
    tests: state.tests,
    shortCircuitScores: state.shortCircuitScores,
    scoreLimits: state.scoreLimits,
    subjectPrefixes: state.subjectPrefixes,
  }
}

function wordsOf(text: string | undefined): readonly string[] {
  return text === undefined ? [] : text.split(/\s+/)
}

function flagsOf(words: readonly string[]): RuleFlags {
  const most = words.map((word) => /^maxhits=(\d+)$/.exec(word)?.[1]).find((digits) => digits !== undefined)
  return {
    multiple: words.includes('multiple'),
    maxHits: most === undefined ? MAX_HITS : Math.max(1, Number(most)),
    net: words.includes('net'),
    nice: words.includes('nice'),
    learn: words.includes('learn'),
    noSubject: words.includes('nosubject'),
  }
}

function replaceAll(state: DraftState, report: Report): Definition[] {
  return [...state.definitions.values()].map((definition) => {
    const { test, name } = definition
    if (!state.replaceRules.has(name) || (test.kind !== 'text' && test.kind !== 'header')) return definition
    try {
      const { body, flags } = splitDelimiters(test.pattern.text)
      const before = flags === '' ? body : `(?${flags})${body}`
      const after = replaceTags(before, state.replacements)
      if (after === before) return definition
      return { ...definition, test: { ...test, pattern: barePattern(after, '', test.pattern.text) } }
    } catch (error) {
      if (!(error instanceof PatternError)) throw error
      report('error', definition.place, `${name} after replacing tags: ${error.message}`)
      return definition
    }
  })
}

function expandMetas(
  definitions: readonly Definition[],
  state: DraftState,
  report: Report,
): readonly Definition[] {
  // rules_matching() looks among all names with a score, which every rule has in the end.
  const names = new Set([...state.scores.keys(), ...state.definitions.keys()])
  return definitions.map((definition) => {
    const { test, name, place } = definition
    if (test.kind !== 'meta') return definition
    const text = expandRulesMatching(test.expression.text, names, name)
    if (text === test.expression.text) return definition
    const parsed = parseExpression(text)
    if ('expression' in parsed)
      return { ...definition, test: { kind: 'meta', expression: parsed.expression } }
    report('error', place, `${name}: ${parsed.error}`)
    return { ...definition, test: { kind: 'empty' } satisfies Test }
  })
}

function withoutCycles(definitions: readonly Definition[], report: Report): readonly Definition[] {
  const unsolvable = unsolvableMetas(definitions)
  if (unsolvable.size === 0) return definitions
  return definitions.map((definition) => {
    const { name, place } = definition
    const asks = unsolvable.get(name)
    if (asks === undefined) return definition
    report('error', place, `${name} waits for itself: ${asks.slice(0, 5).join(', ')} cannot be worked out`)
    return { ...definition, test: { kind: 'empty' } }
  })
}

/** A meta on a network rule is a network rule itself. */
function inheritNet(
  definitions: readonly Definition[],
  tflags: ReadonlyMap<string, string>,
): ReadonlyMap<string, string> {
  const result = new Map(tflags)
  const isNet = (name: string): boolean => /\bnet\b/.test(result.get(name) ?? '')
  for (const { name, test } of definitions) {
    if (test.kind !== 'meta' || isNet(name) || !test.expression.names.some(isNet)) continue
    result.set(name, `${result.get(name) ?? ''} net`.trim())
  }
  return result
}

/** What a meta depends on runs no later than the meta. */
function inheritPriorities(
  definitions: readonly Definition[],
  priorities: ReadonlyMap<string, number>,
): ReadonlyMap<string, number> {
  const result = new Map(priorities)
  const metas = new Map(
    definitions.map(({ name, test }) => [name, test.kind === 'meta' ? test.expression.names : []]),
  )
  const sorted = [...priorities].sort(([, one], [, other]) => one - other)
  const lower = (name: string, limit: number, seen: Set<string>): void => {
    for (const dependency of metas.get(name) ?? []) {
      if (seen.has(dependency)) continue
      seen.add(dependency)
      if ((result.get(dependency) ?? 0) > limit) result.set(dependency, limit)
      lower(dependency, limit, seen)
    }
  }
  for (const [name, priority] of sorted) if (priority < 0) lower(name, priority, new Set([name]))
  return result
}

/** The pattern of a rule, if it is one. */
export function patternOf(test: Test): RulePattern | undefined {
  return 'pattern' in test ? test.pattern : undefined
}
