/**
 * A rule set made ready to run: rules numbered, metas bound to the numbers of what they name, literals of all patterns
 * gathered, what can never hit marked. Made once per rule set.
 */
import type { Domains } from '../mail/domain.ts'
import type { TrustOptions } from '../mail/received.ts'
import type { UriOptions } from '../mail/uri.ts'
import type { TextTarget } from './definition.ts'
import { domainsOf } from './domains.ts'
import type { EvalRule } from './eval.ts'
import { type Foresight, StepWriter } from './foresight.ts'
import { networkTest } from './networks.ts'
import { Prefilter } from './prefilter.ts'
import { PatternError } from './regex/cursor.ts'
import type { Step } from './regex/outline.ts'
import { type RulePattern, barePattern, rulePattern } from './regex/pattern.ts'
import type { Rule, RuleSet } from './ruleset.ts'
import type { Settings } from './settings.ts'
import { StepFilter } from './step-filter.ts'

export type Area = TextTarget | 'header'
export const AREAS: readonly Area[] = ['header', 'body', 'rawbody', 'uri', 'full']

export interface Program {
  readonly set: RuleSet
  /** By number; names that are no rules come after the rules and have none. */
  readonly rules: readonly Rule[]
  readonly numberOf: ReadonlyMap<string, number>
  readonly names: readonly string[]
  /** For metas: the number of each name of the expression. */
  readonly slots: readonly (readonly number[])[]
  /** 1: can never hit, whatever the message (score 0, or a meta that needs a meta of score 0). */
  readonly dead: Uint8Array
  /** Rules to run, grouped by priority, tests before metas; within a group by number. */
  readonly order: readonly PriorityGroup[]
  readonly prefilters: ReadonlyMap<Area, Prefilter>
  readonly stepFilters: ReadonlyMap<Area, StepFilter>
  /** Patterns that run whatever the literals say: 1. The others wait for a mark. */
  readonly always: Uint8Array
  /** Tells metas from what is known of the rules they name. */
  readonly foresight: Foresight
  /** Numbers of `exists:` rules that can hit. */
  readonly exists: readonly Rule[]
  /** A rule that must hit for this one to be able to; -1 for none. */
  readonly easier: Int32Array
  /** 1: a header rule with !~, which hits where its pattern does not match. */
  readonly negated: Uint8Array
  /** Header specs whose values the header prefilter looks at. */
  readonly filteredSpecs: readonly string[]
  readonly shortCircuits: boolean
  readonly captures: readonly Rule[]
  /** Patterns with %{NAME} in them. */
  readonly templates: ReadonlyMap<number, Template>
  readonly evalRules: ReadonlyMap<string, readonly EvalRule[]>
  readonly domains: Domains
  readonly trust: TrustOptions
  readonly uriOptions: UriOptions
  trusts(address: string): boolean
  /** A plugin's pattern, compiled once. */
  regex(pattern: string): RegExp | undefined
}

export interface PriorityGroup {
  readonly priority: number
  readonly tests: readonly Rule[]
  readonly metas: readonly Rule[]
  /** Numbers of both, in the order in which they run: all, and those that are no __subrules. */
  readonly numbers: Int32Array
  readonly scored: Int32Array
}

