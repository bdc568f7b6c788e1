/**
 * `history.sqlite`: decisions in a file of their own, because they are the bulk of what is written and the first thing
 * an administrator may delete. Addresses are indexed one by one, so that "what became of mail to anna" is quick among
 * a million.
 */
import { join } from 'node:path'
import { openDatabase } from './database.ts'
import type { Decision, HistoryStore } from './history-store.ts'

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
]

/** A mail to hundreds is found by its first so many recipients. */
const INDEXED_RECIPIENTS = 100

type Row = { readonly facts: string }

/** Opens (and makes) the record in a state directory; `:memory:` keeps it in memory. Throws `StoreError`. */
export function openHistory(directory: string): HistoryStore {
  const path = directory === ':memory:' ? directory : join(directory, 'history.sqlite')
  const database = openDatabase(path, { migrations: MIGRATIONS })
  const insert = database.prepare(
    `INSERT INTO decisions (at, reference, queue_id, client, message_id, verdict, score, facts)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  )
  const index = database.prepare('INSERT OR IGNORE INTO decision_addresses (address, decision) VALUES (?, ?)')
  const byWord = database.prepare<[Record<string, string | number>], Row>(
    `SELECT facts FROM decisions WHERE at >= @since AND (reference = @word OR queue_id = @word
       OR message_id = @id OR client = @word
       OR id IN (SELECT decision FROM decision_addresses WHERE address = @address))
     ORDER BY id DESC LIMIT @limit`,
  )
  const doomed = database.prepare<[number, number, number], { readonly id: number }>(
    `SELECT id FROM decisions WHERE at < ?
       OR id <= (SELECT MAX(id) FROM decisions) - ? ORDER BY id LIMIT ?`,
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
  const expire = database.transaction((before: number, most: number, limit: number) => {
    const rows = doomed.all(before, most, limit)
    for (const { id } of rows) {
      dropAddresses.run(id)
      drop.run(id)
    }
    return rows.length
  })
  return {
    add: (decisions) => add.immediate(decisions),
    find: ({ word, since, limit }) =>
      byWord
        .all({ word, id: bare(word), address: word.toLowerCase().replace(/^<|>$/g, ''), since, limit })
        .map(({ facts }): Decision => JSON.parse(facts)),
    expire: (before, most, limit) => expire.immediate(before, most, limit),
    close: () => database.close(),
  }
}

/** Whole addresses, and their domains as `@domain`. */
function addressesOf({ sender, recipients }: Decision): ReadonlySet<string> {
  const addresses = [sender, ...recipients.slice(0, INDEXED_RECIPIENTS)].map((address) =>
    address.toLowerCase(),
  )
  return new Set(
    addresses
      .filter((address) => address !== '')
      .flatMap((address) => [address, address.slice(address.lastIndexOf('@'))]),
  )
}

const bare = (messageId: string): string => messageId.trim().replace(/^<|>$/g, '')
