/** Known correspondents in SQLite: one row per address our users have written to. */
import type { Correspondent, CorrespondentStore } from './correspondent-store.ts'
import type { Sqlite } from './database.ts'
import { CLOCK_SLACK, tableExpiry } from './expiry.ts'

export const CORRESPONDENT_SCHEMA = `
  CREATE TABLE correspondents (
    address TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    mails INTEGER NOT NULL,
    identity TEXT
  ) WITHOUT ROWID;
  CREATE INDEX correspondents_last ON correspondents (last);
`

export function createCorrespondentStore(database: Sqlite, most = Infinity): CorrespondentStore {
  const insert = database
    .prepare<[string, number, number], number>(
      `INSERT INTO correspondents (address, first, last, mails) VALUES (?, ?, ?, 1)
       ON CONFLICT DO UPDATE SET first = min(first, excluded.first), last = excluded.last, mails = mails + 1
       RETURNING mails`,
    )
    .pluck()
  const find = database.prepare<[string, number, number], Correspondent>(
    'SELECT * FROM correspondents WHERE address = ? AND last > ? AND last <= ?',
  )
  const bind = database.prepare(
    'UPDATE correspondents SET identity = ? WHERE address = ? AND identity IS NULL',
  )
  const forget = database.prepare('DELETE FROM correspondents WHERE address = ?')
  const expiry = tableExpiry(database, { table: 'correspondents', key: 'address', time: 'last', most })
  const wrote = database.transaction((addresses: readonly string[], now: number) => {
    for (const address of addresses) if (insert.get(address, now, now) === 1) expiry.rows.changed(1)
  })
  return {
    wrote: (addresses, now) => wrote.immediate(addresses, now),
    find: (address, now, keepMs) => find.get(address, now - keepMs, now + CLOCK_SLACK) ?? null,
    bind(address, identity) {
      bind.run(identity, address)
    },
    forget(address) {
      const { changes } = forget.run(address)
      expiry.rows.changed(-changes)
      return changes > 0
    },
    expire: expiry.run,
  }
}
