/**
 * The scan pool: worker threads that judge content, so that nothing a mail can make slow runs on the thread that talks
 * to the MTA. A mail has a deadline; when it passes, its worker is ended and replaced and the mail goes on with an
 * incomplete verdict. The queue is bounded: beyond it `busy` is said, and the MTA keeps the mail.
 */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Piscina } from 'piscina'
import type { Config } from '../config/schema.ts'
import { messageOf, traceOf } from '../fault.ts'
import { boundBacktracking } from '../rules/bound.ts'
import { createProgress, runningRule, whereabouts } from './progress.ts'
import { createRuleBreaker, type RuleBreaker } from './rule-breaker.ts'
import type { ScanJob, ScanOutcome, ScanResult } from './job.ts'
import type { LoadReport, WorkerSetup } from './worker.ts'

export interface ScanPool {
  judge(job: ScanJob): Promise<ScanOutcome>
  /** How many mails are judged at once. */
  readonly workers: number
  /** Scores of the rules in force. */
  readonly scores: ReadonlyMap<string, number>
  readonly loaded: LoadReport
  /** False when every worker is gone and none could be started in its place. */
  alive(): boolean
  /** Lets running scans finish (at most their deadline), then ends the workers. */
  close(): Promise<void>
}

export interface PoolOptions {
  readonly config: Config
  readonly setup: WorkerSetup
  /** Told, in a sentence, of a worker that failed while it had no mail, and of a rule that was switched off. */
  readonly onProblem: (reason: string) => void
}

/** Starts the workers and waits until each has loaded the rules; rejects when that is not possible at all. */
export async function startScanPool({ config, setup, onProblem }: PoolOptions): Promise<ScanPool> {
  const workers = config.scan.workers === 0 ? defaultWorkers() : config.scan.workers
  // before the workers compile their patterns
  boundBacktracking()
  const sources = [...setup.sources]
  const breaker = createRuleBreaker(sources, (rule) =>
    onProblem(
      `the rule ${rule} held up two mails until their workers were ended: it is off until the next reload or start`,
    ),
  )
  const pool = new Piscina({
    filename: new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    maxQueue: config.scan.queue,
    // cloned for each worker when it starts
    workerData: { ...setup, sources },
    // one mail per worker at a time: what a hostile mail holds up is that mail alone
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    // a mail that makes a worker need more ends that worker, not the daemon; a small young generation keeps it lean
    resourceLimits: { maxOldGenerationSizeMb: config.scan.memory / MB, maxYoungGenerationSizeMb: 32 },
  })
  // without a listener an error in an idle worker would end the daemon
  pool.on('error', (error: unknown) => onProblem(`a scan worker failed and is replaced: ${traceOf(error)}`))
  const starting = countStarting(pool)
  // none of them has done anything yet, so each gets one of these
  const reports: readonly LoadReport[] = await Promise.all(
    Array.from({ length: workers }, () => pool.run(null, { name: 'load' })),
  )
  const [report] = reports
  if (report === undefined) throw new Error('no scan worker')
  return {
    workers,
    scores: report.scores,
    loaded: report,
    judge: (job) =>
      judge({ pool, breaker, deadline: config.scan.deadline, ruleNames: report.ruleNames }, job),
    alive: () => pool.threads.length > 0,
    close: async () => {
      const end = Date.now() + START_PATIENCE
      while (starting() > 0 && Date.now() < end) await sleep(START_POLL)
      await pool.close({ force: false })
    },
  }
}

/** Milliseconds that an ending pool gives a worker which is just being replaced to finish its start. */
const START_PATIENCE = 10_000
const START_POLL = 20

/**
 * How many replacements of ended workers are still loading. A thread must not be ended then: the native part of the
 * database that is cut off while it registers itself aborts the whole process.
 */
function countStarting(pool: Piscina): () => number {
  let replaced = 0
  pool.on('workerDestroy', () => replaced++)
  let loaded = false
  // the first ones are announced before they have loaded anything: `load` waits for those
  setImmediate(() => (loaded = true))
  pool.on('workerCreate', () => {
    if (loaded) replaced--
  })
  return () => Math.max(0, replaced)
}

const MB = 1024 * 1024

const defaultWorkers = (): number => Math.min(8, Math.max(2, availableParallelism()))

interface Running {
  readonly pool: Piscina
  readonly breaker: RuleBreaker
  readonly deadline: number
  readonly ruleNames: readonly string[]
}

async function judge({ pool, breaker, deadline, ruleNames }: Running, job: ScanJob): Promise<ScanOutcome> {
  // waiting for a worker counts too: the MTA's patience does not begin when a worker is free
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), deadline)
  const progress = createProgress()
  try {
    const result: ScanResult = await pool.run({ ...job, progress }, { name: 'judge', signal: abort.signal })
    return { kind: 'judged', result }
  } catch (error) {
    if (abort.signal.aborted) {
      const rule = runningRule(progress, ruleNames)
      if (rule !== undefined) breaker.heldUp(rule)
      const why = whereabouts(progress, ruleNames)
      return { kind: 'incomplete', reason: `not judged within ${deadline} ms: ${why}` }
    }
    const message = messageOf(error)
    // piscina's own words when maxQueue is reached
    if (message === 'Task queue is at limit') return { kind: 'busy' }
    return { kind: 'incomplete', reason: `the scan worker failed: ${message}` }
  } finally {
    clearTimeout(timer)
  }
}
