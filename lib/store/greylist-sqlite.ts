/** Greylisting's memory in SQLite. */
import type { Sqlite } from './database.ts'
import type { GreylistStore, Sighting } from './greylist-store.ts'

export const GREYLIST_SCHEMA = `
  CREATE TABLE greylist (
    key TEXT PRIMARY KEY,
    first INTEGER NOT NULL,
    last INTEGER NOT NULL,
    passed INTEGER
  ) WITHOUT ROWID;
  CREATE INDEX greylist_last ON greylist (last);
  CREATE TABLE good_sources (
    source TEXT PRIMARY KEY,
    mails INTEGER NOT NULL,
    last INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX good_sources_last ON good_sources (last);
`

/** Lifetimes are days: when something was last seen need not be known, and written, more exactly than this. */
const TOUCH_EVERY = 3_600_000

interface Row {
  first: number
  last: number
  passed: number | null
}

export function createGreylistStore(database: Sqlite): GreylistStore {
  const find = database.prepare<[string], Row>('SELECT first, last, passed FROM greylist WHERE key = ?')
  const begin = database.prepare(
    `INSERT INTO greylist (key, first, last, passed) VALUES (?, ?, ?, NULL)
     ON CONFLICT DO UPDATE SET first = excluded.first, last = excluded.last, passed = NULL`,
  )
  const touch = database.prepare('UPDATE greylist SET last = ? WHERE key = ?')
  const pass = database.prepare('UPDATE greylist SET passed = ?, last = ? WHERE key = ? AND passed IS NULL')
  const credit = database
    .prepare<[string, number], number>(
      `INSERT INTO good_sources (source, mails, last) VALUES (?, 1, ?)
       ON CONFLICT DO UPDATE SET mails = mails + 1, last = excluded.last RETURNING mails`,
    )
    .pluck()
  const credits = database
    .prepare<[string, number], number>('SELECT mails FROM good_sources WHERE source = ? AND last > ?')
    .pluck()
  const discredit = database.prepare('DELETE FROM good_sources WHERE source = ?')
  const expireKeys = database.prepare(
    'DELETE FROM greylist WHERE key IN (SELECT key FROM greylist WHERE last < ? ORDER BY last LIMIT ?)',
  )
  const expireSources = database.prepare(
    'DELETE FROM good_sources WHERE source IN (SELECT source FROM good_sources WHERE last < ? ORDER BY last LIMIT ?)',
  )
  const sight = database.transaction(
    (key: string, now: number, windowMs: number, keepMs: number): Sighting => {
      const row = find.get(key)
      const known = row && (row.passed === null ? row.first > now - windowMs : row.last > now - keepMs)
      if (!known) {
        begin.run(key, now, now)
        return { first: now, passed: null }
      }
      if (now - row.last >= TOUCH_EVERY) touch.run(now, key)
      return { first: row.first, passed: row.passed }
    },
  )
  return {
    sight: (key, now, windowMs, keepMs) => sight.immediate(key, now, windowMs, keepMs),
    pass(key, now) {
      pass.run(now, now, key)
    },
    credit: (source, now) => credit.get(source, now) ?? 0,
    credits: (source, now, keepMs) => credits.get(source, now - keepMs) ?? 0,
    discredit(source) {
      discredit.run(source)
    },
    expire: (before, limit) => {
      const keys = expireKeys.run(before, limit).changes
      return keys + expireSources.run(before, limit - keys).changes
    },
  }
}
