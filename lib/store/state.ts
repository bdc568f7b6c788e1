/**
 * Everything Hamlet remembers of clients and people. What strangers can make grow has a file of its own (counters,
 * greylist, reputation), so that it can neither fill nor slow the one with what users and administrators said
 * (state.sqlite). Bayes tokens are elsewhere, because an administrator copies or deletes them for different reasons.
 */
import { join } from 'node:path'
import { adoptTables } from './adopt.ts'
import { BLOCK_INDEXES, BLOCK_SCHEMA, createBlockStore } from './block-sqlite.ts'
import { CORRESPONDENT_SCHEMA, createCorrespondentStore } from './correspondent-sqlite.ts'
import { COUNTER_SCHEMA, createCounterStore } from './counter-sqlite.ts'
import { isDamaged, storeError, type DatabaseOptions } from './database.ts'
import { createGreylistStore, GREYLIST_SCHEMA } from './greylist-sqlite.ts'
import { createListStatusStore, LIST_STATUS_SCHEMA } from './list-status-sqlite.ts'
import { createReleaseStore, RELEASE_INDEXES, RELEASE_SCHEMA } from './release-sqlite.ts'
import { createReputationStore, REPUTATION_SCHEMA } from './reputation-sqlite.ts'
import { createSenderListStore, SENDER_LIST_INDEXES, SENDER_LIST_SCHEMA } from './sender-list-sqlite.ts'
import { createSessionStore } from './session-store.ts'
import { openStoreFile, type StoreFile, type StoreFileOptions } from './store-file.ts'
import type { Store } from './store.ts'

/** Rows a table may have. */
export interface RowBounds {
  readonly events: number
  readonly greylisted: number
  readonly reputations: number
  readonly correspondents: number
  readonly blocks: number
  readonly senderEntries: number
  readonly releases: number
}

export interface StateOptions extends Pick<StoreFileOptions<object>, 'owner' | 'patient' | 'say' | 'clock'> {
  /** Kept to by the owner; others neither count rows nor drop any. */
  readonly bounds?: RowBounds
}

export interface StateStore extends Omit<Store, 'bayes'> {
  /** Writes what had to wait, gives room back; a small step, true when there is more. */
  settle(): boolean
}

/** Milliseconds that the daemon, whose every session waits along, waits for a lock the first time. */
const OWNER_PATIENCE = 100

const UNBOUNDED: RowBounds = {
  events: Infinity,
  greylisted: Infinity,
  reputations: Infinity,
  correspondents: Infinity,
  blocks: Infinity,
  senderEntries: Infinity,
  releases: Infinity,
}

/** The file with what people said; tables that moved elsewhere are missing in its first versions. */
const STATE: DatabaseOptions = {
  migrations: [
    [BLOCK_SCHEMA, CORRESPONDENT_SCHEMA].join('\n'),
    [SENDER_LIST_SCHEMA, RELEASE_SCHEMA].join('\n'),
    LIST_STATUS_SCHEMA,
    [BLOCK_INDEXES, SENDER_LIST_INDEXES, RELEASE_INDEXES].join('\n'),
  ],
  shrink: 'new',
}
const COUNTERS: DatabaseOptions = { migrations: [COUNTER_SCHEMA], shrink: 'new' }
const GREYLIST: DatabaseOptions = { migrations: [GREYLIST_SCHEMA], shrink: 'new' }
const REPUTATION: DatabaseOptions = { migrations: [REPUTATION_SCHEMA], shrink: 'new' }

