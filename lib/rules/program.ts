/**
 * A rule set made ready to run: rules numbered, metas bound to the numbers of what they name, literals of all patterns
 * gathered, what can never hit marked. Made once per rule set.
 */
import type { Domains } from '../mail/domain.ts'
import type { TrustOptions } from '../mail/received.ts'
import type { UriOptions } from '../mail/uri.ts'
import { domainsOf } from './domains.ts'
import type { EvalRule } from './eval.ts'
import { Filters, easierPatterns } from './filters.ts'
import type { Foresight } from './foresight.ts'
import { deadRules, foresightOf } from './metas.ts'
import { networkTest } from './networks.ts'
import { PatternError } from './regex/cursor.ts'
import { barePattern, rulePattern } from './regex/pattern.ts'
import type { Rule, RuleSet } from './ruleset.ts'
import type { Settings } from './settings.ts'
import { type Template, templatesOf } from './templates.ts'

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
  readonly filters: Filters
  /** Tells metas from what is known of the rules they name. */
  readonly foresight: Foresight
  /** `exists:` rules that can hit. */
  readonly exists: readonly Rule[]
  /** Numbers of metas that can hit. */
  readonly metas: Int32Array
  /** A rule that must hit for this one to be able to; -1 for none. */
  readonly easier: Int32Array
  /** 1: a header rule with !~, which hits where its pattern does not match. */
  readonly negated: Uint8Array
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
    filters: new Filters(live, rules.length),
    negated: Uint8Array.from(rules, ({ test }) => (test.kind === 'header' && test.negated ? 1 : 0)),
    foresight: foresightOf(live, rules, slots),
    exists: live.filter(({ test }) => test.kind === 'exists'),
    metas: Int32Array.from(
      live.filter(({ test }) => test.kind === 'meta'),
      ({ index }) => index,
    ),
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
