/**
 * What the rule set is worth: ham lost and spam caught at the tag threshold in labelled mail, without network and
 * classifier, and what it costs. `node bench/ruleset.ts [--rules PATH]… [--required N] [--lost] [--missed] INDEX…`
 * INDEX: `label<TAB>path` a line, paths from the folder of the index. --lost and --missed name the messages that came
 * out wrong, with their hits.
 */
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { parseArgs } from 'node:util'
import { judge } from '../lib/cli/rules/judge.ts'
import { EVAL_PLUGINS } from '../lib/rules/evals/index.ts'
import { loadRules } from '../lib/rules/load.ts'
import { readRuleFiles } from '../lib/scan/rule-files.ts'

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    rules: { type: 'string', multiple: true },
    required: { type: 'string' },
    lost: { type: 'boolean' },
    missed: { type: 'boolean' },
  },
})
if (positionals.length === 0) {
  process.stderr.write('usage: ruleset.ts [--rules PATH]… [--required N] [--lost] [--missed] INDEX…\n')
  process.exit(64)
}
const required = Number(values.required ?? 5)
const { sources, errors } = readRuleFiles(values.rules ?? ['builtin'])
if (errors.length > 0) throw new Error(errors.map(({ file, text }) => `${file}: ${text}`).join('\n'))
const set = loadRules(sources, { plugins: EVAL_PLUGINS, net: false, bayes: false })

const share = (part: number, whole: number): string =>
  `${part} of ${whole} (${((100 * part) / Math.max(1, whole)).toFixed(2)} %)`

for (const index of positionals) {
  const rows = readFileSync(index, 'utf8')
    .split('\n')
    .filter((line) => /^(?:ham|spam)\t/.test(line))
    .map((line) => line.trimEnd().split('\t') as [string, string])
  const all = { ham: 0, spam: 0 }
  const tagged = { ham: 0, spam: 0 }
  // The first messages pay for compiling the patterns.
  for (const [, name] of rows.slice(0, 100)) judge(set, readFileSync(join(dirname(index), name)))
  const before = process.cpuUsage()
  for (const [label, name] of rows) {
    const key = label === 'spam' ? 'spam' : 'ham'
    const { score, hits } = judge(set, readFileSync(join(dirname(index), name)))
    const isTagged = score >= required - 1e-9
    all[key]++
    if (isTagged) tagged[key]++
    if ((isTagged && key === 'ham' && values.lost) || (!isTagged && key === 'spam' && values.missed))
      process.stdout.write(
        `${name} ${score.toFixed(2)} ${hits.map((hit) => `${hit.name}=${hit.score}`).join(' ')}\n`,
      )
  }
  const { user, system } = process.cpuUsage(before)
  const cost = ((user + system) / 1000 / rows.length).toFixed(2)
  process.stdout.write(
    `${index}: ham lost ${share(tagged.ham, all.ham)}, spam caught ${share(tagged.spam, all.spam)}, ${cost} CPU ms a message\n`,
  )
}
