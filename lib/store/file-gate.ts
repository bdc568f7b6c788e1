/**
 * A circuit breaker for one way into a file (reading or writing): after a failure that asking again does not mend
 * (locked by another program, disk full, disk broken) everything is refused at once, and only a probe now and then
 * finds out whether it is over. Else every mail would wait for the lock's time-out, on the thread that talks to the MTA.
 */

/** Milliseconds until the first probe; doubled with each that fails, up to the second. */
const FIRST_PAUSE = 1000
const LONGEST_PAUSE = 10_000

export class FileGate {
  #until = 0
  #pause = 0
  #reason = ''

  /** Whether the file may be asked; times are of a monotonic clock, in milliseconds. */
  open(now: number): boolean {
    return now >= this.#until
  }

  /** False while it is known to fail, also when a probe is due. */
  get sound(): boolean {
    return this.#pause === 0
  }

  /** Why it is refused. */
  get reason(): string {
    return this.#reason
  }

  /** Returns whether this is news. */
  failed(now: number, reason: string): boolean {
    const news = this.#pause === 0
    this.#pause = Math.min(LONGEST_PAUSE, Math.max(FIRST_PAUSE, 2 * this.#pause))
    this.#until = now + this.#pause
    this.#reason = reason
    return news
  }

  /** Returns whether this is news. */
  succeeded(): boolean {
    const news = this.#pause > 0
    this.#pause = 0
    this.#until = 0
    return news
  }
}
