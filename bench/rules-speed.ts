/**
 * CPU time of judging a message with the stock rules (parse, render, all rules and metas; local tests), and that of the
 * installed SpamAssassin over the same messages right after, so that both numbers come from the same machine under the
 * same load.
 *
 *   node bench/rules-speed.ts [--every N] [--passes N] [--alone] INDEX       (lines: label TAB path)
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { parseMessage } from '../lib/mail/message.ts'
import { splitMail } from '../lib/mail/split.ts'
import { restartWithV8Flags } from '../lib/v8-flags.ts'
import { type Tuning, evaluate } from '../lib/rules/evaluate.ts'
import { hasSpamAssassin, stockRules } from '../test/conformance/stock-rules.ts'

const UNKNOWN = { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null }
const print = (text: string): void => void process.stdout.write(`${text}\n`)

restartWithV8Flags()
const { values, positionals } = parseArgs({
  options: {
    every: { type: 'string', default: '12' },
    passes: { type: 'string', default: '3' },
    alone: { type: 'boolean', default: false },
  },
  allowPositionals: true,
})
const [index] = positionals
if (index === undefined) throw new Error('usage: rules-speed.ts [--every N] [--passes N] [--alone] INDEX')
const paths = readFileSync(index, 'utf8')
  .trim()
  .split('\n')
  .map((line) => join(dirname(index), line.split('\t')[1] ?? ''))
  .filter((_, at) => at % Number(values.every) === 0)
const mails = paths.map((path) => readFileSync(path))
const set = stockRules()

/** CPU milliseconds a message. */
function pass(tuning: Tuning): number {
  const before = process.cpuUsage()
  for (const bytes of mails) {
    evaluate(set, {
      message: parseMessage(splitMail(bytes)),
      envelope: UNKNOWN,
      facts: [],
      answers: new Map(),
      now: Date.now(),
      local: true,
      clock: () => performance.now(),
      budgetMs: 600_000,
      tuning,
    })
  }
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000 / mails.length
}

print(`${mails.length} messages, ${set.rules.size} rules`)
print(`first pass (patterns are compiled):  ${pass({}).toFixed(2)} CPU ms a message`)
const best = Math.min(...Array.from({ length: Number(values.passes) }, () => pass({})))
print(`Hamlet:                              ${best.toFixed(2)} CPU ms a message`)
print(`  without literals and outlines:     ${pass({ prefilter: false }).toFixed(2)}`)
print(`  line by line:                      ${pass({ joined: false }).toFixed(2)}`)
print(`  every subrule:                     ${pass({ lazy: false }).toFixed(2)}`)
if (hasSpamAssassin && !values.alone) {
  const script = join(dirname(dirname(fileURLToPath(import.meta.url))), 'test/conformance/sa-hits.pl')
  const { stderr } = spawnSync('perl', [script, ...paths], { maxBuffer: 1 << 28 })
  const theirs = Number(/([\d.]+) CPU ms/.exec(stderr.toString())?.[1])
  print(
    `SpamAssassin:                        ${theirs.toFixed(2)} CPU ms a message, ${(theirs / best).toFixed(1)} times as much`,
  )
}
