/**
 * What the classifier saw of the messages judged lately (seen.sqlite), so that a person can say of one "that was spam"
 * by nothing but its reference. Numbers, no text: keyed hashes as in bayes.sqlite, about 12 KB a message. A file of its
 * own, because every mail writes here and the writers of bayes.sqlite must not wait for that; it may be deleted.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { decodeDelta, encodeDelta } from './bayes-codec.ts'
import type { LearnedFeatures } from './bayes-store.ts'
import { shrinkStep, type Sqlite } from './database.ts'
import { openStoreFile, type StoreFileOptions } from './store-file.ts'

/** Whatever a lesson needs of a message. */
export interface SeenMessage {
  /** Identity of the message. */
  readonly message: Uint8Array
  /** Message-ID. */
  readonly about: string
  readonly features: LearnedFeatures
}

export interface SeenStore {
  /** Remembers a message and drops the oldest beyond the size. `salt` is that of bayes.sqlite. Throws `StoreError`. */
  add(reference: string, salt: readonly [number, number], seen: SeenMessage): void
  /** Null when it was never seen, is too old, or was seen by a classifier that is gone. Throws `StoreError`. */
  find(reference: string, salt: readonly [number, number]): SeenMessage | null
  close(): void
}

export interface SeenOptions extends Pick<StoreFileOptions<object>, 'owner' | 'say'> {
  /** Octets the file may reach. */
  readonly size: number
  /** Milliseconds to wait for another writer. */
  readonly lockTimeout?: number
}

// Several workers may make the file at once.
const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE IF NOT EXISTS seen (
    id INTEGER PRIMARY KEY,
    reference TEXT NOT NULL,
    salt TEXT NOT NULL,
    message BLOB NOT NULL,
    about TEXT NOT NULL,
    features BLOB NOT NULL
  );
  CREATE INDEX IF NOT EXISTS seen_reference ON seen (reference);
  `,
]
/** Rows dropped with each new one once the file is full: more than one takes, so that it shrinks back after a big one. */
const DROPPED = 4
/** Of the size, what may be used before anything is dropped: one large message is some hundred kilobytes. */
const FULL = 0.9

/** Name of the file in a state directory. */
export const SEEN_FILE = 'seen.sqlite'

/** Whether anything was ever remembered in a state directory. */
export const hasSeen = (directory: string): boolean => existsSync(join(directory, SEEN_FILE))

/**
 * Opens (and makes) the file in a state directory; `:memory:` keeps it in memory. Throws `StoreError`, unless it is the
 * owner who opens it: then every method does while the file cannot be used.
 */
export function openSeen(directory: string, options: SeenOptions): SeenStore {
  const { size, lockTimeout = 50, owner = false, say } = options
  const file = openStoreFile({
    path: directory === ':memory:' ? directory : join(directory, SEEN_FILE),
    database: { migrations: MIGRATIONS, lockTimeout, shrink: 'new' },
    create: (database) => ({ seen: createSeen(database, size) }),
    reads: { seen: ['find'] },
    later: {},
    owner,
    patient: owner,
    ...(say === undefined ? {} : { say }),
  })
  return { ...file.stores.seen, close: () => file.close() }
}

function createSeen(database: Sqlite, size: number): Omit<SeenStore, 'close'> {
  const number = (pragma: string) => database.prepare<[], number>(`PRAGMA ${pragma}`).pluck()
  const pages = number('page_count')
  const free = number('freelist_count')
  const mostPages = (FULL * size) / Number(number('page_size').get())
  const insert = database.prepare(
    'INSERT INTO seen (reference, salt, message, about, features) VALUES (?, ?, ?, ?, ?)',
  )
  const drop = database.prepare('DELETE FROM seen WHERE id IN (SELECT id FROM seen ORDER BY id LIMIT ?)')
  const byReference = database.prepare<[string, string], Row>(
    'SELECT message, about, features FROM seen WHERE reference = ? AND salt = ? ORDER BY id DESC LIMIT 1',
  )
  const add = database.transaction((values: readonly (string | Uint8Array)[]) => {
    if (Number(pages.get()) - Number(free.get()) > mostPages) drop.run(DROPPED)
    insert.run(...values)
  })
  return {
    add(reference, salt, { message, about, features }) {
      const octets = encodeDelta({ ...features, steps: features.blocks.map(() => 0), spam: 0, ham: 0 })
      add.immediate([reference, salt.join(' '), message, about, octets])
      shrinkStep(database)
    },
    find(reference, salt) {
      const row = byReference.get(reference, salt.join(' '))
      const features = row && decodeDelta(row.features)
      return row && features ? { message: row.message, about: row.about, features } : null
    },
  }
}

interface Row {
  readonly message: Buffer
  readonly about: string
  readonly features: Buffer
}
