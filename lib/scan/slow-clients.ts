/** Networks whose mails were slow or ended a worker lately: they get half of the workers at most. Bounded. */

/** Milliseconds for which that is remembered. */
const REMEMBERED = 3_600_000
const MOST = 10_000

export class SlowClients {
  /** Until when, in the order in which they were noted. */
  readonly #until = new Map<string, number>()

  note(client: string, now: number): void {
    this.#until.delete(client)
    this.#until.set(client, now + REMEMBERED)
    const [oldest] = this.#until.keys()
    if (this.#until.size > MOST && oldest !== undefined) this.#until.delete(oldest)
  }

  has(client: string, now: number): boolean {
    const until = this.#until.get(client)
    // a time further ahead was noted by a clock that has been set back
    return until !== undefined && until > now && until <= now + REMEMBERED
  }
}
