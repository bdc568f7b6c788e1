/** What the rules would like to know from the DNS about a message, asked before they run. Pure. */
import { EngineInput } from './engine-input.ts'
import type { EvaluateInput } from './evaluate.ts'
import type { Answers, Lookup } from './eval.ts'
import { type Program, programOf } from './program.ts'
import type { RuleSet } from './ruleset.ts'
import { viewOf } from './views.ts'

/** A mail with more links than this is judged on the first ones. */
const MAX_LOOKUPS = 500

export function lookupKey({ type, name }: Lookup): string {
  return `${type}:${name.toLowerCase()}`
}

/** How often it pays to ask again: name servers, then their addresses, then lists of addresses. */
export const MAX_LOOKUP_ROUNDS = 3

/**
 * Every question once, in rule order; none when `local`, or when the set was loaded without network tests. Some
 * questions are made of answers (an address list about a domain's name servers): with the answers so far it names those too.
 */
export function lookupsNeeded(
  set: RuleSet,
  input: Pick<EvaluateInput, 'message' | 'envelope' | 'facts' | 'now' | 'local' | 'bayes' | 'auth'> & {
    readonly answers?: Answers
  },
): readonly Lookup[] {
  if (input.local || !set.net) return []
  const program = programOf(set)
  const engine = engineFor(program, input)
  const found = new Map<string, Lookup>()
  for (const { tests } of program.order) {
    for (const { test, evalRule } of tests) {
      if (test.kind !== 'eval' || evalRule === undefined) continue
      const questions = test.plugin?.lookups?.[test.name]?.(engine, test.args, evalRule) ?? []
      for (const question of questions) {
        if (found.size >= MAX_LOOKUPS) return [...found.values()]
        if (isDenied(set.settings.dnsRestrictions, question.name)) continue
        found.set(lookupKey(question), question)
      }
    }
  }
  return [...found.values()]
}

/** dns_query_restriction: what is said of the closest parent domain counts, else what is said of `*`. */
function isDenied(restrictions: ReadonlyMap<string, 'allow' | 'deny'>, name: string): boolean {
  if (restrictions.size === 0) return false
  const labels = name.toLowerCase().replace(/\.$/, '').split('.')
  for (let at = 0; at < labels.length; at++) {
    const word = restrictions.get(labels.slice(at).join('.'))
    if (word !== undefined) return word === 'deny'
  }
  return restrictions.get('*') === 'deny'
}

/** What the plugins of a set would show with -D of this message, one line each. */
export function pluginTrace(set: RuleSet, input: Parameters<typeof lookupsNeeded>[1]): readonly string[] {
  const engine = engineFor(programOf(set), input)
  return [...set.plugins.byName.values()].flatMap((plugin) => plugin.trace?.(engine) ?? [])
}

function engineFor(program: Program, input: Parameters<typeof lookupsNeeded>[1]): EngineInput {
  const facts = new Set(input.facts.map((fact) => fact.name))
  const view = viewOf(program, input.message, input.envelope, true)
  return new EngineInput(
    program,
    view,
    { ...input, answers: input.answers ?? new Map() },
    {
      hasHit: (name) => facts.has(name),
      report: () => undefined,
      tag: () => [],
      capture: () => undefined,
    },
  )
}
