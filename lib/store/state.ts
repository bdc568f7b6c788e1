/**
 * `state.sqlite`: everything Hamlet remembers of clients and people, in one file with one writer. Bayes tokens have a
 * file of their own, because they are many, and because an administrator copies or deletes the two for different reasons.
 */
import { join } from 'node:path'
import { BLOCK_SCHEMA, createBlockStore } from './block-sqlite.ts'
import { CORRESPONDENT_SCHEMA, createCorrespondentStore } from './correspondent-sqlite.ts'
import { COUNTER_SCHEMA, createCounterStore } from './counter-sqlite.ts'
import { openDatabase } from './database.ts'
import { createGreylistStore, GREYLIST_SCHEMA } from './greylist-sqlite.ts'
import { createListStatusStore, LIST_STATUS_SCHEMA } from './list-status-sqlite.ts'
import { createReleaseStore, RELEASE_SCHEMA } from './release-sqlite.ts'
import { createReputationStore, REPUTATION_SCHEMA } from './reputation-sqlite.ts'
import { createSenderListStore, SENDER_LIST_SCHEMA } from './sender-list-sqlite.ts'
import { createSessionStore } from './session-store.ts'
import type { Store } from './store.ts'

const MIGRATIONS: readonly string[] = [
  [COUNTER_SCHEMA, BLOCK_SCHEMA, GREYLIST_SCHEMA, CORRESPONDENT_SCHEMA].join('\n'),
  [REPUTATION_SCHEMA, SENDER_LIST_SCHEMA, RELEASE_SCHEMA].join('\n'),
  LIST_STATUS_SCHEMA,
]

export type StateStore = Omit<Store, 'bayes'>

/** Opens `state.sqlite` in the directory, or one in memory for `:memory:`. Throws `StoreError`. */
export function openState(directory: string): StateStore {
  const database = openDatabase(directory === ':memory:' ? directory : join(directory, 'state.sqlite'), {
    migrations: MIGRATIONS,
  })
  return {
    counters: createCounterStore(database),
    blocks: createBlockStore(database),
    greylist: createGreylistStore(database),
    correspondents: createCorrespondentStore(database),
    reputation: createReputationStore(database),
    senderLists: createSenderListStore(database),
    releases: createReleaseStore(database),
    listStatus: createListStatusStore(database),
    sessions: createSessionStore(),
    close: () => database.close(),
  }
}

export interface Retention {
  /** Milliseconds for which events of counters are kept: the longest window in use. */
  readonly counters: number
  readonly greylist: number
  readonly correspondents: number
  readonly reputation: number
}

/** Rows one step of expiry drops at most, so that mail waits for it no longer than a few milliseconds. */
const ROWS_AT_ONCE = 250

/** Drops what has outlived its time, in one bounded step; true when there may be more. */
export function expireState(store: StateStore, now: number, keep: Retention): boolean {
  const dropped = [
    store.counters.expire(now - keep.counters, ROWS_AT_ONCE),
    store.blocks.expire(now, ROWS_AT_ONCE),
    store.greylist.expire(now - keep.greylist, ROWS_AT_ONCE),
    store.correspondents.expire(now - keep.correspondents, ROWS_AT_ONCE),
    store.reputation.expire(now - keep.reputation, ROWS_AT_ONCE),
    store.senderLists.expire(now, ROWS_AT_ONCE),
    store.releases.expire(now, ROWS_AT_ONCE),
  ]
  return dropped.some((rows) => rows >= ROWS_AT_ONCE)
}
