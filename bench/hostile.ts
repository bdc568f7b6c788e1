/**
 * npm run -s bench:hostile -- [--only NAME] [--search SECONDS] [--largest MB] [--show]
 *
 * The worst mail that a search finds for each parser and for the rules, at 100 KB, 1 MB and 10 MB: CPU milliseconds of
 * each step that takes any. The search (by default 5 s a subject) puts words of the subject's own language together,
 * repeats them, keeps what costs most an octet and changes it. A step over 1.5 s at 10 MB, or that grows faster than
 * its mail, is marked with `!`, and makes the exit status 1; --show prints the worst mail's pattern.
 */
import { parseArgs } from 'node:util'
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { restartWithV8Flags } from '../lib/v8-flags.ts'
import { PARSERS } from './hostile/parsers.ts'
import { RULES } from './hostile/rules.ts'
import { type Gene, grown, type Subject } from './hostile/subject.ts'

const SUBJECTS: readonly Subject[] = [...PARSERS, ...RULES]
const SIZES = [100_000, 1_000_000, 10_000_000]
const SEARCHED_SIZE = 30_000
const KEPT = 12
/** A search step that takes this long has found what it was looking for. */
const LONGEST_STEP = 20_000
const MOST_AT_LARGEST = 1500
/** Growth of the cost when the mail grows tenfold that still counts as linear. */
const LINEAR = 16
/** Milliseconds under which growth cannot be told. */
const NOTICEABLE = 40

interface Job {
  readonly subject: string
  readonly gene: Gene
  readonly size: number
}
interface Cost {
  readonly total: number
  readonly steps: readonly (readonly [string, number])[]
}

const cpu = (): number => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

async function measure({ subject, gene, size }: Job): Promise<Cost> {
  const found = SUBJECTS.find(({ name }) => name === subject)
  if (found === undefined) throw new Error(`no subject ${subject}`)
  const mail = Buffer.from(found.wrap(grown(gene, size)), 'latin1')
  const taken: [string, number][] = []
  for (const [step, run] of found.steps(mail)) {
    const before = cpu()
    await run()
    taken.push([step, cpu() - before])
  }
  return { total: taken.reduce((sum, [, time]) => sum + time, 0), steps: taken }
}

/** Measures in a thread that is ended when it takes too long. */
class Bench {
  #worker: Worker | undefined

  async cost(job: Job): Promise<Cost | undefined> {
    this.#worker ??= new Worker(new URL(import.meta.url), { workerData: 'bench' })
    const worker = this.#worker
    const { promise, resolve, reject } = Promise.withResolvers<Cost | undefined>()
    const timer = setTimeout(() => resolve(undefined), LONGEST_STEP)
    worker.removeAllListeners()
    worker.on('message', resolve)
    worker.on('error', reject)
    worker.postMessage(job)
    const cost = await promise
    clearTimeout(timer)
    if (cost === undefined) await this.end()
    return cost
  }

  async end(): Promise<void> {
    const worker = this.#worker
    this.#worker = undefined
    await worker?.terminate()
  }
}

/** Numbers from a seed: the search is the same in every run, as far as its time allows. */
function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fff_ffff
    return state / 0x7fff_ffff
  }
}

function* candidates(words: readonly string[], best: readonly Gene[], random: () => number): Generator<Gene> {
  const word = () => words[Math.floor(random() * words.length)] ?? ''
  const phrase = (most: number) => Array.from({ length: Math.floor(random() * (most + 1)) }, word).join('')
  for (const body of words) yield { head: '', body, tail: '' }
  for (;;) {
    const old = best[Math.floor(random() * best.length)]
    const kind = random()
    if (old === undefined || kind < 0.4) yield { head: phrase(3), body: word() + phrase(2), tail: phrase(2) }
    else if (kind < 0.6) yield { ...old, body: old.body + word() }
    else if (kind < 0.7) yield { ...old, head: old.head + phrase(2) }
    else if (kind < 0.8) yield { ...old, head: phrase(3) }
    else if (kind < 0.9) yield { ...old, tail: phrase(3) }
    else yield { ...old, body: word() + old.body.slice(Math.floor(random() * old.body.length)) }
  }
}