/** A pattern that needs what other rules captured. */
export interface Template {
  readonly names: readonly string[]
  with(values: ReadonlyMap<string, readonly string[]>): string
  /** The strings (lower case) of which one must stand in the text for these values; undefined if that is not known. */
  needs(values: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined
}

const programs = new WeakMap<RuleSet, Program>()

/** The program of a rule set; the same object each time. */
export function programOf(set: RuleSet): Program {
  let program = programs.get(set)
  if (program === undefined) {
    program = compile(set)
    programs.set(set, program)
  }
  return program
}

function compile(set: RuleSet): Program {
  const rules = [...set.rules.values()]
  const names = rules.map((rule) => rule.name)
  const numberOf = new Map(names.map((name, number) => [name, number]))
  for (const rule of rules) {
    for (const name of rule.dependencies) if (!numberOf.has(name)) numberOf.set(name, names.push(name) - 1)
  }
  const slots = rules.map((rule) => rule.dependencies.map((name) => numberOf.get(name) ?? 0))
  const dead = deadRules(rules, slots, names.length)
  const live = rules.filter((rule) => dead[rule.index] !== 1)
  const filtering = filters(live, rules.length)
  const domains = domainsOf(set.settings)
  const trusted = set.settings.trustedNetworks ?? set.settings.internalNetworks ?? []
  return {
    set,
    rules,
    numberOf,
    names,
    slots,
    dead,
    order: groups(live),
    ...filtering,
    negated: Uint8Array.from(rules, ({ test }) => (test.kind === 'header' && test.negated ? 1 : 0)),
    foresight: foresightOf(live, rules, slots),
    exists: live.filter(({ test }) => test.kind === 'exists'),
    easier: easierPatterns(live, rules.length),
    shortCircuits: live.some((rule) => rule.shortCircuit !== undefined),
    captures: live.filter((rule) => 'pattern' in rule.test && rule.test.pattern.names.length > 0),
    templates: templatesOf(live),
    evalRules: evalRulesOf(live),
    domains,
    trust: trustOptions(set.settings),
    uriOptions: {
      domains,
      redirectors: set.settings.redirectors.flatMap((text) => patternOrNothing(text)),
      dkim: set.settings.words.get('parse_dkim_uris')?.[0] !== '0',
    },
    trusts: networkTest(trusted),
    regex: patternCache(),
  }
}

/**
 * Score 0 turns a rule off. A meta that names a meta which is off, or which names itself in a circle, never becomes
 * ready in SpamAssassin, so it never hits; other rules that are off count as 0.
 */
function deadRules(rules: readonly Rule[], slots: readonly (readonly number[])[], size: number): Uint8Array {
  const dead = new Uint8Array(size)
  const state = new Uint8Array(rules.length)
  const visit = (number: number): boolean => {
    const rule = rules[number]
    if (rule === undefined) return false
    if (state[number] === 2) return dead[number] === 1
    if (state[number] === 1) return true
    state[number] = 1
    let isDead = rule.score === 0
    if (rule.test.kind === 'meta') {
      for (const slot of slots[number] ?? [])
        if (rules[slot]?.test.kind === 'meta' && visit(slot)) isDead = true
    }
    state[number] = 2
    dead[number] = isDead ? 1 : 0
    return isDead
  }
  for (const rule of rules) visit(rule.index)
  return dead
}

/** How long rules take, roughly, in steps: what is looked up, functions and headers, text. */
function costOf({ test }: Rule): number {
  switch (test.kind) {
    case 'exists':
    case 'empty':
      return 0
    case 'header':
      return 1
    case 'eval':
      return 2
    case 'text':
      return test.target === 'uri' ? 3 : 4
    case 'meta':
      return 5
  }
}

/** Metas, each after those it names so that one round tells all that can be told, with the operands of their conjunctions in the order of their cost. */
function foresightOf(
  live: readonly Rule[],
  rules: readonly Rule[],
  slots: readonly (readonly number[])[],
): Foresight {
  const costs = new Map<number, number>()
  const alive = new Set(live)
  const writer = new StepWriter()
  const visit = (rule: Rule): number => {
    const { test, index } = rule
    if (test.kind !== 'meta') return costOf(rule)
    const known = costs.get(index)
    if (known !== undefined) return known
    // Entered before it is complete: metas may name each other in a ring.
    costs.set(index, costOf(rule))
    const cost = test.expression.root.arrange((slot) => {
      const named = rules[slots[index]?.[slot] ?? -1]
      return named === undefined ? 0 : visit(named)
    })
    costs.set(index, cost)
    if (alive.has(rule)) writer.meta(index, () => test.expression.root.foresee(writer, slots[index] ?? []))
    return cost
  }
  for (const rule of live) visit(rule)
  return writer.finish()
}

function groups(live: readonly Rule[]): readonly PriorityGroup[] {
  const byPriority = Map.groupBy(live, (rule) => rule.priority)
  return [...byPriority]
    .sort(([one], [other]) => one - other)
    .map(([priority, rules]) => {
      const tests = rules.filter((rule) => rule.test.kind !== 'meta')
      const metas = rules.filter((rule) => rule.test.kind === 'meta')
      const inOrder = [...tests, ...metas]
      return {
        priority,
        tests,
        metas,
        numbers: Int32Array.from(inOrder, (rule) => rule.index),
        scored: Int32Array.from(
          inOrder.filter((rule) => !rule.isSub),
          (rule) => rule.index,
        ),
      }
    })
}

function filters(
  live: readonly Rule[],
  size: number,
): Pick<Program, 'prefilters' | 'stepFilters' | 'always' | 'filteredSpecs'> {
  const always = new Uint8Array(size).fill(1)
  const byArea = new Map<Area, Map<number, readonly string[]>>(AREAS.map((area) => [area, new Map()]))
  const outlines = new Map<Area, Map<number, readonly Step[]>>(AREAS.map((area) => [area, new Map()]))
  const specs = new Set<string>()
  for (const { test, index } of live) {
    if (test.kind !== 'text' && test.kind !== 'header') continue
    const pattern = withoutCaptures(test.pattern)
    if (pattern === undefined) continue
    const { literals } = pattern
    if (literals === undefined) {
      const steps = test.kind === 'text' ? pattern.outline() : undefined
      if (steps === undefined || test.kind !== 'text') continue
      outlines.get(test.target)?.set(index, steps)
      always[index] = 0
      continue
    }
    // What stands in for a missing header is in no text.
    if (test.kind === 'header' && test.ifUnset !== undefined) continue
    byArea.get(test.kind === 'header' ? 'header' : test.target)?.set(index, literals)
    if (test.kind === 'header') specs.add(test.spec)
    always[index] = 0
  }
  const prefilters = new Map([...byArea].map(([area, literals]) => [area, new Prefilter(literals)]))
  const stepFilters = new Map([...outlines].map(([area, steps]) => [area, new StepFilter(steps)]))
  return { prefilters, stepFilters, always, filteredSpecs: [...specs] }
}

const TEMPLATE = /(?<!\\)%\{([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:\([^)}]*\))?)\}/g

