/**
 * The narrow interfaces to what Hamlet remembers. Each method is one atomic step, and each may fail: a caller turns
 * the failure into `unavailable` and lets the mail pass. Times are milliseconds since the epoch, passed in.
 */
import type { BayesStore } from './bayes-store.ts'
import type { CounterStore } from './counter-store.ts'

export interface Store {
  readonly counters: CounterStore
  readonly bayes: BayesStore
  close(): void
}
