/** What became of earlier mails of one sender identity: how many there were and what they scored together. */
export interface Reputation {
  /** Address, lower case. */
  readonly address: string
  /** What tells this sender from one who only uses the address: `dkim:example.org`, `spf:example.org`, `net:192.0.2.0/24`. */
  readonly identity: string
  /** Mails that count; old ones weigh less, so this is no whole number. */
  readonly mails: number
  /** Sum of their scores, weighed likewise. */
  readonly total: number
  readonly last: number
}

export interface ReputationStore {
  /** Null also for one whose last mail lies in the future: the clock was ahead then. */
  find(address: string, identity: string, now: number): Reputation | null
  /**
   * Adds one mail. The past fades by half in each `halfLife`, and weighs at most as much as `most` mails, so that
   * nobody earns credit without end.
   */
  add(address: string, identity: string, score: number, now: number, fade: Fade): void
  /** All identities of addresses that contain the text, the most recent first. */
  search(text: string, limit: number): readonly Reputation[]
  /** Sets what a sender has earned to nothing but keeps knowing them (`forgive`). Returns rows changed. */
  forgive(address: string): number
  /** Removes every identity of an address. Returns rows removed. */
  forget(address: string): number
  /** Drops who has not written since `before`, and the oldest that are too many; at most `limit` rows. Returns rows dropped. */
  expire(before: number, limit: number, now?: number): number
}

export interface Fade {
  /** Milliseconds. */
  readonly halfLife: number
  readonly most: number
}

/** What is left of a past after a time. */
export function faded({ mails, total, last }: Reputation, now: number, { halfLife, most }: Fade) {
  const factor = Math.min(0.5 ** (Math.max(0, now - last) / halfLife), mails > most ? most / mails : 1)
  return { mails: mails * factor, total: total * factor }
}
