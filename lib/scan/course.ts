/**
 * The course of one mail through the pool: a first try, and when that ended its worker a second one in a worker of its
 * own, without what ended the first. A mail that only shared a worker with such a one is put back, and blamed when the
 * same happens again. Pure.
 */
import type { CheckResult } from '../checks/check.ts'
import type { ScanJob, ScanOutcome, Unfinished } from './job.ts'
import { boundsAfter, NO_BOUNDS, type Bounds, type Layer } from './layers.ts'
import type { Whereabouts } from './progress.ts'

/** Innocent once may be chance. */
const MOST_PUT_BACK = 1

export class Course {
  readonly mail: number
  readonly job: ScanJob
  readonly client: string
  readonly large: boolean
  readonly #answer: (outcome: ScanOutcome) => void
  bounds: Bounds = NO_BOUNDS
  again = false
  /** Workers that were ended while it had its turn. */
  ended = 0
  #putBack = 0
  #layers = new Set<Layer>()
  #rules: readonly string[] = []
  #why = ''
  #partial: ReadonlyMap<string, CheckResult> = new Map()
  #over = false

  constructor(
    mail: number,
    job: ScanJob,
    { client, large }: { readonly client: string; readonly large: boolean },
    answer: (outcome: ScanOutcome) => void,
  ) {
    this.mail = mail
    this.job = job
    this.client = client
    this.large = large
    this.#answer = answer
  }

  answer(outcome: ScanOutcome): void {
    if (this.#over) return
    this.#over = true
    this.#answer(outcome)
  }

  /** What the checks of a second try have found so far. */
  note(results: ReadonlyMap<string, CheckResult>): void {
    this.#partial = new Map([...this.#partial, ...results])
  }

  /** Its worker is gone. What is to be done with it: put it back, try it again, or give it up. */
  afterEnd(at: Whereabouts, why: string): 'put back' | 'again' | 'give up' {
    const hadTurn = at.mail === this.mail
    if (!hadTurn && !this.again && this.#putBack < MOST_PUT_BACK) {
      this.#putBack++
      return 'put back'
    }
    this.ended++
    this.#why = why
    if (hadTurn) this.#rules = [...new Set([...this.#rules, ...at.hits])]
    if (hadTurn && at.layer !== null) this.#layers.add(at.layer)
    if (this.again) return 'give up'
    this.again = true
    this.bounds = hadTurn ? boundsAfter(at.layer, at.rule) : boundsAfter(null, null)
    return 'again'
  }

  /** The outcome of a try that came to its end. */
  judged(outcome: Extract<ScanOutcome, { kind: 'judged' }>): ScanOutcome {
    if (this.#layers.size === 0 && !this.again) return outcome
    return { ...outcome, ended: this.ended, unfinished: this.#unfinished(this.#why) }
  }

  /** The outcome of a mail that is given up: what is known of it, and what is not. */
  incomplete(reason: string): ScanOutcome {
    return {
      kind: 'incomplete',
      ended: this.ended,
      unfinished: this.#unfinished(reason),
      results: this.#partial,
      rules: this.#rules,
    }
  }

  /** Where nobody knows what it was at, the mail was not read as a whole. */
  #unfinished(reason: string): Unfinished {
    return { layers: this.#layers.size === 0 ? ['reading'] : [...this.#layers], reason }
  }
}
