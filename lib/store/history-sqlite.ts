/**
 * `history.sqlite`: decisions in a file of their own, because they are the bulk of what is written and the first thing
 * an administrator may delete. Addresses are indexed one by one, so that "what became of mail to anna" is quick among
 * a million.
 */
import { join } from 'node:path'
import { asciiAddress } from '../octet-text.ts'
import { openDatabase, shrinkStep, storeError, type Sqlite } from './database.ts'
import type { Decision, HistoryQuery, HistoryStore } from './history-store.ts'

const MIGRATIONS: readonly string[] = [
  `
  CREATE TABLE decisions (
    id INTEGER PRIMARY KEY,
    at INTEGER NOT NULL,
    reference TEXT NOT NULL,
    queue_id TEXT NOT NULL,
    client TEXT NOT NULL,
    message_id TEXT NOT NULL,
    verdict TEXT NOT NULL,
    score REAL NOT NULL,
    facts TEXT NOT NULL
  );
  CREATE INDEX decisions_at ON decisions (at);
  CREATE INDEX decisions_reference ON decisions (reference);
  CREATE INDEX decisions_queue_id ON decisions (queue_id) WHERE queue_id <> '';
  CREATE INDEX decisions_message_id ON decisions (message_id) WHERE message_id <> '';
  CREATE INDEX decisions_client ON decisions (client, at);
  CREATE TABLE decision_addresses (
    address TEXT NOT NULL,
    decision INTEGER NOT NULL,
    PRIMARY KEY (address, decision)
  ) WITHOUT ROWID;
  CREATE INDEX decision_addresses_decision ON decision_addresses (decision);
  `,
  // what is asked for by a client is found newest first without sorting
  `
  DROP INDEX decisions_client;
  CREATE INDEX decisions_client ON decisions (client);
  `,
]

/** A mail to hundreds is found by its first so many recipients. */
const INDEXED_RECIPIENTS = 100

interface Found {
  readonly id: number
  readonly at: number
}

/** Each walks one index from its newest row, so that a question touches no more rows than it is answered with. */
const SEARCHES = {
  reference: 'SELECT id, at FROM decisions WHERE reference = @word',
  queueId: "SELECT id, at FROM decisions WHERE queue_id = @word AND queue_id <> ''",
  messageId: "SELECT id, at FROM decisions WHERE message_id = @id AND message_id <> ''",
  client: 'SELECT id, at FROM decisions WHERE client = @word',
} as const

export interface HistoryOptions {
  /** Milliseconds to wait for another process's lock. */
  readonly lockTimeout?: number
  /** Also rewrite a file that was made by a Hamlet that could not give room back: takes seconds when it is large. */
  readonly convert?: boolean
}

/** Opens (and makes) the record in a state directory; `:memory:` keeps it in memory. Every method throws `StoreError`. */
export function openHistory(
  directory: string,
  { lockTimeout = 250, convert = false }: HistoryOptions = {},
): HistoryStore {
  const path = historyPath(directory)
  const database = openDatabase(path, {
    migrations: MIGRATIONS,
    lockTimeout,
    shrink: convert ? 'convert' : 'new',
  })
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      throw storeError(path, error)
    }
  }
  try {
    return guard(() => createHistoryStore(database, guard))
  } catch (error) {
    database.close()
    throw error
  }
}

/** Where the record of a state directory is. */
export const historyPath = (directory: string): string =>
  directory === ':memory:' ? directory : join(directory, 'history.sqlite')

