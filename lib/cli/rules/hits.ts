/** `hamlet rules hits`: what each rule is worth on labelled mail, and what it costs. */
import { type RuleStatistics, rankRules } from '../../rules/statistics.ts'
import type { RuleSet } from '../../rules/ruleset.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, type Terminal, UsageError, type Verb } from '../verb.ts'
import { judge } from './judge.ts'
import { type Labelled, readIndex, readMessage } from './labelled.ts'
import { chosenRules } from './rule-set.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  rules: {
    value: 'PATH',
    multiple: true,
    help: 'rule file or directory instead of the configured ones; may be repeated',
  },
  all: { help: 'also rules that never hit, and __subrules' },
  costly: { help: 'order by cost instead of rank' },
  every: { value: 'N', help: 'only every Nth message' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'hits',
  usage: ['[OPTION…] INDEX…'],
  about: `Runs the rules over labelled mail and prints a line per rule: rank, S/O (the share of spam among its hits, had there
been as much ham as spam: 1 is only spam, 0 only ham), hits in spam and in ham in percent, score, mean cost in
microseconds a message, name. The rank is by the difference between the two percentages. Asks no network.
An INDEX has lines of "ham" or "spam", a tab and the path of a message, from the folder of the index.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'done',
    65: 'an index is wrong',
    66: 'a file cannot be read',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no INDEX given')
    const every = Number(values.every ?? '1')
    if (!Number.isInteger(every) || every < 1) throw new UsageError('--every takes a whole number from 1')
    const set = chosenRules({ rules: values.rules, config: values.config, local: true })
    const statistics = measure(set, positionals.map(readIndex), every, values.all === true, terminal)
    const shown = statistics.filter((rule) => values.all === true || rule.ham + rule.spam > 0)
    if (values.costly === true) shown.sort((one, other) => other.microseconds - one.microseconds)
    terminal.out('rank   S/O   spam%    ham%   score      us  rule')
    for (const rule of shown) terminal.out(lineOf(rule))
    return EXIT.ok
  },
}

function measure(
  set: RuleSet,
  corpora: readonly Labelled[],
  every: number,
  all: boolean,
  terminal: Terminal,
): RuleStatistics[] {
  const hits = new Map<string, { ham: number; spam: number }>()
  const costs = new Map<string, number>()
  const totals = { ham: 0, spam: 0 }
  const files = corpora.flatMap((corpus) => corpus.files).filter((_, at) => at % every === 0)
  const slow = new Map<string, number>()
  for (const [at, file] of files.entries()) {
    const label = file.spam ? 'spam' : 'ham'
    totals[label]++
    const result = judge(set, readMessage(file), {
      tuning: { lazy: !all },
      onCost: (rule, ms) => void costs.set(rule, (costs.get(rule) ?? 0) + ms),
    })
    for (const name of [...result.hits.map((hit) => hit.name), ...(all ? result.subhits : [])]) {
      const entry = hits.get(name) ?? { ham: 0, spam: 0 }
      entry[label]++
      hits.set(name, entry)
    }
    for (const { name, ms } of result.slow) slow.set(name, Math.max(slow.get(name) ?? 0, ms))
    if (at > 0 && at % 1000 === 0) terminal.err(`${at} of ${files.length}`)
  }
  terminal.err(`${totals.ham} ham, ${totals.spam} spam`)
  for (const [name, ms] of slow) terminal.err(`slow: ${name} took ${Math.round(ms)} ms in one message`)
  return rankRules(set, hits, costs, totals)
}

function lineOf({ rank, spamOverall, spam, ham, score, microseconds, name }: RuleStatistics): string {
  return [
    String(rank).padStart(4),
    spamOverall.toFixed(3),
    spam.toFixed(2).padStart(7),
    ham.toFixed(2).padStart(7),
    score.toFixed(3).padStart(7),
    microseconds.toFixed(1).padStart(7),
    ` ${name}`,
  ].join(' ')
}
