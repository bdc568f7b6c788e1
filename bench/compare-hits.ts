/**
 * Compares the rules that Hamlet hits with those that an installed SpamAssassin hits, over a folder of *.eml, with the
 * stock rules (local tests, no Bayes), and names the rules and messages that differ.
 *
 *   node bench/compare-hits.ts [--site FOLDER] [--hits FILE] [--every N] [--show N] FOLDER
 *
 * What SpamAssassin hits is kept in FILE (var/hits/NAME.jsonl), a line a message; messages that are not in it yet are
 * given to SpamAssassin first, a tenth of a second each. --site names a folder in place of /etc/spamassassin, so that
 * channels and a local.cf can be compared; its hits have a file of their own. Delete FILE when rules have changed.
 */
import { spawn } from 'node:child_process'
import { appendFileSync, existsSync, mkdirSync, readFileSync, readdirSync } from 'node:fs'
import { basename, dirname, join, resolve } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { parseMessage } from '../lib/mail/message.ts'
import { splitMail } from '../lib/mail/split.ts'
import { restartWithV8Flags } from '../lib/v8-flags.ts'
import { type Evaluated, evaluate } from '../lib/rules/evaluate.ts'
import { parseOptions } from '../lib/rules/parse-options.ts'
import { stockRules } from '../test/conformance/stock-rules.ts'

interface Reference {
  /** Its path in the folder. */
  readonly file: string
  readonly score: number
  readonly hits: readonly string[]
  readonly sub?: readonly string[]
}

const UNKNOWN = { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null }
const ROOT = resolve(import.meta.dirname, '..')

restartWithV8Flags()
const { values, positionals } = parseArgs({
  options: {
    site: { type: 'string' },
    hits: { type: 'string' },
    every: { type: 'string', default: '1' },
    show: { type: 'string', default: '25' },
  },
  allowPositionals: true,
})
const [named] = positionals
if (named === undefined)
  throw new Error('usage: compare-hits.ts [--site FOLDER] [--hits FILE] [--every N] [--show N] FOLDER')
const folder = resolve(named)
const site = values.site === undefined ? undefined : resolve(values.site)
const ofSite = site === undefined ? '' : `-${basename(site)}`
const hitsFile = resolve(values.hits ?? join(ROOT, 'var/hits', `${basename(folder)}${ofSite}.jsonl`))

const set = stockRules(site)
const options = parseOptions(set)
const totals = { messages: 0, sameSet: 0, sameScore: 0, pairs: 0, agreed: 0, scoredPairs: 0, scoredAgreed: 0 }
const missing = new Map<string, string[]>()
const extra = new Map<string, string[]>()

function judge(path: string): Evaluated {
  return evaluate(set, {
    message: parseMessage(splitMail(readFileSync(path)), options),
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

/** What SpamAssassin found so far, by file. A line cut off by an interruption is made again. */
function known(): Map<string, Reference> {
  if (!existsSync(hitsFile)) return new Map()
  const lines = readFileSync(hitsFile, 'utf8').split('\n')
  return new Map(
    lines
      .filter((line) => line.endsWith('}'))
      .map((line) => JSON.parse(line) as Reference)
      .map((reference) => [reference.file, reference]),
  )
}

/** Gives messages to SpamAssassin and adds what it says to the file. */
async function ask(files: readonly string[], found: Map<string, Reference>): Promise<void> {
  process.stderr.write(
    `${files.length} messages go to SpamAssassin, a tenth of a second each -> ${hitsFile}\n`,
  )
  mkdirSync(dirname(hitsFile), { recursive: true })
  const script = join(ROOT, 'test/conformance/sa-hits.pl')
  const perl = spawn('perl', [script, ...(site === undefined ? [] : ['--site', site])], {
    cwd: folder,
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  perl.stdin.end(files.map((file) => `${file}\n`).join(''))
  let done = 0
  for await (const line of createInterface({ input: perl.stdout })) {
    appendFileSync(hitsFile, `${line}\n`)
    const reference = JSON.parse(line) as Reference
    found.set(reference.file, reference)
    if (++done % 100 === 0) process.stderr.write(`\r${done} of ${files.length}`)
  }
  process.stderr.write('\n')
}

const every = Number(values.every)
const messages = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  .filter((name) => name.endsWith('.eml'))
  .toSorted()
  .filter((_name, at) => at % every === 0)
const references = known()
const missingFiles = messages.filter((file) => !references.has(file))
if (missingFiles.length > 0) await ask(missingFiles, references)
for (const file of messages) {
  const reference = references.get(file)
  if (reference !== undefined) compare(reference)
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
