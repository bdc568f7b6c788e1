/**
 * One thread of the scan pool: loads rules and stores once, then judges mail after mail, one of them at a time using
 * the CPU while the others wait for answers from outside.
 */
import { parentPort, workerData } from 'node:worker_threads'
import type { Config } from '../config/schema.ts'
import { Circuits, type CircuitMemory } from '../net/circuits.ts'
import { resolverFor } from './resolver.ts'
import { SILENT_DNS } from '../net/silent.ts'
import type { Problem } from '../rules/problem.ts'
import { openSeen, type SeenStore } from '../store/seen-store.ts'
import { openStores } from '../store/open.ts'
import { messageOf } from '../fault.ts'
import { ownCpu, ownThread } from './cpu-clock.ts'
import { CpuAccount } from './progress.ts'
import { createScanner, type ScanCourse } from './scanner.ts'
import type { FromWorker, ToWorker, WorkerData } from './worker-thread.ts'

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
  /** What all threads know of services that fail; without it each worker learns by itself. */
  readonly circuits?: CircuitMemory
}
export interface LoadReport {
  readonly scores: ReadonlyMap<string, number>
  readonly problems: readonly Problem[]
  readonly rules: number
  /** By the number under which a rule stands in `progress`. */
  readonly ruleNames: readonly string[]
}

const { progress, ...setup }: WorkerData = workerData
const account = new CpuAccount(progress, ownCpu)
const circuits = new Circuits(setup.circuits)
const scanner = createScanner(setup, {
  dns: setup.local ? SILENT_DNS : resolverFor(setup.config.dns, { circuits }),
  circuits,
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

const say = (message: FromWorker): void => parentPort?.postMessage(message)

async function judge({ mail, job, bounds }: Extract<ToWorker, { kind: 'judge' }>): Promise<void> {
  account.begin(mail)
  let over = false
  const course: ScanCourse = {
    bounds,
    enter: (layer) => account.enter(mail, layer),
    turn: () => account.turn(mail),
    // when what can be done at once is done: then the worker is free for another mail
    waits: () => void setImmediate(() => over || say({ kind: 'waiting', mail })),
    ruleWords: () => account.ruleWords(),
    // a first try that ends its worker is followed by a second, which finds the same again
    ...(bounds.tight ? { found: (results) => say({ kind: 'partial', mail, results }) } : {}),
  }
  try {
    const result = await scanner.judge(job, course)
    over = true
    say({ kind: 'done', mail, result, cpu: account.end(mail) })
  } catch (error) {
    over = true
    account.end(mail)
    say({ kind: 'failed', mail, reason: messageOf(error) })
  }
}

parentPort?.on('message', (message: ToWorker) => {
  if (message.kind === 'judge') void judge(message)
  else process.exit(0)
})
say({ kind: 'ready', report: scanner.report, thread: ownThread() })
