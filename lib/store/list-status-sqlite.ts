/** The state of the DNS lists in SQLite: one row a list, rewritten when one of them is tested, suspended or asked again. */
import type { Sqlite } from './database.ts'
import { isFuture } from './expiry.ts'
import type { ListRecord, ListStatusStore } from './list-status-store.ts'

export const LIST_STATUS_SCHEMA = `
  CREATE TABLE list_status (
    place INTEGER PRIMARY KEY,
    label TEXT NOT NULL,
    suspended TEXT,
    since INTEGER,
    tested INTEGER,
    silent TEXT,
    share REAL,
    at INTEGER NOT NULL
  );
`

export function createListStatusStore(database: Sqlite): ListStatusStore {
  const clear = database.prepare('DELETE FROM list_status')
  const insert = database.prepare(
    `INSERT INTO list_status (place, label, suspended, since, tested, silent, share, at)
     VALUES (@place, @label, @suspended, @since, @tested, @silent, @share, @at)`,
  )
  const all = database.prepare<[], ListRecord & { readonly at: number }>(
    'SELECT label, suspended, since, tested, silent, share, at FROM list_status ORDER BY place',
  )
  const replace = database.transaction((records: readonly ListRecord[], now: number) => {
    clear.run()
    for (const [place, record] of records.entries()) insert.run({ ...record, place, at: now })
  })
  return {
    replace: (records, now) => replace.immediate(records, now),
    latest(now) {
      const rows = all.all()
      const [first] = rows
      return first === undefined || isFuture(first.at, now)
        ? null
        : { at: first.at, records: rows.map(recordOf) }
    },
  }
}

function recordOf({ label, suspended, since, tested, silent, share }: ListRecord): ListRecord {
  return { label, suspended, since, tested, silent, share }
}
