/** What the daemon and the thread that writes the record say to each other; plain data. */
export interface RecordSetup {
  /** State directory. */
  readonly directory: string
  /** Milliseconds between two writes, and how many decisions are written at once at the latest. */
  readonly flushAfter: number
  readonly flushAt: number
  /** Milliseconds for which the clock must have stood still against the monotonic one before anything outlives its time. */
  readonly calm: number
}

export type ToRecord =
  /** A decision as JSON: a text passes between threads several times quicker than an object. */
  | { readonly kind: 'decision'; readonly json: string }
  /** What of the configuration in force concerns the record: milliseconds and rows. */
  | { readonly kind: 'keep'; readonly keep: number; readonly most: number }
  /** Write what waits, close the file and end; what cannot be written within `patience` ms is given up. */
  | { readonly kind: 'close'; readonly patience: number }

export type FromRecord =
  /** So many decisions are in the file, or given up; the oldest of those that were handed over. */
  | { readonly kind: 'done'; readonly count: number }
  | { readonly kind: 'problem'; readonly text: string }
  | { readonly kind: 'notice'; readonly text: string }
