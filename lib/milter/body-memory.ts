/**
 * One account for the bodies of all connections, so that many large messages at once cannot fill the memory. Half of
 * it is for bodies that arrive, half for bodies that the handler is asked about. What finds no room while it arrives
 * is written to a file by way of `spill`; what finds none at the end of the message waits its turn. The halves are
 * apart so that slow senders, who hold what has arrived for long, cannot keep whole messages from their turn.
 */

/** A file for one body, which nobody else can see; every method may throw. */
export interface SpillFile {
  append(chunk: Buffer): void
  /** The first `octets` of what was appended. */
  read(octets: number): Promise<Buffer>
  close(): void
}

export interface BodyMemoryOptions {
  /** Octets of all bodies together. */
  readonly octets: number
  /** Opens a file for a body; may throw. */
  readonly spill: () => SpillFile
}

interface Turn {
  readonly octets: number
  readonly begin: () => void
}

/** One for a server; bodies take and give back. */
export class BodyMemory {
  readonly spill: () => SpillFile
  readonly #half: number
  #arriving = 0
  #asked = 0
  #turns: Turn[] = []

  constructor({ octets, spill }: BodyMemoryOptions) {
    this.#half = octets / 2
    this.spill = spill
  }

  /** Octets held in memory now. */
  get used(): number {
    return this.#arriving + this.#asked
  }

  /** Whether a body that arrives may hold so many octets more; if so they are taken. */
  take(octets: number): boolean {
    if (this.#arriving + octets > this.#half) return false
    this.#arriving += octets
    return true
  }

  giveBack(octets: number): void {
    this.#arriving -= octets
  }

  /**
   * Calls `begin` when there is room for a whole body, perhaps at once; in the order of asking. One that is larger than
   * the account has it for itself. Returns a function that gives the room back, or the place in the queue.
   */
  enter(octets: number, begin: () => void): () => void {
    let state: 'waiting' | 'in' | 'out' = 'waiting'
    const turn = {
      octets,
      begin: () => {
        state = 'in'
        begin()
      },
    }
    this.#turns.push(turn)
    this.#next()
    return () => {
      if (state === 'in') this.#asked -= octets
      else this.#turns = this.#turns.filter((one) => one !== turn)
      const waited = state !== 'out'
      state = 'out'
      if (waited) this.#next()
    }
  }

  #next(): void {
    for (;;) {
      const [first] = this.#turns
      if (first === undefined || (this.#asked > 0 && this.#asked + first.octets > this.#half)) return
      this.#turns.shift()
      this.#asked += first.octets
      first.begin()
    }
  }
}
