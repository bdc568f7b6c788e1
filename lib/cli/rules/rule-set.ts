/** The rule set that the `hamlet rules` commands work on: the one named by --rules, or the configured one. */
import { EVAL_PLUGINS } from '../../rules/evals/index.ts'
import { type LoadOptions, loadRules } from '../../rules/load.ts'
import type { RuleSet } from '../../rules/ruleset.ts'
import { readIncluded, readRuleFiles } from '../../scan/rule-files.ts'
import { loadConfig } from '../config-file.ts'
import { CommandError, EXIT } from '../verb.ts'

export interface RuleChoice {
  readonly rules: readonly string[] | undefined
  readonly config: string | undefined
  readonly local?: boolean
}

/** Loads the rules. Throws `CommandError` (66) for a path that cannot be read. */
export function chosenRules(choice: RuleChoice, options: Partial<LoadOptions> = {}): RuleSet {
  const paths = choice.rules ?? loadConfig(choice.config).config.rules
  const { sources, errors } = readRuleFiles(paths)
  const [unreadable] = errors
  if (unreadable !== undefined) throw new CommandError(`${unreadable.file}: ${unreadable.text}`, EXIT.noInput)
  const net = choice.local !== true
  return loadRules(sources, { plugins: EVAL_PLUGINS, net, bayes: net, include: readIncluded, ...options })
}

/** Text of rule files (octets of UTF-8) for the terminal. */
export function readable(octets: string): string {
  // what is no octet was written by us
  const whole = octets.replace(/[^\0-\xff]/gu, (char) => Buffer.from(char).toString('latin1'))
  return Buffer.from(whole, 'latin1').toString('utf8')
}
