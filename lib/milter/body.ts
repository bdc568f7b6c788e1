/**
 * The body of one message as it arrives.
 *
 * One chunk, which is most mail, is kept as it came; the second makes a buffer that doubles when it is full. So every
 * octet is copied at most about twice however the body is cut, and a peer that sends single octets costs octets, not
 * an object each.
 */

const FIRST_ALLOCATION = 128 * 1024
const EMPTY = Buffer.alloc(0)

/** Collects up to a limit and counts all. */
export class BodyCollector {
  readonly #limit: number
  #buffer: Buffer = EMPTY
  #owned = false
  #kept = 0
  #size = 0

  /** @param limit octets to keep */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Octets seen so far. */
  get size(): number {
    return this.#size
  }

  /** True when octets were dropped. */
  get truncated(): boolean {
    return this.#size > this.#kept
  }

  /** True when nothing more will be kept. */
  get full(): boolean {
    return this.#size >= this.#limit
  }

  append(chunk: Buffer): void {
    this.#size += chunk.length
    const room = this.#limit - this.#kept
    const part = chunk.length <= room ? chunk : chunk.subarray(0, room)
    if (part.length === 0) return
    if (this.#kept === 0) {
      this.#buffer = part
    } else {
      this.#reserve(this.#kept + part.length)
      part.copy(this.#buffer, this.#kept)
    }
    this.#kept += part.length
  }

  /** What was kept. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#kept)
  }

  #reserve(needed: number): void {
    if (this.#owned && this.#buffer.length >= needed) return
    const capacity = Math.min(Math.max(FIRST_ALLOCATION, needed, this.#buffer.length * 2), this.#limit)
    const larger = Buffer.allocUnsafeSlow(capacity)
    this.#buffer.copy(larger, 0, 0, this.#kept)
    this.#buffer = larger
    this.#owned = true
  }
}
