/**
 * The scan pool: worker threads that judge content, so that nothing a mail can make slow runs on the thread that talks
 * to the MTA. A mail has a deadline; when it passes, its worker is ended and replaced and the mail goes on with an
 * incomplete verdict. The queue is bounded: beyond it `busy` is said, and the MTA keeps the mail.
 */
import { availableParallelism } from 'node:os'
import { Piscina } from 'piscina'
import type { Config } from '../config/schema.ts'
import type { ScanJob, ScanOutcome, ScanResult } from './job.ts'
import type { LoadReport, WorkerSetup } from './worker.ts'

export interface ScanPool {
  judge(job: ScanJob): Promise<ScanOutcome>
  /** How many mails are judged at once. */
  readonly workers: number
  /** Scores of the rules in force. */
  readonly scores: ReadonlyMap<string, number>
  readonly loaded: LoadReport
  /** Lets running scans finish (at most their deadline), then ends the workers. */
  close(): Promise<void>
}

export interface PoolOptions {
  readonly config: Config
  readonly setup: WorkerSetup
  /** Told of a worker that failed while it had no mail: it is replaced. */
  readonly onProblem: (reason: string) => void
}

/** Starts the workers and loads the rules in one of them; rejects when that is not possible at all. */
export async function startScanPool({ config, setup, onProblem }: PoolOptions): Promise<ScanPool> {
  const workers = config.scan.workers === 0 ? defaultWorkers() : config.scan.workers
  const pool = new Piscina({
    filename: new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url).href,
    minThreads: workers,
    maxThreads: workers,
    maxQueue: config.scan.queue,
    workerData: setup,
    // one mail per worker at a time: what a hostile mail holds up is that mail alone
    concurrentTasksPerWorker: 1,
    idleTimeout: Infinity,
    // a mail that makes a worker need more ends that worker, not the daemon; a small young generation keeps it lean
    resourceLimits: { maxOldGenerationSizeMb: config.scan.memory / MB, maxYoungGenerationSizeMb: 32 },
  })
  // without a listener an error in an idle worker would end the daemon
  pool.on('error', (error: unknown) =>
    onProblem(error instanceof Error ? (error.stack ?? error.message) : String(error)),
  )
  const report: LoadReport = await pool.run(null, { name: 'load' })
  return {
    workers,
    scores: report.scores,
    loaded: report,
    judge: (job) => judge(pool, job, config.scan.deadline),
    close: async () => {
      await pool.close({ force: false })
    },
  }
}

const MB = 1024 * 1024

const defaultWorkers = (): number => Math.min(8, Math.max(2, availableParallelism()))

async function judge(pool: Piscina, job: ScanJob, deadline: number): Promise<ScanOutcome> {
  // waiting for a worker counts too: the MTA's patience does not begin when a worker is free
  const abort = new AbortController()
  const timer = setTimeout(() => abort.abort(), deadline)
  try {
    const result: ScanResult = await pool.run(job, { name: 'judge', signal: abort.signal })
    return { kind: 'judged', result }
  } catch (error) {
    if (abort.signal.aborted) return { kind: 'incomplete', reason: `not judged within ${deadline} ms` }
    const message = error instanceof Error ? error.message : String(error)
    // piscina's own words when maxQueue is reached
    if (message === 'Task queue is at limit') return { kind: 'busy' }
    return { kind: 'incomplete', reason: `the scan worker failed: ${message}` }
  } finally {
    clearTimeout(timer)
  }
}
