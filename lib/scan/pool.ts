/**
 * The scan pool: worker threads that judge content, so that nothing a mail can make slow runs on the thread that talks
 * to the MTA. A mail has a budget of CPU time; one that uses it up ends its worker, which is replaced, and gets a second
 * try without what held up the first. While a mail waits for answers from outside its worker takes another. The queue
 * is bounded: beyond it `busy` is said, and the MTA keeps the mail.
 */
import { availableParallelism } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import type { Config } from '../config/schema.ts'
import { Course } from './course.ts'
import type { ScanJob, ScanOutcome } from './job.ts'
import { Lanes } from './lanes.ts'
import { createRuleBreaker, type RuleBreaker } from './rule-breaker.ts'
import { SlowClients } from './slow-clients.ts'
import { ScanWorker, type FromWorker } from './worker-thread.ts'
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

const MB = 1024 * 1024
/** A mail of more than this is large. */
const LARGE = MB
/** A larger mail may cost more: its budget grows by itself with each of these octets. */
const BUDGET_GROWS_BY = 16 * MB
/** Mails that one worker has at once, all but one of them waiting for answers. */
const MOST_PER_WORKER = 16
/** Milliseconds between two looks at what the workers' mails have used. */
const LOOK = 100
/** Milliseconds that an ending pool gives a worker which is just being replaced to finish its start. */
const START_PATIENCE = 10_000
const START_POLL = 20
/** Milliseconds that a worker has to end by itself; one that a mail holds up cannot. */
const END_PATIENCE = 2000
/** Milliseconds after which a worker that failed to start is tried again. */
const RESTART_PAUSE = 1000

/** Starts the workers and waits until each has loaded the rules; rejects when that is not possible at all. */
export async function startScanPool({ config, setup, onProblem }: PoolOptions): Promise<ScanPool> {
  const pool = new Pool(config, setup, onProblem)
  const report = await pool.start()
  return {
    workers: pool.size,
    scores: report.scores,
    loaded: report,
    judge: (job) => pool.judge(job),
    alive: () => pool.alive,
    close: () => pool.close(),
  }
}

const FILE = fileURLToPath(
  new URL(`./worker${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`, import.meta.url),
)
const defaultWorkers = (): number => Math.min(8, Math.max(2, availableParallelism()))

class Pool {
  readonly size: number
  readonly #config: Config
  readonly #setup: WorkerSetup
  readonly #onProblem: (reason: string) => void
  readonly #breaker: RuleBreaker
  readonly #lanes: Lanes<Course>
  readonly #courses = new Map<number, Course>()
  readonly #slow = new SlowClients()
  #workers: ScanWorker[] = []
  #ruleNames: readonly string[] = []
  #next = 0
  #watch: NodeJS.Timeout | null = null
  #closing = false

