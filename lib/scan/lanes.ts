/**
 * The order in which waiting mail gets a worker: clients take turns, so that one that sends much waits behind itself
 * and not others behind it; one client gets at most half of the places, so that mails which wait for silent name servers
 * leave room for others; a client whose mails were long before, large mail and second tries each get at most a share of
 * the workers. Pure: no clock, no threads.
 */

export interface Waiting {
  /** The network it came from. */
  readonly client: string
  readonly large: boolean
  /** A second try: it ended a worker before, and gets one that has nothing else to do. */
  readonly again: boolean
}

export interface LaneLimits {
  /** How many may wait in all; one client may fill half of it. */
  readonly waiting: number
  /** How many workers there are. */
  readonly workers: number
  /** How many mails they have at most at once, most of them waiting for answers; one client may have half of them. */
  readonly places: number
}

export class Lanes<T extends Waiting> {
  readonly #limits: LaneLimits
  /** By client, in the order of their turns. */
  readonly #queues = new Map<string, T[]>()
  readonly #again: T[] = []
  readonly #running = new Set<T>()
  #waiting = 0

  constructor(limits: LaneLimits) {
    this.#limits = limits
  }

  get waiting(): number {
    return this.#waiting
  }

  /** False when there is no room: the mail is to be put off. A second try always finds room. */
  offer(item: T): boolean {
    if (item.again) {
      this.#again.push(item)
      this.#waiting++
      return true
    }
    const queue = this.#queues.get(item.client) ?? []
    const share = Math.ceil(this.#limits.waiting / 2)
    if (this.#waiting >= this.#limits.waiting || queue.length >= share) return false
    queue.push(item)
    this.#queues.set(item.client, queue)
    this.#waiting++
    return true
  }

  /** To the head of its client's queue: it had its turn and lost its worker by no fault of its own. */
  putBack(item: T): void {
    this.#running.delete(item)
    const queue = this.#queues.get(item.client) ?? []
    queue.unshift(item)
    this.#queues.set(item.client, queue)
    this.#waiting++
  }

  /**
   * The next mail for a worker, which counts as running from now on. `idle`: the worker has nothing else to do.
   * `isSlow`: mails of this client took long before, so that they get half of the workers at most.
   */
  take(idle: boolean, isSlow: (client: string) => boolean): T | undefined {
    const half = Math.max(1, Math.floor(this.#limits.workers / 2))
    if (idle && this.#countRunning(({ again }) => again) < half) {
      const item = this.#again.shift()
      if (item !== undefined) return this.#begin(item)
    }
    const tooLarge = this.#countRunning(({ large }) => large) >= half
    for (const [client, queue] of this.#queues) {
      const most = isSlow(client) ? half : Math.max(1, Math.floor(this.#limits.places / 2))
      if (this.#countRunning((one) => one.client === client) >= most) continue
      const at = queue.findIndex(({ large }) => !large || !tooLarge)
      const [item] = at < 0 ? [] : queue.splice(at, 1)
      if (item === undefined) continue
      // its turn comes again after all others
      this.#queues.delete(client)
      if (queue.length > 0) this.#queues.set(client, queue)
      return this.#begin(item)
    }
    return undefined
  }

  /** It has its answer. */
  done(item: T): void {
    this.#running.delete(item)
  }

  /** It waits no longer; false when it was not waiting. */
  withdraw(item: T): boolean {
    const queue = item.again ? this.#again : (this.#queues.get(item.client) ?? [])
    const at = queue.indexOf(item)
    if (at < 0) return false
    queue.splice(at, 1)
    if (!item.again && queue.length === 0) this.#queues.delete(item.client)
    this.#waiting--
    return true
  }

  #begin(item: T): T {
    this.#waiting--
    this.#running.add(item)
    return item
  }

  #countRunning(is: (item: T) => boolean): number {
    let count = 0
    for (const item of this.#running) if (is(item)) count++
    return count
  }
}