/** The genes that cost most, the worst first. */
async function search(bench: Bench, subject: Subject, seconds: number): Promise<readonly Gene[]> {
  const best: { gene: Gene; cost: number }[] = []
  const consider = async (gene: Gene): Promise<void> => {
    const cost = (await bench.cost({ subject: subject.name, gene, size: SEARCHED_SIZE }))?.total ?? Infinity
    best.push({ gene, cost })
    best.sort((one, other) => other.cost - one.cost)
    best.length = Math.min(best.length, KEPT)
  }
  for (const gene of subject.known ?? []) await consider(gene)
  const until = performance.now() + seconds * 1000
  for (const gene of candidates(
    subject.words,
    best.map(({ gene }) => gene),
    seeded(20261126),
  )) {
    if (performance.now() > until) break
    await consider(gene)
  }
  // what was measured while the code was cold only seemed costly
  const again: { gene: Gene; cost: number }[] = []
  for (const { gene } of best) {
    const cost = await bench.cost({ subject: subject.name, gene, size: 2 * SEARCHED_SIZE })
    again.push({ gene, cost: cost?.total ?? Infinity })
  }
  return again.sort((one, other) => other.cost - one.cost).map(({ gene }) => gene)
}

/** The gene that cost most for its size. */
function costliest(row: readonly (readonly [cost: number, gene: Gene])[]): Gene | undefined {
  const rate = (at: number) => (row[at]?.[0] ?? 0) / (SIZES[at] ?? 1)
  const [at = 0] = [...row.keys()].sort((one, other) => rate(other) - rate(one))
  return row[at]?.[1]
}

const print = (text: string): void => void process.stdout.write(`${text}\n`)

/** Prints the costs of one subject; false when one is too high. */
async function report(
  bench: Bench,
  subject: Subject,
  seconds: number,
  largest: number,
  show: boolean,
): Promise<boolean> {
  const genes = [
    ...new Set([...(await search(bench, subject, seconds)).slice(0, 3), ...(subject.known ?? [])]),
  ]
  const sizes = SIZES.filter((size) => size <= largest)
  const worst = new Map<string, (readonly [cost: number, gene: Gene])[]>()
  for (const gene of genes) {
    for (const [at, size] of sizes.entries()) {
      const cost = await bench.cost({ subject: subject.name, gene, size })
      for (const [step, time] of cost?.steps ?? [['(ended)', LONGEST_STEP] as const]) {
        const row = worst.get(step) ?? []
        if (row[at] === undefined || row[at][0] < time) row[at] = [time, gene]
        worst.set(step, row)
      }
      if (cost === undefined) break
    }
  }
  let fine = true
  for (const [step, row] of worst) {
    const times = row.map(([time]) => time)
    if (times.every((time) => time < NOTICEABLE)) continue
    const grows = times.some(
      (time, at) => at > 0 && time > NOTICEABLE && time > LINEAR * Math.max(times[at - 1] ?? 0, 5),
    )
    const high = step === '(ended)' || (times[2] ?? 0) > MOST_AT_LARGEST
    if (grows || high) fine = false
    const cells = sizes
      .map((_, at) => (row[at] === undefined ? '-' : row[at][0].toFixed(0)).padStart(8))
      .join('')
    const mark = `${high ? ' ! slow' : ''}${grows ? ' ! grows' : ''}`
    const pattern = show || mark !== '' ? `  ${JSON.stringify(costliest(row))}` : ''
    print(`${subject.name.padEnd(20)}${step.padEnd(14)}${cells}${mark}${pattern}`)
  }
  return fine
}

async function main(): Promise<void> {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      search: { type: 'string', default: '5' },
      largest: { type: 'string', default: '10' },
      show: { type: 'boolean', default: false },
    },
  })
  print(`${'CPU ms'.padEnd(34)}${['100 KB', '1 MB', '10 MB'].map((size) => size.padStart(8)).join('')}`)
  let fine = true
  for (const subject of SUBJECTS.filter(({ name }) => values.only === undefined || name === values.only)) {
    const bench = new Bench()
    const good = await report(
      bench,
      subject,
      Number(values.search),
      Number(values.largest) * 1_000_000,
      values.show,
    )
    fine &&= good
    await bench.end()
  }
  process.exitCode = fine ? 0 : 1
}

if (isMainThread) {
  restartWithV8Flags()
  await main()
} else if (workerData === 'bench') {
  parentPort?.on('message', (job: Job) => {
    void measure(job).then((cost) => parentPort?.postMessage(cost))
  })
}
