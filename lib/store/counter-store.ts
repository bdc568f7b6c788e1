/** Exact sliding counters: how many events a key had within a window that ends now. What lies later does not count. */
export interface Taken {
  /** Whether there was room; only then was the amount counted. */
  readonly taken: boolean
  /** How many lie within the window after this step. */
  readonly count: number
}

export interface CounterStore {
  /**
   * Counts `amount` if that keeps the window at or under `limit`, in one atomic step. What finds no room is not
   * counted: a client that keeps trying is let in again as soon as its oldest event leaves the window.
   */
  take(key: string, amount: number, limit: number, now: number, windowMs: number): Taken
  /** Adds `amount` events now and returns how many lie within the last `windowMs`, these included. */
  add(key: string, amount: number, now: number, windowMs: number): number
  /** How many lie within the last `windowMs`. */
  count(key: string, now: number, windowMs: number): number
  /** Keys that begin with `prefix`, with their counts, highest first; at most `limit`. */
  top(
    prefix: string,
    now: number,
    windowMs: number,
    limit: number,
  ): readonly { readonly key: string; readonly count: number }[]
  /** Forgets one key; returns whether there was one. */
  reset(key: string): boolean
  /**
   * Drops what is older than `before`, and what is too much: events of the future as seen from `now` first, then the
   * oldest; at most `limit` rows, so that it never pauses mail. Returns rows dropped.
   */
  expire(before: number, limit: number, now?: number): number
}
