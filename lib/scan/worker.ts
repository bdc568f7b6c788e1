/** One thread of the scan pool: loads rules and stores once, then judges mail after mail. */
import { workerData } from 'node:worker_threads'
import type { Config } from '../config/schema.ts'
import { resolverFor } from './resolver.ts'
import { SILENT_DNS } from '../net/silent.ts'
import type { Problem } from '../rules/problem.ts'
import { openSeen, type SeenStore } from '../store/seen-store.ts'
import { openStores } from '../store/open.ts'
import type { ScanJob, ScanResult } from './job.ts'
import { createScanner } from './scanner.ts'

export interface RuleSource {
  readonly file: string
  /** Octets. */
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
  readonly problems: readonly Problem[]
  readonly rules: number
  /** By the number under which a rule stands in `progress`. */
  readonly ruleNames: readonly string[]
}

const setup: WorkerSetup = workerData
const scanner = createScanner(setup, {
  dns: setup.local ? SILENT_DNS : resolverFor(setup.config.dns),
  // what cannot be opened was said by the main thread; here each use of it says unavailable
  store: openStores(setup.config.state, { size: setup.config.bayes.size }).store,
  now: Date.now,
  seen: seenStore(setup.config),
})

/** Without it mail is judged as well; lessons by reference then say that nothing is known. */
function seenStore({ state, bayes }: Config): SeenStore | undefined {
  if (!bayes.enabled || bayes.remember === 0) return undefined
  try {
    return openSeen(state, { size: bayes.remember, owner: true })
  } catch {
    return undefined
  }
}

export const load = (): LoadReport => scanner.report

export const judge = (job: ScanJob): Promise<ScanResult> => scanner.judge(job)
