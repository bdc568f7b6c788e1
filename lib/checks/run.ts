/**
 * Runs the checks of one SMTP session: starts what is due at a stage, joins it where its result must be there, and
 * turns a throw or a deadline into `unavailable` for that check alone. Results are kept in list order, never in the
 * order in which they came, so that the same mail gets the same verdict.
 */
import { messageOf } from '../fault.ts'
import type { Check, CheckResult, CheckStage, Context, InputAt } from './check.ts'

/** Order in which stages come; a result of an earlier stage lives at least as long as the later ones. */
const ORDER: readonly CheckStage[] = [
  'connect',
  'helo',
  'unknown',
  'sender',
  'recipient',
  'rejectedRecipient',
  'data',
  'message',
]

/** Stages whose results are forgotten when the transaction ends. */
const OF_TRANSACTION: ReadonlySet<CheckStage> = new Set([
  'sender',
  'recipient',
  'rejectedRecipient',
  'data',
  'message',
])

type CheckAt = { readonly [S in CheckStage]: Check<S> }[CheckStage]
export type AnyCheck = CheckAt

export interface RunOptions {
  readonly checks: readonly AnyCheck[]
  readonly context: Omit<Context, 'results' | 'signal'>
  /** Milliseconds any stage may wait for what it joins. */
  readonly deadline: number
  /** Results of an earlier run, for checks that look at them. */
  readonly known?: ReadonlyMap<string, CheckResult>
}

interface Running {
  readonly check: AnyCheck
  readonly promise: Promise<void>
  readonly abort: AbortController
}

export class CheckRun {
  readonly #options: RunOptions
  readonly #results = new Map<string, CheckResult>()
  #running: Running[] = []

  constructor(options: RunOptions) {
    this.#options = options
    for (const [name, result] of options.known ?? []) this.#results.set(name, result)
  }

  /** Results so far, in list order. */
  results(): ReadonlyMap<string, CheckResult> {
    const ordered = new Map<string, CheckResult>()
    for (const { name } of this.#options.checks) {
      const result = this.#results.get(name)
      if (result !== undefined) ordered.set(name, result)
    }
    return ordered
  }

  /**
   * Starts every check of this stage that the configuration wants. `own` = the client is trusted or logged in;
   * `among` chooses some, for a stage that is started in several steps.
   */
  start<S extends CheckStage>(
    stage: S,
    input: InputAt[S],
    own: boolean,
    among: (name: string) => boolean = () => true,
  ): void {
    const { checks, context } = this.#options
    const started = new Map(
      this.#running
        .filter(({ check }) => check.stage === stage)
        .map(({ check, promise }) => [check.name, promise]),
    )
    for (const check of checks) {
      if (!among(check.name)) continue
      if (!isAt(check, stage) || (own && check.judgesOwn !== true) || !check.enabled(context.config)) continue
      const abort = new AbortController()
      const before = (check.after ?? []).flatMap((name) => started.get(name) ?? [])
      const promise = this.#execute(check, input, abort.signal, before)
      started.set(check.name, promise)
      this.#running.push({ check, promise, abort })
    }
  }

  /** Waits for all started checks whose result must be there at this stage, and no longer than the deadline. */
  async join(stage: CheckStage): Promise<void> {
    const due = this.#running.filter(({ check }) => rank(check.join ?? check.stage) <= rank(stage))
    if (due.length === 0) return
    const { deadline: usual, context } = this.#options
    const deadline = usual + Math.max(...due.map(({ check }) => check.patience?.(context.config) ?? 0))
    let timer: NodeJS.Timeout | undefined
    const late = new Promise<'late'>((resolve) => {
      timer = setTimeout(() => resolve('late'), deadline)
    })
    const end = await Promise.race([Promise.all(due.map(({ promise }) => promise)), late])
    clearTimeout(timer)
    if (end === 'late') {
      const reason = `no answer within ${deadline} ms`
      for (const { check, abort } of due) {
        if (!this.#results.has(check.name)) this.#results.set(check.name, { kind: 'unavailable', reason })
        abort.abort(new Error(reason))
      }
    }
    this.#running = this.#running.filter((running) => !due.includes(running))
  }

  /** The first refusal among results of the given stages, in list order. */
  refusal(stages: readonly CheckStage[]): Extract<CheckResult, { kind: 'refuse' }> | null {
    for (const { name, stage } of this.#options.checks) {
      const result = this.#results.get(name)
      if (result?.kind === 'refuse' && stages.includes(stage)) return result
    }
    return null
  }

  /**
   * Forgets one stage before it is asked again (a repeated HELO, the next recipient): its results, and what still runs
   * for it, which would otherwise bring the answer to the earlier question after the later one's.
   */
  forget(stage: CheckStage): void {
    for (const { check, abort } of this.#running)
      if (check.stage === stage) abort.abort(new Error('the stage is asked again'))
    this.#running = this.#running.filter(({ check }) => check.stage !== stage)
    for (const check of this.#options.checks) if (check.stage === stage) this.#results.delete(check.name)
  }

  /** Forgets everything that belongs to the mail transaction and stops what still runs for it. */
  endTransaction(): void {
    for (const { check, abort } of this.#running)
      if (OF_TRANSACTION.has(check.stage)) abort.abort(new Error('the transaction ended'))
    this.#running = this.#running.filter(({ check }) => !OF_TRANSACTION.has(check.stage))
    for (const check of this.#options.checks)
      if (OF_TRANSACTION.has(check.stage)) this.#results.delete(check.name)
  }

  /** Drops what own clients are spared, once it is known that this is one. */
  spare(): void {
    for (const check of this.#options.checks)
      if (check.judgesOwn !== true) {
        this.#results.delete(check.name)
        for (const running of this.#running)
          if (running.check === check) running.abort.abort(new Error('the client is one of ours'))
      }
    this.#running = this.#running.filter(({ check }) => check.judgesOwn === true)
  }

  /** Stops everything that still runs. */
  close(): void {
    for (const { abort } of this.#running) abort.abort(new Error('the session ended'))
    this.#running = []
  }

  async #execute<S extends CheckStage>(
    check: Check<S>,
    input: InputAt[S],
    signal: AbortSignal,
    before: readonly Promise<void>[],
  ): Promise<void> {
    if (before.length > 0) await Promise.all(before)
    let result: CheckResult
    try {
      result = await check.run(input, { ...this.#options.context, signal, results: this.#results })
    } catch (error) {
      result = { kind: 'unavailable', reason: messageOf(error) }
    }
    // a result that comes after the deadline or the end of its transaction belongs to nobody
    if (!signal.aborted) this.#results.set(check.name, result)
  }
}

const rank = (stage: CheckStage): number => ORDER.indexOf(stage)

function isAt<S extends CheckStage>(check: AnyCheck, stage: S): check is AnyCheck & Check<S> {
  return check.stage === stage
}
