/** `hamlet rules test`: the test lines of rule files, and what rules hit in messages. */
import { runTest } from '../../rules/self-test.ts'
import type { RuleSet } from '../../rules/ruleset.ts'
import { cleanText } from '../../plain-text.ts'
import { readMails } from '../mail-files.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, type Terminal, UsageError, type Verb } from '../verb.ts'
import { judge } from './judge.ts'
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
  name: 'test',
  usage: ['[OPTION…] FILE…'],
  about: `For a rule file (*.cf): runs its lines "test NAME ok TEXT" and "test NAME fail TEXT" against the rules of the set and
of the file. For any other file: a message (mbox and Maildir too); prints the rules that hit in it. Asks no network.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'all tests passed',
    1: 'one did not',
    66: 'a file cannot be read',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no FILE given')
    const ruleFiles = positionals.filter((file) => file.endsWith('.cf'))
    const mails = positionals.filter((file) => !file.endsWith('.cf'))
    const base = chosenRules({ rules: values.rules, config: values.config, local: true })
    const set =
      ruleFiles.length === 0
        ? base
        : chosenRules({ rules: [...(values.rules ?? []), ...ruleFiles], config: values.config, local: true })
    const failed = ruleFiles.length === 0 ? 0 : testLines(set, base, terminal)
    for await (const { name, bytes } of mails.length === 0 ? [] : readMails(mails, terminal))
      showHits(name, set, bytes, terminal)
    return failed > 0 ? EXIT.negative : EXIT.ok
  },
}

/** A tested rule may stand in the file or, for a file of tests only, in the set. */
function testLines(set: RuleSet, base: RuleSet, terminal: Terminal): number {
  let passed = 0
  let failed = 0
  for (const test of set.tests) {
    const outcome = runTest(set.rules.has(test.rule) ? set : base, test)
    if (outcome.kind === 'passed') {
      passed++
      continue
    }
    if (outcome.kind === 'failed') failed++
    terminal.out(
      `${test.file}:${test.line}: ${test.rule} ${outcome.kind}: ${outcome.reason}: ${readable(test.text)}`,
    )
  }
  terminal.err(`${passed} of ${set.tests.length} tests passed, ${failed} failed`)
  return failed
}

function showHits(name: string, set: RuleSet, bytes: Uint8Array, terminal: Terminal): void {
  const { hits, score } = judge(set, bytes)
  terminal.out(`${name}: ${score}`)
  for (const hit of hits) {
    const evidence = hit.detail === undefined ? '' : `  ${cleanText(readable(hit.detail), 80)}`
    terminal.out(`  ${hit.score.toFixed(3).padStart(8)}  ${hit.name}${evidence}`)
  }
}
