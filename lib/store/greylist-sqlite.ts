/** Greylisting's memory in SQLite. */
import type { Sqlite } from './database.ts'
import { CLOCK_SLACK, isFuture, tableExpiry } from './expiry.ts'
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

export function createGreylistStore(database: Sqlite, most = Infinity): GreylistStore {
  const find = database.prepare<[string], Row>('SELECT first, last, passed FROM greylist WHERE key = ?')
  const begin = database.prepare(
    `INSERT INTO greylist (key, first, last, passed) VALUES (?, ?, ?, NULL)
     ON CONFLICT DO UPDATE SET first = excluded.first, last = excluded.last, passed = NULL`,
  )
  const touch = database.prepare('UPDATE greylist SET last = ? WHERE key = ?')
  const pass = database.prepare('UPDATE greylist SET passed = ?, last = ? WHERE key = ? AND passed IS NULL')
  const credit = database
    .prepare<[string, number, number], number>(
      `INSERT INTO good_sources (source, mails, last) VALUES (?, 1, ?)
       ON CONFLICT DO UPDATE SET mails = CASE WHEN last > ? THEN 1 ELSE mails + 1 END, last = excluded.last
       RETURNING mails`,
    )
    .pluck()
  const credits = database
    .prepare<[string, number, number], number>(
      'SELECT mails FROM good_sources WHERE source = ? AND last > ? AND last <= ?',
    )
    .pluck()
  const discredit = database.prepare('DELETE FROM good_sources WHERE source = ?')
  const keys = tableExpiry(database, { table: 'greylist', key: 'key', time: 'last', most })
  const sources = tableExpiry(database, { table: 'good_sources', key: 'source', time: 'last', most })
  const sight = database.transaction(
    (key: string, now: number, windowMs: number, keepMs: number): Sighting => {
      const row = find.get(key)
      if (!row || !isKnown(row, now, windowMs, keepMs)) {
        begin.run(key, now, now)
        if (!row) keys.rows.changed(1)
        return { first: now, passed: null }
      }
      if (now - row.last >= TOUCH_EVERY || isFuture(row.last, now)) touch.run(now, key)
      return { first: row.first, passed: row.passed }
    },
  )
  return {
    sight: (key, now, windowMs, keepMs) => sight.immediate(key, now, windowMs, keepMs),
    pass(key, now) {
      pass.run(now, now, key)
    },
    credit(source, now) {
      const mails = credit.get(source, now, now + CLOCK_SLACK) ?? 0
      if (mails === 1) sources.rows.changed(1)
      return mails
    },
    credits: (source, now, keepMs) => credits.get(source, now - keepMs, now + CLOCK_SLACK) ?? 0,
    discredit(source) {
      sources.rows.changed(-discredit.run(source).changes)
    },
    expire: (before, limit, now) => {
      const dropped = keys.run(before, limit, now)
      return dropped + sources.run(before, limit - dropped, now)
    },
  }
}

/** An entry of the future is none; one that was merely seen again while the clock was ahead was last seen then or before. */
function isKnown({ first, last, passed }: Row, now: number, windowMs: number, keepMs: number): boolean {
  if (isFuture(first, now) || isFuture(passed ?? 0, now)) return false
  return passed === null ? first > now - windowMs : last > now - keepMs
}
