/** Checks of a loaded rule set that cost too much for every start: each pattern is compiled and run once, each name looked up. */
import type { Problem } from './problem.ts'
import { PatternError } from './regex/cursor.ts'
import { idleBoundary } from './regex/idle-boundary.ts'
import type { Rule, RuleSet } from './ruleset.ts'

/**
 * What shows only when patterns are compiled, and names that belong to no rule. The latter in full only if the set was
 * loaded with `notes`.
 */
export function compileAll(set: RuleSet): readonly Problem[] {
  return [...patternProblems(set), ...strayNames(set)]
}

function patternProblems(set: RuleSet): readonly Problem[] {
  const problems: Problem[] = []
  for (const rule of set.rules.values()) {
    const { place, name, test } = rule
    if (!('pattern' in test)) continue
    const error = patternError(rule)
    if (error !== undefined) problems.push({ ...place, severity: 'error', text: `${name}: ${error}` })
    else if (idleBoundary(test.pattern.tree))
      problems.push({
        ...place,
        severity: 'warning',
        text: `${name}: \\b stands beside a character that is not ASCII, of which no octet is a word character: (?<!\\w) or (?!\\w) may be meant`,
      })
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

/** Names in files called hits-*, and names with points and a description, may be hits that a check reports. */
function strayNames(set: RuleSet): readonly Problem[] {
  const problems: Problem[] = []
  const warn = ({ file, line }: { file: string; line: number }, text: string): void =>
    void problems.push({ file, line, severity: 'warning', text })
  const { rules, scores, descriptions } = set
  const isKnown = (name: string): boolean => rules.has(name) || (scores.has(name) && descriptions.has(name))
  for (const rule of rules.values())
    for (const name of rule.dependencies)
      if (!isKnown(name) && !CONSTANTS.has(name))
        warn(rule.place, `${rule.name} asks for ${name}, which is no rule`)
  for (const action of set.actions.values())
    if (!rules.has(action.rule)) warn(action, `action for ${action.rule}, which is no rule`)
  for (const test of set.tests)
    if (!rules.has(test.rule)) warn(test, `test of ${test.rule}, which is no rule`)
  for (const mention of set.notes.mentions)
    if (!isKnown(mention.rule) && !/(?:^|\/)hits-[^/]*$/.test(mention.file))
      warn(mention, `${mention.word} for ${mention.rule}, which is no rule`)
  for (const { rule, before, ...place } of set.notes.redefinitions)
    warn(place, `${rule} is defined again: the definition in ${before.file}:${before.line} no longer counts`)
  return problems
}

/** Words that metas may use like rules. */
const CONSTANTS: ReadonlySet<string> = new Set(['local_tests_only'])
