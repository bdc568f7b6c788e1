/** Descriptions of hits as the configured rule files give them, for people who read a decision afterwards. */
import type { Config } from '../config/schema.ts'
import { EVAL_PLUGINS } from '../rules/evals/index.ts'
import { loadRules } from '../rules/load.ts'
import { readRuleFiles } from './rule-files.ts'

export function loadDescriptions({ rules }: Config): ReadonlyMap<string, string> {
  return loadRules(readRuleFiles(rules).sources, { plugins: EVAL_PLUGINS }).descriptions
}
