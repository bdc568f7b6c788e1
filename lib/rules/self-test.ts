/** Runs the `test NAME ok|fail TEXT` lines of rule files: a rule's pattern against a line of text. */
import type { RegressionTest, Rule, RuleSet } from './ruleset.ts'

export type TestOutcome =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed'; readonly reason: string }
  /** The rule has no pattern of its own. */
  | { readonly kind: 'untestable'; readonly reason: string }

export function runTest(set: RuleSet, test: RegressionTest): TestOutcome {
  const rule = set.rules.get(test.rule)
  if (rule === undefined) return { kind: 'untestable', reason: 'there is no such rule' }
  const hit = hits(rule, test.text)
  if (hit === undefined)
    return { kind: 'untestable', reason: `a ${rule.test.kind} rule cannot be tested by a line` }
  if (hit === (test.expected === 'ok')) return { kind: 'passed' }
  return { kind: 'failed', reason: hit ? 'hits, but should not' : 'does not hit, but should' }
}

function hits({ test }: Rule, text: string): boolean | undefined {
  if (test.kind !== 'text' && test.kind !== 'header') return undefined
  const regex = test.pattern.regex('exact', true)
  regex.lastIndex = 0
  const found = regex.test(text)
  return test.kind === 'header' && test.negated ? !found : found
}
