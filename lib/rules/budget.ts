/** What the patterns of one rule pass may cost together: no rule can use up what is there for those after it. */
import { NATIVE_STEPS, OutOfSteps, chargedTo } from './regex/account.ts'

/** Steps of our own matcher (some 10 ns each) for a millisecond of the pass's time budget: a part of it. */
const STEPS_A_MS = 30_000
/** A rule may take this part of what is left: after twenty rules that take all they may, a fourteenth is still there. */
const SHARE = 8

export class PatternBudget {
  #left: number
  readonly #unfinished: string[] = []

  /** `milliseconds`: the time budget of the pass. */
  constructor(milliseconds: number) {
    this.#left = milliseconds * STEPS_A_MS
  }

  /** Rules that were stopped, in order: whether they hit is not known. */
  get unfinished(): readonly string[] {
    return this.#unfinished
  }

  /** The value of a rule, `stopped` if its patterns took more than its share. */
  run<T>(rule: string, work: () => T, stopped: T): T {
    const steps = Math.floor(this.#left / SHARE)
    const account = { native: NATIVE_STEPS, steps }
    try {
      return chargedTo(account, work)
    } catch (error) {
      if (!(error instanceof OutOfSteps)) throw error
      this.#unfinished.push(rule)
      return stopped
    } finally {
      this.#left -= steps - Math.max(0, account.steps)
    }
  }
}
