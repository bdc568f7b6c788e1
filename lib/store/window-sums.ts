/**
 * Running sums of sliding windows, so that counting one more event of a busy client costs the few rows that left its
 * window since the last time and not all that are in it. The rows remain the truth: a sum is dropped whenever anything
 * but this process's own counting may have touched them.
 */

/** Reads rows of one key. */
export interface WindowRows {
  /** Sum of the events after `from` up to and including `to`. */
  between(key: string, from: number, to: number): number
  /**
   * Sum of the events after `edge` up to and including `now`, and whether there are any later than that: the clock was
   * ahead when they were written.
   */
  after(key: string, edge: number, now: number): { readonly value: number; readonly future: boolean }
  /** Changes whenever another process has written to the file. */
  version(): number
}

export interface WindowSums {
  /** Sum of the events within the window that ends now. */
  sum(key: string, now: number, windowMs: number): number
  /** An event was written. */
  added(key: string, amount: number, at: number): void
  forget(key: string): void
  forgetAll(): void
}

interface Sum {
  readonly windowMs: number
  /** Events up to this time are not in it. */
  edge: number
  value: number
}

const MOST_SUMS = 20_000

export function createWindowSums(rows: WindowRows): WindowSums {
  const sums = new Map<string, Sum>()
  let version = rows.version()
  return {
    sum(key, now, windowMs) {
      const current = rows.version()
      if (current !== version) sums.clear()
      version = current
      const edge = now - windowMs
      const known = sums.get(key)
      if (known !== undefined && known.windowMs === windowMs && edge >= known.edge) {
        if (edge > known.edge) known.value -= rows.between(key, known.edge, edge)
        known.edge = edge
        return known.value
      }
      const { value, future } = rows.after(key, edge, now)
      // events that have not happened yet would come into the window unseen
      if (future) {
        sums.delete(key)
        return value
      }
      if (sums.size >= MOST_SUMS) sums.clear()
      sums.set(key, { windowMs, edge, value })
      return value
    },
    added(key, amount, at) {
      const known = sums.get(key)
      if (known !== undefined && at > known.edge) known.value += amount
    },
    forget: (key) => void sums.delete(key),
    forgetAll: () => sums.clear(),
  }
}
