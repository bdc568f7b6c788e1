/**
 * Compares the rules that Hamlet hits with those that an installed SpamAssassin hits, over a corpus, with the stock
 * rules (local tests, no Bayes). SpamAssassin's side is a file of JSON lines with `file`, `score`, `hits` and `sub`
 * (test/conformance/sa-hits.pl prints them); `file` is taken from the folder given.
 *
 *   node bench/compare-hits.ts [--every N] [--show N] HITS.jsonl FOLDER
 */
import { createReadStream, existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { parseMessage } from '../lib/mail/message.ts'
import { splitMail } from '../lib/mail/split.ts'
import { boundBacktracking } from '../lib/rules/bound.ts'
import { type Evaluated, evaluate } from '../lib/rules/evaluate.ts'
import { stockRules } from '../test/conformance/stock-rules.ts'

interface Reference {
  readonly file: string
  readonly score: number
  readonly hits: readonly string[]
  readonly sub?: readonly string[]
}

const UNKNOWN = { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null }

boundBacktracking()
const { values, positionals } = parseArgs({
  options: { every: { type: 'string', default: '1' }, show: { type: 'string', default: '25' } },
  allowPositionals: true,
})
const [references, folder = '.'] = positionals
if (references === undefined)
  throw new Error('usage: compare-hits.ts [--every N] [--show N] HITS.jsonl FOLDER')

const set = stockRules()
const totals = { messages: 0, sameSet: 0, sameScore: 0, pairs: 0, agreed: 0, scoredPairs: 0, scoredAgreed: 0 }
const missing = new Map<string, string[]>()
const extra = new Map<string, string[]>()

function judge(path: string): Evaluated {
  return evaluate(set, {
    message: parseMessage(splitMail(readFileSync(path))),
    envelope: UNKNOWN,
    facts: [],
    answers: new Map(),
    now: Date.now(),
    local: true,
    clock: () => performance.now(),
    budgetMs: 600_000,
    tuning: { lazy: false },
  })
}

function note(map: Map<string, string[]>, rule: string, file: string): void {
  const files = map.get(rule)
  if (files === undefined) map.set(rule, [file])
  else files.push(file)
}

function compare(reference: Reference): void {
  const ours = judge(join(folder, reference.file))
  const names = new Set([
    ...ours.hits.map((hit) => hit.name),
    ...(reference.sub === undefined ? [] : ours.subhits),
  ])
  const theirs = new Set([...reference.hits, ...(reference.sub ?? [])])
  let same = true
  for (const rule of new Set([...names, ...theirs])) {
    const agreed = names.has(rule) === theirs.has(rule)
    totals.pairs++
    if (agreed) totals.agreed++
    if (!rule.startsWith('__')) {
      totals.scoredPairs++
      if (agreed) totals.scoredAgreed++
      else same = false
    }
    if (!agreed) note(names.has(rule) ? extra : missing, rule, reference.file)
  }
  totals.messages++
  if (!same) return
  totals.sameSet++
  if (Math.abs(ours.score - reference.score) < 0.0011) totals.sameScore++
}

const every = Number(values.every)
let at = 0
for await (const line of createInterface({ input: createReadStream(references) })) {
  if (at++ % every !== 0) continue
  const reference = JSON.parse(line) as Reference
  if (existsSync(join(folder, reference.file))) compare(reference)
}

const percent = (part: number, whole: number): string => `${((100 * part) / whole).toFixed(3)} %`
const print = (text: string): void => void process.stdout.write(`${text}\n`)
print(`${totals.messages} messages`)
print(
  `(message, rule) pairs that agree, subrules included: ${percent(totals.agreed, totals.pairs)} of ${totals.pairs}`,
)
print(
  `(message, rule) pairs that agree, scored rules:      ${percent(totals.scoredAgreed, totals.scoredPairs)} of ${totals.scoredPairs}`,
)
print(`messages with the same rules:                        ${percent(totals.sameSet, totals.messages)}`)
print(`messages with the same rules and score:              ${percent(totals.sameScore, totals.messages)}`)
for (const [title, map] of [
  ['only SpamAssassin', missing],
  ['only Hamlet', extra],
] as const) {
  print(`\n${title}:`)
  const sorted = [...map]
    .sort(([, one], [, other]) => other.length - one.length)
    .slice(0, Number(values.show))
  for (const [rule, files] of sorted)
    print(`${String(files.length).padStart(6)}  ${rule}  ${files.slice(0, 3).join(' ')}`)
}
