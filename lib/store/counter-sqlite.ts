/** Counters in SQLite: one row per key and millisecond, so that a window slides exactly and survives a restart. */
import type { CounterStore } from './counter-store.ts'
import type { Sqlite } from './database.ts'
import { createWindowSums } from './window-sums.ts'

export const COUNTER_SCHEMA = `
  CREATE TABLE events (
    key TEXT NOT NULL,
    at INTEGER NOT NULL,
    amount INTEGER NOT NULL,
    PRIMARY KEY (key, at)
  ) WITHOUT ROWID;
  CREATE INDEX events_at ON events (at);
`

export function createCounterStore(database: Sqlite): CounterStore {
  const after = database
    .prepare<[string, number], number>('SELECT COALESCE(SUM(amount), 0) FROM events WHERE key = ? AND at > ?')
    .pluck()
  const between = database
    .prepare<[string, number, number], number>(
      'SELECT COALESCE(SUM(amount), 0) FROM events WHERE key = ? AND at > ? AND at <= ?',
    )
    .pluck()
  const version = database.prepare<[], number>('PRAGMA data_version').pluck()
  const insert = database.prepare(
    'INSERT INTO events (key, at, amount) VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET amount = amount + excluded.amount',
  )
  const forget = database.prepare('DELETE FROM events WHERE key = ?')
  const highest = database.prepare<[string, string, number, number], { key: string; count: number }>(
    `SELECT key, SUM(amount) AS count FROM events WHERE key >= ? AND key < ? AND at > ?
     GROUP BY key ORDER BY count DESC, key LIMIT ?`,
  )
  const expire = database.prepare(
    'DELETE FROM events WHERE (key, at) IN (SELECT key, at FROM events WHERE at < ? ORDER BY at LIMIT ?)',
  )
  const sums = createWindowSums({
    after: (key, edge) => after.get(key, edge) ?? 0,
    between: (key, from, to) => between.get(key, from, to) ?? 0,
    version: () => version.get() ?? 0,
  })
  const take = database.transaction(
    (key: string, amount: number, limit: number, now: number, windowMs: number) => {
      const before = sums.sum(key, now, windowMs)
      if (before + amount > limit) return { taken: false, count: before }
      insert.run(key, now, amount)
      return { taken: true, count: before + amount }
    },
  )
  return {
    take(key, amount, limit, now, windowMs) {
      const result = take.immediate(key, amount, limit, now, windowMs)
      if (result.taken) sums.added(key, amount, now)
      return result
    },
    add(key, amount, now, windowMs) {
      insert.run(key, now, amount)
      sums.added(key, amount, now)
      return sums.sum(key, now, windowMs)
    },
    count: (key, now, windowMs) => sums.sum(key, now, windowMs),
    top: (prefix, now, windowMs, limit) => highest.all(prefix, `${prefix}\u{10ffff}`, now - windowMs, limit),
    reset(key) {
      sums.forget(key)
      return forget.run(key).changes > 0
    },
    expire(before, limit) {
      const { changes } = expire.run(before, limit)
      if (changes > 0) sums.forgetAll()
      return changes
    },
  }
}