function isTemplate(text: string): boolean {
  return text.includes('%{') && text.search(TEMPLATE) !== -1
}

/** What stands in a pattern for captured text can be anything. */
function withoutCaptures(pattern: RulePattern): RulePattern | undefined {
  if (!isTemplate(pattern.text)) return pattern
  try {
    return rulePattern(pattern.text.replace(TEMPLATE, '(?:[\\x00-\\xff]+)'))
  } catch (error) {
    if (error instanceof PatternError) return undefined
    throw error
  }
}

/**
 * X{5} cannot match where X{3} does not: for each such pattern, the number of the next easier one over the same text
 * (-1 for none).
 */
function easierPatterns(live: readonly Rule[], size: number): Int32Array {
  const easier = new Int32Array(size).fill(-1)
  const families = new Map<string, { readonly index: number; readonly times: number }[]>()
  for (const { test, index, flags } of live) {
    if (test.kind !== 'text' || isTemplate(test.pattern.text)) continue
    const repetition = test.pattern.repetition()
    if (repetition === undefined) continue
    const key = `${test.target} ${flags.noSubject} ${repetition.body}`
    const family = families.get(key) ?? []
    families.set(key, [...family, { index, times: repetition.times }])
  }
  for (const family of families.values()) {
    const sorted = family.sort((one, other) => one.times - other.times)
    for (const [at, { index }] of sorted.entries()) easier[index] = sorted[at - 1]?.index ?? -1
  }
  return easier
}

