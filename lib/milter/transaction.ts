/**
 * What the session has collected of one mail: envelope, headers and body, each within its limit.
 *
 * Over a limit the first part is kept and the rest is counted; the message is then marked truncated, never refused
 * here: what to do about it is the application's decision. Headers that the application names are kept beyond the
 * limits, up to the same limits once more, so that filling the header block with others hides none of them.
 */

import { BodyCollector } from './body.ts'
import type { BodyMemory } from './body-memory.ts'
import type { LeftOut, Path, RawHeader } from './handler.ts'

/** Limits of what is collected of one message. */
export interface MessageLimits {
  /** Octets of body to keep; Infinity keeps all and lets the MTA send without waiting for replies. */
  readonly bodyOctets: number
  /** Octets of all headers together, names and values. */
  readonly headerOctets: number
  /** Number of headers. */
  readonly headers: number
  /** Number of accepted recipients; what comes after is refused where the MTA waits for an answer. */
  readonly recipients: number
  /** Whether headers of this name are kept beyond the limits, up to the same limits once more; absent: none. */
  readonly keepHeader?: ((name: string) => boolean) | undefined
}

/** How far a transaction has come; a command of an earlier phase is out of order. */
export const PHASE = { mail: 1, recipient: 2, data: 3, header: 4, endOfHeaders: 5, body: 6 } as const

export class Transaction {
  readonly sender: Path
  readonly recipients: Path[] = []
  readonly headers: RawHeader[] = []
  readonly body: BodyCollector
  /** One of PHASE. */
  phase: number = PHASE.mail
  /** The reply that settled this mail before its end, if one did. */
  decision: Buffer | null = null
  /** The callback asked for no more body chunks. */
  skipping = false
  readonly #limits: MessageLimits
  readonly #common: Room
  readonly #reserve: Room
  #left = { headers: 0, keptHeaders: 0, recipients: 0 }

  constructor(sender: Path, limits: MessageLimits, memory: BodyMemory | null = null) {
    this.sender = sender
    this.#limits = limits
    this.#common = { headers: limits.headers, octets: limits.headerOctets }
    this.#reserve = { ...this.#common }
    this.body = new BodyCollector(limits.bodyOctets, memory)
  }

  /** True when a header, a recipient or a part of the body is missing. */
  get truncated(): boolean {
    const { headers, recipients } = this.#left
    return headers > 0 || recipients > 0 || this.body.truncated
  }

  get leftOut(): LeftOut {
    return { ...this.#left, bodyOctets: this.body.size - this.body.kept }
  }

  /** No room for another recipient. Left out silently, it would escape whatever is done with the recipients. */
  get full(): boolean {
    return this.recipients.length >= this.#limits.recipients
  }

  addRecipient(recipient: Path): void {
    if (!this.full) this.recipients.push(recipient)
    else this.#left.recipients++
  }

  addHeader(header: RawHeader): void {
    // once one was left out, all of its kind are: what is kept is the first part
    if (this.#left.headers === 0 && takes(this.#common, header)) this.headers.push(header)
    else if (this.#limits.keepHeader?.(header.name) !== true) this.#left.headers++
    else if (this.#left.keptHeaders === 0 && takes(this.#reserve, header)) this.headers.push(header)
    else {
      this.#left.headers++
      this.#left.keptHeaders++
    }
  }
}

/** What may still come. */
interface Room {
  headers: number
  octets: number
}

/** Takes the room of one header, if there is enough. */
function takes(room: Room, { name, value }: RawHeader): boolean {
  // name, colon, value and line end, as they stand in the message
  const octets = name.length + value.length + 3
  if (room.headers < 1 || room.octets < octets) return false
  room.headers--
  room.octets -= octets
  return true
}