/** Opens the databases of a directory, or all in memory for `:memory:`. Throws `StoreError` unless `patient`. */
export function openState(directory: string, options: StateOptions = {}): StateStore {
  const { bounds = UNBOUNDED, ...rest } = options
  const locks = options.owner === true ? { lockTimeout: OWNER_PATIENCE } : {}
  const path = (name: string) => (directory === ':memory:' ? directory : join(directory, name))
  if (directory !== ':memory:') adoptOld(path, options)
  const state = openStoreFile({
    ...rest,
    path: path('state.sqlite'),
    database: { ...STATE, ...locks },
    create: (database) => ({
      blocks: createBlockStore(database, bounds.blocks),
      correspondents: createCorrespondentStore(database, bounds.correspondents),
      senderLists: createSenderListStore(database, bounds.senderEntries),
      releases: createReleaseStore(database, bounds.releases),
      listStatus: createListStatusStore(database),
    }),
    reads: {
      blocks: ['blocked', 'list'],
      correspondents: ['find'],
      senderLists: ['find', 'list'],
      releases: ['any', 'has'],
      listStatus: ['latest'],
    },
    later: {
      blocks: ['block'],
      correspondents: ['wrote', 'bind'],
      senderLists: ['used'],
      listStatus: ['replace'],
    },
  })
  const files: Pick<StoreFile<object>, 'settle' | 'close'>[] = [state]
  const opened = <S extends object>(file: StoreFileOptions<S>): S => {
    try {
      const made = openStoreFile(file)
      files.push(made)
      return made.stores
    } catch (error) {
      for (const one of files) one.close()
      throw error
    }
  }
  const { counters } = opened({
    ...rest,
    path: path('counters.sqlite'),
    database: { ...COUNTERS, ...locks },
    create: (database) => ({ counters: createCounterStore(database, bounds.events) }),
    reads: { counters: ['count', 'top'] },
    later: {},
  })
  const { greylist } = opened({
    ...rest,
    path: path('greylist.sqlite'),
    database: { ...GREYLIST, ...locks },
    create: (database) => ({ greylist: createGreylistStore(database, bounds.greylisted) }),
    reads: { greylist: ['credits'] },
    later: { greylist: ['pass', 'discredit'] },
  })
  const { reputation } = opened({
    ...rest,
    path: path('reputation.sqlite'),
    database: { ...REPUTATION, ...locks },
    create: (database) => ({ reputation: createReputationStore(database, bounds.reputations) }),
    reads: { reputation: ['find', 'search'] },
    later: { reputation: ['add'] },
  })
  return {
    ...state.stores,
    counters,
    greylist,
    reputation,
    sessions: createSessionStore(),
    settle: () => files.map((file) => file.settle()).includes(true),
    close: () => {
      for (const file of files) file.close()
    },
  }
}

/** A state.sqlite of before has everything in it. */
function adoptOld(path: (name: string) => string, { bounds = UNBOUNDED, say }: StateOptions): void {
  const counters = { path: path('counters.sqlite'), database: COUNTERS }
  const greylist = {
    path: path('greylist.sqlite'),
    database: GREYLIST,
    most: bounds.greylisted,
    time: 'last',
  }
  const reputation = { path: path('reputation.sqlite'), database: REPUTATION }
  try {
    adoptTables(path('state.sqlite'), [
      { table: 'events', time: 'at', most: bounds.events, ...counters },
      { table: 'greylist', ...greylist },
      { table: 'good_sources', ...greylist },
      { table: 'reputation', time: 'last', most: bounds.reputations, ...reputation },
    ])
  } catch (error) {
    // a file that cannot be used is complained of where it is opened
    if (!isDamaged(error))
      say?.(
        'notice',
        `tables were not moved to files of their own yet: ${storeError(path('state.sqlite'), error).message}`,
      )
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

/**
 * Drops what has outlived its time and what is too much, in one bounded step; true when there may be more. `steady`:
 * whether the clock can be believed; else nothing goes for its age. A table that fails costs its own step.
 */
export function expireState(
  store: Omit<StateStore, 'settle'>,
  now: number,
  keep: Retention,
  steady = true,
): boolean {
  const before = (time: number) => (steady ? now - time : -Infinity)
  const steps = [
    () => store.counters.expire(before(keep.counters), ROWS_AT_ONCE, now),
    () => store.greylist.expire(before(keep.greylist), ROWS_AT_ONCE, now),
    () => store.correspondents.expire(before(keep.correspondents), ROWS_AT_ONCE, now),
    () => store.reputation.expire(before(keep.reputation), ROWS_AT_ONCE, now),
    ...(steady
      ? [
          () => store.blocks.expire(now, ROWS_AT_ONCE),
          () => store.senderLists.expire(now, ROWS_AT_ONCE),
          () => store.releases.expire(now, ROWS_AT_ONCE),
        ]
      : []),
  ]
  let more = false
  for (const step of steps)
    try {
      more = step() >= ROWS_AT_ONCE || more
    } catch {
      // its file has said so
    }
  return more
}