function templatesOf(live: readonly Rule[]): ReadonlyMap<number, Template> {
  const templates = new Map<number, Template>()
  for (const { test, index } of live) {
    if (!('pattern' in test) || !isTemplate(test.pattern.text)) continue
    const { text, literals } = test.pattern
    const stencils = stencilsOf(text, literals)
    templates.set(index, {
      needs: (values) =>
        stencils?.flatMap(({ before, name, after }) =>
          (values.get(name) ?? []).map((value) => `${before}${value.toLowerCase()}${after}`),
        ),
      names: [...text.matchAll(TEMPLATE)].map((found) => found[1]!),
      with: (values) =>
        text.replace(
          TEMPLATE,
          (_whole, name: string) => `(?:${(values.get(name) ?? []).map(quoted).join('|')})`,
        ),
    })
  }
  return templates
}

/** The literals of a pattern around its one place for a capture, if each has that place in it whole. */
function stencilsOf(
  text: string,
  literals: readonly string[] | undefined,
): readonly { readonly before: string; readonly name: string; readonly after: string }[] | undefined {
  const places = [...text.matchAll(TEMPLATE)]
  const [place] = places
  // A repeat after it would be taken for one of the closing brace.
  if (place === undefined || places.length > 1 || /\}[?*+{]/.test(text)) return undefined
  const stencils = literals?.flatMap((literal) => {
    const [before = '', after, ...more] = literal.split(place[0].toLowerCase())
    return after === undefined || more.length > 0 ? [] : [{ before, name: place[1]!, after }]
  })
  return stencils?.length === literals?.length ? stencils : undefined
}

function quoted(text: string): string {
  return text.replace(/[^A-Za-z0-9_\x80-\xff]/g, (char) =>
    char === '/' || char === '\n' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${char}`,
  )
}

function evalRulesOf(live: readonly Rule[]): ReadonlyMap<string, readonly EvalRule[]> {
  const found = new Map<string, EvalRule[]>()
  for (const { test, evalRule } of live) {
    if (test.kind !== 'eval' || evalRule === undefined) continue
    const list = found.get(test.name)
    if (list === undefined) found.set(test.name, [evalRule])
    else list.push(evalRule)
  }
  return found
}

function trustOptions(settings: Settings): TrustOptions {
  const { trustedNetworks, internalNetworks, msaNetworks, originatingIpHeaders } = settings
  const trusted = trustedNetworks ?? internalNetworks
  const internal = internalNetworks ?? trustedNetworks
  const envelopeSenderHeader = settings.words.get('envelope_sender_header')?.[0]
  return {
    ...(trusted === undefined ? {} : { trusted: networkTest(trusted) }),
    ...(internal === undefined ? {} : { internal: networkTest(internal) }),
    ...(msaNetworks === undefined ? {} : { msa: networkTest(msaNetworks) }),
    ...(envelopeSenderHeader === undefined ? {} : { envelopeSenderHeader }),
    originatingIpHeaders,
  }
}

function patternOrNothing(text: string): readonly RegExp[] {
  try {
    return [rulePattern(text).capturing()]
  } catch (error) {
    if (error instanceof PatternError) return []
    throw error
  }
}

const MAX_CACHED = 5000

function patternCache(): (pattern: string) => RegExp | undefined {
  const cache = new Map<string, RegExp | undefined>()
  return (pattern) => {
    if (!cache.has(pattern)) {
      if (cache.size >= MAX_CACHED) cache.clear()
      const delimited = /^(?:\/.*\/|m(\W).*\W)[a-z]*$/s.test(pattern)
      try {
        cache.set(pattern, (delimited ? rulePattern(pattern) : barePattern(pattern, '')).capturing())
      } catch (error) {
        if (!(error instanceof PatternError)) throw error
        cache.set(pattern, undefined)
      }
    }
    return cache.get(pattern)
  }
}