function createHistoryStore(database: Sqlite, guard: <T>(work: () => T) => T): HistoryStore {
  const insert = database.prepare(
    `INSERT INTO decisions (at, reference, queue_id, client, message_id, verdict, score, facts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const index = database.prepare('INSERT OR IGNORE INTO decision_addresses (address, decision) VALUES (?, ?)')
  const searches = Object.values(SEARCHES).map((sql) =>
    database.prepare<[Record<string, string | number>], Found>(
      `${sql} AND id >= @from ORDER BY id DESC LIMIT @limit`,
    ),
  )
  const byAddress = database.prepare<[Record<string, string | number>], Found>(
    `SELECT id, at FROM decision_addresses CROSS JOIN decisions ON id = decision
     WHERE address = @address AND decision >= @from ORDER BY decision DESC LIMIT @limit`,
  )
  const firstSince = database
    .prepare<[number], number>('SELECT id FROM decisions WHERE at >= ? ORDER BY at LIMIT 1')
    .pluck()
  const facts = database.prepare<[number], string>('SELECT facts FROM decisions WHERE id = ?').pluck()
  const outlived = database.prepare<[number, number], Pick<Found, 'id'>>(
    'SELECT id FROM decisions WHERE at < ? ORDER BY at LIMIT ?',
  )
  const beyond = database.prepare<[number, number], Pick<Found, 'id'>>(
    'SELECT id FROM decisions WHERE id <= (SELECT MAX(id) FROM decisions) - ? ORDER BY id LIMIT ?',
  )
  const written = database.prepare<[number, number], Found>(
    'SELECT id, at FROM decisions WHERE id < ? ORDER BY id LIMIT ?',
  )
  const newest = database.prepare<[number], { readonly facts: string }>(
    'SELECT facts FROM decisions ORDER BY id DESC LIMIT ?',
  )
  const dropAddresses = database.prepare('DELETE FROM decision_addresses WHERE decision = ?')
  const drop = database.prepare('DELETE FROM decisions WHERE id = ?')

  const add = database.transaction((decisions: readonly Decision[]) => {
    for (const decision of decisions) {
      const { at, reference, queueId, client, messageId, verdict, score } = decision
      const facts = JSON.stringify(decision)
      const { lastInsertRowid } = insert.run(
        at,
        reference,
        queueId,
        client,
        bare(messageId),
        verdict,
        score,
        facts,
      )
      for (const address of addressesOf(decision)) index.run(address, lastInsertRowid)
    }
  })
  /** What stands before a row that has outlived its time, and says that it is of the future. */
  const ahead = (old: readonly Pick<Found, 'id'>[], future: number, limit: number) => {
    const newest = old.reduce((most, { id }) => Math.max(most, id), 0)
    const first = newest === 0 ? [] : written.all(newest, limit)
    const end = first.findIndex(({ at }) => at <= future)
    return end < 0 ? first : first.slice(0, end)
  }
  const expire = database.transaction((before: number, most: number, limit: number, future: number) => {
    const outdated = outlived.all(before, limit)
    const old = [...outdated, ...ahead(outdated, future, limit - outdated.length)]
    const rows = old.length < limit ? [...old, ...beyond.all(most, limit - old.length)] : old
    let dropped = 0
    for (const { id } of rows) {
      dropAddresses.run(id)
      dropped += drop.run(id).changes
    }
    return dropped
  })
  const find = ({ word, since, limit }: HistoryQuery): Decision[] => {
    const from = since > 0 ? firstSince.get(since) : 0
    if (from === undefined) return []
    const asked = { word, id: bare(word), from, limit }
    const address = searchable(word.replace(/^<|>$/g, ''))
    const found = [...searches.map((search) => search.all(asked)), byAddress.all({ address, from, limit })]
    const newest = new Set(
      found
        .flat()
        .filter(({ at }) => at >= since)
        .map(({ id }) => id)
        .toSorted((one, other) => other - one),
    )
    return [...newest].slice(0, limit).flatMap((id): Decision[] => {
      const text = facts.get(id)
      return text === undefined ? [] : [JSON.parse(text)]
    })
  }
  return {
    add: (decisions) => guard(() => add.immediate(decisions)),
    find: (query) => guard(() => find(query)),
    latest: (limit) => guard(() => newest.all(limit).map((row): Decision => JSON.parse(row.facts))),
    expire: (before, most, limit, future = Infinity) =>
      guard(() => expire.immediate(before, most, limit, future)),
    shrink: () => guard(() => shrinkStep(database)),
    close: () => database.close(),
  }
}

/** Whole addresses, and their domains as `@domain`. */
function addressesOf({ sender, recipients }: Decision): ReadonlySet<string> {
  const addresses = [sender, ...recipients.slice(0, INDEXED_RECIPIENTS)].map(searchable)
  return new Set(
    addresses
      .filter((address) => address !== '')
      .flatMap((address) => [address, address.slice(address.lastIndexOf('@'))]),
  )
}

/** As it is looked for: lower case, the labels of the domain in ASCII (`bücher.example` is `xn--bcher-kva.example`). */
const searchable = (address: string): string => asciiAddress(address.toLowerCase())

const bare = (messageId: string): string => messageId.trim().replace(/^<|>$/g, '')
