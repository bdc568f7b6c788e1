/** Exact sliding counters: how many events a key had within a window. */
export interface CounterStore {
  /** Adds `amount` events now and returns how many lie within the last `windowMs`, these included. */
  add(key: string, amount: number, now: number, windowMs: number): number
  /** How many lie within the last `windowMs`. */
  count(key: string, now: number, windowMs: number): number
  /** Keys with their counts, highest first; at most `limit`. */
  top(prefix: string, now: number, windowMs: number, limit: number): readonly { key: string; count: number }[]
  /** Forgets one key; returns whether there was one. */
  reset(key: string): boolean
  /** Drops what is older than `before`; at most `limit` rows, so that it never pauses mail. Returns rows dropped. */
  expire(before: number, limit: number): number
}
