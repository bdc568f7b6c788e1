/** Counters in SQLite: one row per key and millisecond, so that a window slides exactly and survives a restart. */
import type { CounterStore } from './counter-store.ts'
import type { Sqlite } from './database.ts'
import { tableExpiry } from './expiry.ts'
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

export function createCounterStore(database: Sqlite, most = Infinity): CounterStore {
  const between = database
    .prepare<[string, number, number], number>(
      'SELECT COALESCE(SUM(amount), 0) FROM events WHERE key = ? AND at > ? AND at <= ?',
    )
    .pluck()
  const version = database.prepare<[], number>('PRAGMA data_version').pluck()
  const after = database
    .prepare<[number, string, number], [number, number | null]>(
      `SELECT COALESCE(SUM(amount) FILTER (WHERE at <= ?), 0), MAX(at) FROM events WHERE key = ? AND at > ?`,
    )
    .raw()
  const insert = database.prepare('INSERT OR IGNORE INTO events (key, at, amount) VALUES (?, ?, ?)')
  const more = database.prepare('UPDATE events SET amount = amount + ? WHERE key = ? AND at = ?')
  const forget = database.prepare('DELETE FROM events WHERE key = ?')
  const highest = database.prepare<[string, string, number, number, number], { key: string; count: number }>(
    `SELECT key, SUM(amount) AS count FROM events WHERE key >= ? AND key < ? AND at > ? AND at <= ?
     GROUP BY key ORDER BY count DESC, key LIMIT ?`,
  )
  const expiry = tableExpiry(database, { table: 'events', key: 'key, at', time: 'at', most })
  const sums = createWindowSums({
    between: (key, from, to) => between.get(key, from, to) ?? 0,
    after(key, edge, now) {
      const [value, latest] = after.get(now, key, edge) ?? [0, null]
      return { value, future: latest !== null && latest > now }
    },
    version: () => version.get() ?? 0,
  })
  const write = (key: string, at: number, amount: number) => {
    // a row of its own, unless this key had an event in the same millisecond
    if (insert.run(key, at, amount).changes === 1) expiry.rows.changed(1)
    else more.run(amount, key, at)
  }
  const take = database.transaction(
    (key: string, amount: number, limit: number, now: number, windowMs: number) => {
      const before = sums.sum(key, now, windowMs)
      if (before + amount > limit) return { taken: false, count: before }
      write(key, now, amount)
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
      write(key, now, amount)
      sums.added(key, amount, now)
      return sums.sum(key, now, windowMs)
    },
    count: (key, now, windowMs) => sums.sum(key, now, windowMs),
    top: (prefix, now, windowMs, limit) =>
      highest.all(prefix, `${prefix}\u{10ffff}`, now - windowMs, now, limit),
    reset(key) {
      sums.forget(key)
      const { changes } = forget.run(key)
      expiry.rows.changed(-changes)
      return changes > 0
    },
    expire(before, limit, now) {
      const dropped = expiry.run(before, limit, now)
      if (dropped > 0) sums.forgetAll()
      return dropped
    },
  }
}
