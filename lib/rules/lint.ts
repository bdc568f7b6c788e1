/** Checks of a loaded rule set that cost too much for every start: each pattern is compiled and run once. */
import type { Problem } from './problem.ts'
import { PatternError } from './regex/cursor.ts'
import type { Rule, RuleSet } from './ruleset.ts'

/** What shows only when patterns are compiled, and names in metas, actions and scores that belong to no rule. */
export function compileAll(set: RuleSet): readonly Problem[] {
  const problems: Problem[] = []
  for (const rule of set.rules.values()) {
    const error = patternError(rule)
    if (error !== undefined)
      problems.push({ ...rule.place, severity: 'error', text: `${rule.name}: ${error}` })
  }
  for (const { rule, file, line } of set.actions.values()) {
    if (!set.rules.has(rule))
      problems.push({ file, line, severity: 'warning', text: `action for ${rule}, which is no rule` })
  }
  for (const { rule, file, line } of set.tests) {
    if (!set.rules.has(rule))
      problems.push({ file, line, severity: 'warning', text: `test of ${rule}, which is no rule` })
  }
  return problems
}

function patternError({ test }: Rule): string | undefined {
  if (!('pattern' in test)) return undefined
  try {
    for (const form of ['exact', 'joined'] as const) test.pattern.regex(form, true).test('')
    return undefined
  } catch (error) {
    if (error instanceof PatternError || error instanceof SyntaxError || error instanceof RangeError)
      return error.message
    throw error
  }
}
