/** What patterns may spend: an account for each rule that runs, so that none can use up the time of the others. */

export interface StepAccount {
  /** Steps of V8's matcher that patterns may take at worst, as estimated before they run. */
  native: number
  /** Steps of our own matcher, counted. */
  steps: number
}

/** A pattern was stopped because its rule had used up its account: whether it matches is not known. */
export class OutOfSteps extends Error {}

/** Estimated steps of V8 for one rule: about a tenth of a second at worst. */
export const NATIVE_STEPS = 200_000_000

let current: StepAccount | undefined

/** The account in force on this thread; outside of rules a new one for each call. */
export function account(): StepAccount {
  return current ?? { native: NATIVE_STEPS, steps: Infinity }
}

/** Runs `work`, whose patterns spend from `given`. */
export function chargedTo<T>(given: StepAccount, work: () => T): T {
  const before = current
  current = given
  try {
    return work()
  } finally {
    current = before
  }
}
