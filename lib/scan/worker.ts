/** One thread of the scan pool: loads rules and stores once, then judges mail after mail. */
import { workerData } from 'node:worker_threads'
import type { Config } from '../config/schema.ts'
import type { ScanJob, ScanResult } from './job.ts'
import { createScanner, type RuleProblem } from './scanner.ts'

export interface RuleSource {
  readonly file: string
  readonly text: string
}
/** What a worker is started with; plain data. A replaced worker gets the same, also when files have changed since. */
export interface WorkerSetup {
  readonly config: Config
  readonly sources: readonly RuleSource[]
  /** Ask nothing outside. */
  readonly local: boolean
}
export interface LoadReport {
  readonly scores: ReadonlyMap<string, number>
  readonly problems: readonly RuleProblem[]
  readonly rules: number
}

const setup: WorkerSetup = workerData
const scanner = createScanner(setup)

export const load = (): LoadReport => scanner.report

export const judge = (job: ScanJob): Promise<ScanResult> => scanner.judge(job)
