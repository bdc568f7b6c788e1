/** `hamlet rules show`: all there is to know about one rule. */
import type { Rule, RuleSet } from '../../rules/ruleset.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { CommandError, EXIT, UsageError, type Verb } from '../verb.ts'
import { chosenRules, readable } from './rule-set.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  rules: {
    value: 'PATH',
    multiple: true,
    help: 'rule file or directory instead of the configured ones; may be repeated',
  },
} satisfies OptionTable

export const verb: Verb = {
  name: 'show',
  usage: ['[OPTION…] NAME…'],
  about: `--config FILE     as for start`,
  options: OPTIONS,
  takes: 'rule',
  exits: {
    0: 'shown',
    1: 'there is no such rule',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no NAME given')
    const set = chosenRules({ rules: values.rules, config: values.config })
    for (const name of positionals) {
      const rule = set.rules.get(name)
      if (rule === undefined) throw new CommandError(`there is no rule ${name}`, EXIT.negative)
      for (const line of describe(set, rule)) terminal.out(readable(line))
    }
    return EXIT.ok
  },
}

function describe(set: RuleSet, rule: Rule): readonly string[] {
  const lines = [rule.line, `  defined in     ${rule.place.file}:${rule.place.line}`]
  const description = set.descriptions.get(rule.name)
  if (description !== undefined) lines.push(`  description    ${description}`)
  const four = new Set(rule.scores).size === 1 ? '' : `  (of ${rule.scores.join(' ')})`
  lines.push(`  score          ${rule.score}${four}${rule.score === 0 ? ', so it never runs' : ''}`)
  if (rule.tflags.length > 0) lines.push(`  tflags         ${rule.tflags.join(' ')}`)
  if (rule.priority !== 0) lines.push(`  priority       ${rule.priority}`)
  const action = set.actions.get(rule.name)
  if (action !== undefined) lines.push(`  action         ${action.action} ${action.argument}`.trimEnd())
  for (const name of rule.dependencies) lines.push(`  depends on     ${nameWithScore(set, name)}`)
  for (const other of set.rules.values())
    if (other.dependencies.includes(rule.name))
      lines.push(`  is part of     ${nameWithScore(set, other.name)}`)
  if ('pattern' in rule.test) {
    const { literals } = rule.test.pattern
    lines.push(
      `  runs when      ${literals === undefined ? 'always, or its outline occurs' : `one of these occurs: ${literals.join(' | ')}`}`,
    )
    lines.push(`  in JavaScript  /${rule.test.pattern.source('exact', false)}/`)
  }
  return lines
}

function nameWithScore(set: RuleSet, name: string): string {
  const rule = set.rules.get(name)
  if (rule === undefined) return `${name} (no rule: a check may report it)`
  return rule.isSub ? name : `${name} (${rule.score})`
}