  constructor(config: Config, setup: WorkerSetup, onProblem: (reason: string) => void) {
    this.#config = config
    this.#onProblem = onProblem
    this.size = config.scan.workers === 0 ? defaultWorkers() : config.scan.workers
    const sources = [...setup.sources]
    this.#setup = { ...setup, sources }
    this.#breaker = createRuleBreaker(sources, (rule) =>
      onProblem(
        `the rule ${rule} held up two mails until their workers were ended: it is off until the next reload or start`,
      ),
    )
    this.#lanes = new Lanes({
      waiting: config.scan.queue,
      workers: this.size,
      places: this.size * MOST_PER_WORKER,
    })
  }

  async start(): Promise<LoadReport> {
    const started = Array.from({ length: this.size }, () => this.#startWorker())
    try {
      const [report] = await Promise.all(started.map(({ loaded }) => loaded))
      if (report === undefined) throw new Error('no scan worker')
      this.#ruleNames = report.ruleNames
      return report
    } catch (error) {
      await this.close()
      throw error
    }
  }

  get alive(): boolean {
    return this.#workers.some(({ alive }) => alive)
  }

  judge(job: ScanJob): Promise<ScanOutcome> {
    return new Promise((resolve) => {
      const mail = this.#next++ % 0x7fff_ffff
      const { deadline } = this.#config.scan
      const course = new Course(
        mail,
        job,
        { client: networkOf(job), large: job.body.length > LARGE },
        (outcome) => {
          clearTimeout(timer)
          this.#courses.delete(mail)
          this.#lanes.done(course)
          resolve(outcome)
        },
      )
      const timer = setTimeout(() => this.#late(course), deadline)
      this.#courses.set(mail, course)
      if (!this.#lanes.offer(course)) return course.answer({ kind: 'busy', reason: 'the scan queue is full' })
      this.#dispatch()
    })
  }

  async close(): Promise<void> {
    this.#closing = true
    const end = Date.now() + this.#config.scan.deadline
    while (this.#courses.size > 0 && this.alive && Date.now() < end) await sleep(START_POLL)
    const patience = Date.now() + START_PATIENCE
    while (this.#workers.some(({ loading }) => loading) && Date.now() < patience) await sleep(START_POLL)
    const closed = this.#workers.map(({ closed }) => closed)
    for (const worker of this.#workers) worker.finish()
    await Promise.race([Promise.all(closed), sleep(END_PATIENCE, undefined, { ref: false })])
    await Promise.all(
      this.#workers.filter(({ loading }) => !loading).map((worker) => worker.end('the pool ends')),
    )
    this.#stopWatching()
  }

  #startWorker(): ScanWorker {
    const { memory } = this.#config.scan
    const worker: ScanWorker = new ScanWorker(
      FILE,
      this.#setup,
      { megabytes: memory / MB },
      {
        said: (message) => this.#said(worker, message),
        gone: (reason) => this.#gone(worker, reason),
      },
    )
    this.#workers.push(worker)
    worker.loaded.then(
      () => this.#dispatch(),
      () => undefined,
    )
    return worker
  }

  #said(worker: ScanWorker, message: Exclude<FromWorker, { kind: 'ready' }>): void {
    const course = this.#courses.get(message.mail)
    switch (message.kind) {
      case 'waiting':
        if (worker.mails.has(message.mail)) worker.waiting.add(message.mail)
        break
      case 'partial':
        course?.note(message.results)
        return
      case 'done':
        worker.forget(message.mail)
        if (course !== undefined) {
          if (message.cpu > this.#budget(course) / 2) this.#slow.note(course.client, Date.now())
          course.answer(course.judged({ kind: 'judged', result: message.result, ended: course.ended }))
        }
        break
      case 'failed':
        worker.forget(message.mail)
        course?.answer(course.incomplete(`the scan worker failed: ${message.reason}`))
        break
    }
    this.#dispatch()
  }

  #dispatch(): void {
    for (;;) {
      if (this.#lanes.waiting === 0) return
      const [worker] = this.#workers
        .filter((one) => one.free && one.mails.size < MOST_PER_WORKER && !this.#hasSecondTry(one))
        .toSorted((one, other) => one.mails.size - other.mails.size)
      if (worker === undefined) return
      const now = Date.now()
      const course = this.#lanes.take(worker.mails.size === 0, (client) => this.#slow.has(client, now))
      if (course === undefined) return
      worker.judge(course.mail, course.job, course.bounds)
      this.#watch ??= setInterval(() => this.#look(), LOOK)
    }
  }

  #hasSecondTry(worker: ScanWorker): boolean {
    for (const mail of worker.mails) if (this.#courses.get(mail)?.again === true) return true
    return false
  }

  /** CPU milliseconds a try may use. */
  #budget({ job, again }: Course): number {
    const whole = this.#config.scan.cpu * (1 + job.body.length / BUDGET_GROWS_BY)
    return again ? whole / 2 : whole
  }

  /** Ends the workers whose mail has used up its budget. */
  #look(): void {
    let busy = false
    for (const worker of this.#workers) {
      if (worker.mails.size > 0) busy = true
      const spent = worker.used()
      if (spent === null) continue
      const course = this.#courses.get(spent.mail)
      // a mail that nobody waits for any more has the budget of a small one
      const budget = course === undefined ? this.#config.scan.cpu : this.#budget(course)
      if (spent.used > budget)
        void worker.end(`it used ${Math.round(spent.used)} ms of CPU time, of ${Math.round(budget)}`)
    }
    if (!busy) this.#stopWatching()
  }

  #stopWatching(): void {
    if (this.#watch !== null) clearInterval(this.#watch)
    this.#watch = null
  }

  #gone(worker: ScanWorker, reason: string): void {
    this.#workers = this.#workers.filter((one) => one !== worker)
    const at = worker.whereabouts(this.#ruleNames)
    if (worker.mails.size > 0 && at.rule !== null) this.#breaker.heldUp(at.rule)
    const place = at.rule !== null ? `the rule ${at.rule}` : (at.layer ?? 'nothing')
    for (const mail of worker.mails) {
      const course = this.#courses.get(mail)
      if (course === undefined) continue
      this.#lanes.done(course)
      const next = course.afterEnd(at, `${reason}, at ${place}`)
      if (next === 'put back') this.#lanes.putBack(course)
      else {
        this.#slow.note(course.client, Date.now())
        if (next === 'again') this.#lanes.offer(course)
        else course.answer(course.incomplete(`${reason}, at ${place}`))
      }
    }
    if (worker.mails.size === 0 && !this.#closing)
      this.#onProblem(`a scan worker failed and is replaced: ${reason}`)
    if (!this.#closing) this.#replace(worker)
    this.#dispatch()
  }

  /** One that never got ready is not tried again at once: its fault would be there again. */
  #replace({ started }: ScanWorker): void {
    if (started) this.#startWorker()
    else setTimeout(() => this.#closing || this.#startWorker(), RESTART_PAUSE)
  }

  /** Its time on the wall clock is over: it waited for a worker or for answers. */
  #late(course: Course): void {
    const { deadline } = this.#config.scan
    if (this.#lanes.withdraw(course)) {
      const reason = `no worker was free within ${deadline} ms`
      return course.answer(course.again ? course.incomplete(reason) : { kind: 'busy', reason })
    }
    course.answer(course.incomplete(`not judged within ${deadline} ms`))
  }
}

/** Whose turn it is goes by network: a sender with many addresses is one sender. */
function networkOf({ session }: ScanJob): string {
  const { address } = session.client
  if (address === null) return 'local'
  return address.includes(':')
    ? address.split(':').slice(0, 4).join(':')
    : address.split('.').slice(0, 3).join('.')
}
