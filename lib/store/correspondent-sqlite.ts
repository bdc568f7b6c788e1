/** Known correspondents in SQLite: one row per address our users have written to. */
import type { Correspondent, CorrespondentStore } from './correspondent-store.ts'
import type { Sqlite } from './database.ts'

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

export function createCorrespondentStore(database: Sqlite): CorrespondentStore {
  const insert = database.prepare(
    `INSERT INTO correspondents (address, first, last, mails) VALUES (?, ?, ?, 1)
     ON CONFLICT DO UPDATE SET last = excluded.last, mails = mails + 1`,
  )
  const find = database.prepare<[string, number], Correspondent>(
    'SELECT * FROM correspondents WHERE address = ? AND last > ?',
  )
  const bind = database.prepare(
    'UPDATE correspondents SET identity = ? WHERE address = ? AND identity IS NULL',
  )
  const forget = database.prepare('DELETE FROM correspondents WHERE address = ?')
  const expire = database.prepare(
    `DELETE FROM correspondents WHERE address IN
     (SELECT address FROM correspondents WHERE last < ? ORDER BY last LIMIT ?)`,
  )
  const wrote = database.transaction((addresses: readonly string[], now: number) => {
    for (const address of addresses) insert.run(address, now, now)
  })
  return {
    wrote: (addresses, now) => wrote.immediate(addresses, now),
    find: (address, now, keepMs) => find.get(address, now - keepMs) ?? null,
    bind(address, identity) {
      bind.run(identity, address)
    },
    forget: (address) => forget.run(address).changes > 0,
    expire: (before, limit) => expire.run(before, limit).changes,
  }
}
