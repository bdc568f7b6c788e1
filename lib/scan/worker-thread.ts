/** One worker of the pool as the pool sees it: a thread, what it says, and the memory in which its progress stands. */
import { Worker } from 'node:worker_threads'
import type { CheckResult } from '../checks/check.ts'
import { traceOf } from '../fault.ts'
import { cpuOf } from './cpu-clock.ts'
import type { ScanJob, ScanResult } from './job.ts'
import type { Bounds } from './layers.ts'
import { createProgress, usedBy, whereabouts, type Progress, type Whereabouts } from './progress.ts'
import type { LoadReport, WorkerSetup } from './worker.ts'

/** What goes to a worker and what comes back; plain data. `mail` is the number the pool gave it. */
export type ToWorker =
  | { readonly kind: 'judge'; readonly mail: number; readonly job: ScanJob; readonly bounds: Bounds }
  | { readonly kind: 'end' }
export type FromWorker =
  | { readonly kind: 'ready'; readonly report: LoadReport; readonly thread: number | null }
  /** Nothing is left to do for this mail but to wait for answers from outside. */
  | { readonly kind: 'waiting'; readonly mail: number }
  /** What the checks of a second try have found so far. */
  | { readonly kind: 'partial'; readonly mail: number; readonly results: ReadonlyMap<string, CheckResult> }
  | { readonly kind: 'done'; readonly mail: number; readonly result: ScanResult; readonly cpu: number }
  | { readonly kind: 'failed'; readonly mail: number; readonly reason: string }

export interface WorkerData extends WorkerSetup {
  readonly progress: Progress
}

export interface WorkerEvents {
  said(message: Exclude<FromWorker, { kind: 'ready' }>): void
  /** It is gone: it was ended, or it failed. */
  gone(reason: string): void
}

export class ScanWorker {
  /** Numbers of the mails it has. */
  readonly mails = new Set<number>()
  /** Those of them that only wait for answers from outside. */
  readonly waiting = new Set<number>()
  readonly loaded: Promise<LoadReport>
  readonly #thread: Worker
  readonly #progress = createProgress()
  #id: number | null = null
  #ready = false
  #gone = false
  #ending = false
  #reason = 'it ended'

  constructor(
    file: string,
    setup: WorkerSetup,
    limits: { readonly megabytes: number },
    events: WorkerEvents,
  ) {
    const workerData: WorkerData = { ...setup, progress: this.#progress }
    this.#thread = new Worker(file, {
      workerData,
      // a mail that makes a worker need more ends that worker, not the daemon; a small young generation keeps it lean
      resourceLimits: { maxOldGenerationSizeMb: limits.megabytes, maxYoungGenerationSizeMb: 32 },
    })
    this.loaded = new Promise((resolve, reject) => {
      this.#thread.on('message', (message: FromWorker) => {
        if (message.kind !== 'ready') return events.said(message)
        this.#ready = true
        this.#id = message.thread
        resolve(message.report)
      })
      this.#thread.on('error', (error: unknown) => {
        this.#reason = traceOf(error)
        reject(error instanceof Error ? error : new Error(String(error)))
      })
      this.#thread.on('exit', () => {
        this.#gone = true
        reject(new Error(this.#reason))
        events.gone(this.#reason)
      })
    })
    // who waits for it hears of a failure; nobody may be waiting
    this.loaded.catch(() => undefined)
  }

  /** Nothing to do, or nothing but to wait for answers. */
  get free(): boolean {
    return this.#ready && !this.#gone && !this.#ending && this.waiting.size === this.mails.size
  }
  get alive(): boolean {
    return !this.#gone
  }
  /** It must not be ended now: the native part of the database that is cut off while it registers itself aborts the process. */
  get loading(): boolean {
    return !this.#ready && !this.#gone
  }

  /** It loaded what it needs: its end has a cause in a mail, not in its start. */
  get started(): boolean {
    return this.#ready
  }

  judge(mail: number, job: ScanJob, bounds: Bounds): void {
    this.mails.add(mail)
    const message: ToWorker = { kind: 'judge', mail, job, bounds }
    this.#thread.postMessage(message)
  }

  /** It has its answer, or nobody waits for it any more. */
  forget(mail: number): void {
    this.mails.delete(mail)
    this.waiting.delete(mail)
  }

  /** CPU milliseconds of the mail that has its turn now; null when none has, when it is being ended, or the system does not say. */
  used(): { readonly mail: number; readonly used: number } | null {
    if (this.#id === null || this.#ending || this.mails.size === 0) return null
    const cpu = cpuOf(this.#id)
    return cpu === null ? null : usedBy(this.#progress, cpu)
  }

  whereabouts(ruleNames: readonly string[]): Whereabouts {
    return whereabouts(this.#progress, ruleNames)
  }

  /** Ends it at once, whatever it does. Only for one that has loaded. */
  async end(reason: string): Promise<void> {
    this.#ending = true
    this.#reason = reason
    await this.#thread.terminate()
  }

  /** Lets it end by itself: no more mail will come. */
  finish(): void {
    this.#ending = true
    const message: ToWorker = { kind: 'end' }
    this.#thread.postMessage(message)
  }

  get closed(): Promise<void> {
    return this.#gone
      ? Promise.resolve()
      : new Promise((resolve) => this.#thread.once('exit', () => resolve()))
  }
}
