/**
 * The narrow interfaces to what Hamlet remembers. Each method is one atomic step, and each may fail: a caller turns
 * the failure into `unavailable` and lets the mail pass. Times are milliseconds since the epoch, passed in.
 */
import type { BayesStore } from './bayes-store.ts'
import type { BlockStore } from './block-store.ts'
import type { CorrespondentStore } from './correspondent-store.ts'
import type { CounterStore } from './counter-store.ts'
import type { GreylistStore } from './greylist-store.ts'
import type { ListStatusStore } from './list-status-store.ts'
import type { ReleaseStore } from './release-store.ts'
import type { ReputationStore } from './reputation-store.ts'
import type { SenderListStore } from './sender-list-store.ts'
import type { SessionStore } from './session-store.ts'

export interface Store {
  readonly counters: CounterStore
  readonly blocks: BlockStore
  readonly greylist: GreylistStore
  readonly correspondents: CorrespondentStore
  readonly reputation: ReputationStore
  readonly senderLists: SenderListStore
  readonly releases: ReleaseStore
  readonly listStatus: ListStatusStore
  /** In memory: what is true of sessions that are open right now. */
  readonly sessions: SessionStore
  readonly bayes: BayesStore
  close(): void
}
