/**
 * What the session has collected of one mail: envelope, headers and body, each within its limit.
 *
 * Over a limit the first part is kept and the rest is counted; the message is then marked truncated, never refused
 * here: what to do about it is the application's decision.
 */

import { BodyCollector } from './body.ts'
import type { BodyMemory } from './body-memory.ts'
import type { Path, RawHeader } from './handler.ts'

/** Limits of what is collected of one message. */
export interface MessageLimits {
  /** Octets of body to keep; Infinity keeps all and lets the MTA send without waiting for replies. */
  readonly bodyOctets: number
  /** Octets of all headers together, names and values. */
  readonly headerOctets: number
  /** Number of headers. */
  readonly headers: number
  /** Number of accepted recipients. */
  readonly recipients: number
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
  #headerOctets = 0
  #dropped = false

  constructor(sender: Path, limits: MessageLimits, memory: BodyMemory | null = null) {
    this.sender = sender
    this.#limits = limits
    this.body = new BodyCollector(limits.bodyOctets, memory)
  }

  /** True when a header, a recipient or a part of the body is missing. */
  get truncated(): boolean {
    return this.#dropped || this.body.truncated
  }

  addRecipient(recipient: Path): void {
    if (this.recipients.length < this.#limits.recipients) this.recipients.push(recipient)
    else this.#dropped = true
  }

  addHeader(header: RawHeader): void {
    // Name, colon, value and line end, as they stand in the message.
    this.#headerOctets += header.name.length + header.value.length + 3
    if (this.#dropped || this.#headerOctets > this.#limits.headerOctets) this.#dropped = true
    else if (this.headers.length >= this.#limits.headers) this.#dropped = true
    else this.headers.push(header)
  }
}
