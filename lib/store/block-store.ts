/** Clients shut out for a while, with the reason to tell them and the administrator. */
export interface Block {
  readonly key: string
  readonly reason: string
  readonly since: number
  readonly until: number
}

export interface BlockStore {
  /** Blocks until the given time; a longer block that is in force stays. */
  block(key: string, reason: string, now: number, until: number): void
  /** The block in force, or null; one that begins in the future was written while the clock was ahead and is none. */
  blocked(key: string, now: number): Block | null
  /** All in force, the newest first; at most `limit`. */
  list(now: number, limit: number): readonly Block[]
  /** Lifts a block; returns whether there was one. */
  lift(key: string): boolean
  /** Drops blocks that ended before `now`, and those that are too many; at most `limit` rows. Returns rows dropped. */
  expire(now: number, limit: number): number
}
