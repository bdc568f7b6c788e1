/**
 * The body of one message as it arrives.
 *
 * One chunk, which is most mail, is kept as it came; the second makes a buffer that doubles when it is full. So every
 * octet is copied at most about twice however the body is cut, and a peer that sends single octets costs octets, not
 * an object each. Where there is an account for all bodies (body-memory.ts) and it is full, a body goes to a file.
 */

import type { BodyMemory, SpillFile } from './body-memory.ts'

const FIRST_ALLOCATION = 128 * 1024
const EMPTY = Buffer.alloc(0)

/** Collects up to a limit and counts all. */
export class BodyCollector {
  readonly #limit: number
  readonly #memory: BodyMemory | null
  #buffer: Buffer = EMPTY
  #owned = false
  #kept = 0
  #size = 0
  /** Octets of the account that are taken. */
  #taken = 0
  #file: SpillFile | null = null
  #failed = false
  #leave: (() => void) | null = null
  #gone: (() => void) | null = null

  /**
   * @param limit octets to keep
   * @param memory the account of all bodies, if there is one
   */
  constructor(limit: number, memory: BodyMemory | null = null) {
    this.#limit = limit
    this.#memory = memory
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

  /** True when there was room neither in memory nor in a file: the message cannot be taken now. */
  get failed(): boolean {
    return this.#failed
  }

  append(chunk: Buffer): void {
    this.#size += chunk.length
    const room = this.#limit - this.#kept
    const part = chunk.length <= room ? chunk : chunk.subarray(0, room)
    if (part.length === 0 || this.#failed) return
    const needed = this.#capacityFor(part.length)
    if (this.#file === null && (this.#memory === null || this.#take(needed))) this.#keep(part, needed)
    else this.#spill(part)
    this.#kept += part.length
  }

  /** What was kept, unless it is in a file. */
  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#kept)
  }

  /** The file that what was kept is in. */
  get file(): SpillFile | null {
    return this.#file
  }

  /** Octets that are kept. */
  get kept(): number {
    return this.#kept
  }

  /**
   * Asks for room for the whole of it, for the one question about the message: `begin` is called when it is there,
   * perhaps at once, or `gone` when the message is over before.
   */
  enter(begin: () => void, gone: () => void): void {
    this.#gone = gone
    const started = (): void => {
      this.#gone = null
      // from the account of what arrives to that of what is asked about
      this.#giveBack()
      begin()
    }
    if (this.#memory === null) started()
    else this.#leave = this.#memory.enter(this.#kept, started)
  }

  /** Gives everything back: the message is over. */
  release(): void {
    this.#gone?.()
    this.#leave?.()
    this.#giveBack()
    this.#closeFile()
    this.#buffer = EMPTY
    this.#leave = null
    this.#gone = null
    this.#kept = 0
  }

  /** Octets the buffer has to have for so many more; the first chunk needs none of its own. */
  #capacityFor(more: number): number {
    const needed = this.#kept + more
    if (this.#kept === 0) return more
    if (this.#owned && this.#buffer.length >= needed) return this.#buffer.length
    return Math.min(Math.max(FIRST_ALLOCATION, needed, this.#buffer.length * 2), this.#limit)
  }

  #take(capacity: number): boolean {
    const more = capacity - this.#taken
    if (more > 0 && this.#memory?.take(more) === false) return false
    this.#taken += Math.max(0, more)
    return true
  }

  #keep(part: Buffer, capacity: number): void {
    if (this.#kept === 0) {
      this.#buffer = part
      return
    }
    if (!this.#owned || this.#buffer.length < capacity) {
      const larger = Buffer.allocUnsafeSlow(capacity)
      this.#buffer.copy(larger, 0, 0, this.#kept)
      this.#buffer = larger
      this.#owned = true
    }
    part.copy(this.#buffer, this.#kept)
  }

  #spill(part: Buffer): void {
    try {
      if (this.#file === null) {
        this.#file = this.#memory?.spill() ?? null
        if (this.#kept > 0) this.#file?.append(this.bytes())
        this.#buffer = EMPTY
        this.#giveBack()
      }
      this.#file?.append(part)
    } catch {
      // whoever opens the files knows why, and says so
      this.#failed = true
      this.#closeFile()
      this.#buffer = EMPTY
      this.#giveBack()
    }
  }

  #giveBack(): void {
    this.#memory?.giveBack(this.#taken)
    this.#taken = 0
  }

  #closeFile(): void {
    try {
      this.#file?.close()
    } catch {
      // it is nobody's any more
    }
    this.#file = null
  }
}
