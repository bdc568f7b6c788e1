/** Reputation in SQLite: one row per address and identity. */
import type { Sqlite } from './database.ts'
import { isFuture, tableExpiry } from './expiry.ts'
import { faded, type Reputation, type ReputationStore } from './reputation-store.ts'

export const REPUTATION_SCHEMA = `
  CREATE TABLE reputation (
    address TEXT NOT NULL,
    identity TEXT NOT NULL,
    mails REAL NOT NULL,
    total REAL NOT NULL,
    last INTEGER NOT NULL,
    PRIMARY KEY (address, identity)
  ) WITHOUT ROWID;
  CREATE INDEX reputation_last ON reputation (last);
`

export function createReputationStore(database: Sqlite, most = Infinity): ReputationStore {
  const find = database.prepare<[string, string], Reputation>(
    'SELECT * FROM reputation WHERE address = ? AND identity = ?',
  )
  const put = database.prepare(
    `INSERT INTO reputation (address, identity, mails, total, last) VALUES (?, ?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET mails = excluded.mails, total = excluded.total, last = excluded.last`,
  )
  const search = database.prepare<[string, number], Reputation>(
    'SELECT * FROM reputation WHERE instr(address, ?) > 0 ORDER BY last DESC, address, identity LIMIT ?',
  )
  const forgive = database.prepare('UPDATE reputation SET mails = 0, total = 0 WHERE address = ?')
  const forget = database.prepare('DELETE FROM reputation WHERE address = ?')
  const expiry = tableExpiry(database, { table: 'reputation', key: 'address, identity', time: 'last', most })
  const add: ReputationStore['add'] = (address, identity, score, now, fade) => {
    const known = find.get(address, identity)
    const counts = known !== undefined && !isFuture(known.last, now)
    const past = counts ? faded(known, now, fade) : { mails: 0, total: 0 }
    put.run(address, identity, past.mails + 1, past.total + score, now)
    if (known === undefined) expiry.rows.changed(1)
  }
  const adding = database.transaction(add)
  return {
    find(address, identity, now) {
      const known = find.get(address, identity)
      return known === undefined || isFuture(known.last, now) ? null : known
    },
    add: (...args) => adding.immediate(...args),
    search: (text, limit) => search.all(text.toLowerCase(), limit),
    forgive: (address) => forgive.run(address.toLowerCase()).changes,
    forget(address) {
      const { changes } = forget.run(address.toLowerCase())
      expiry.rows.changed(-changes)
      return changes
    },
    expire: expiry.run,
  }
}
