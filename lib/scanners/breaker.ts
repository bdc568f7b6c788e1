/**
 * A circuit breaker: a scanner that failed several times in a row is not asked for a while, so that a dead one costs
 * its time-out now and then and not with every mail. After the pause one mail tries it; success closes the circuit.
 * Pure state, the clock is passed in.
 */
export interface Breaker {
  /** Whether to ask now; null, or why not. */
  refuses(now: number): string | null
  succeeded(): void
  failed(now: number): void
}

export function breaker(failures: number, pause: number): Breaker {
  let inARow = 0
  let openUntil = 0
  let trying = false
  return {
    refuses(now) {
      if (inARow < failures) return null
      // longer than the pause: the clock was ahead, and has been set back
      const pausing = now < openUntil && openUntil <= now + pause
      if (pausing || trying) return `not asked: it failed ${inARow} times in a row`
      trying = true
      return null
    },
    succeeded() {
      inARow = 0
      trying = false
    },
    failed(now) {
      inARow++
      trying = false
      openUntil = now + pause
    },
  }
}
