/** Released mails in SQLite. */
import type { Sqlite } from './database.ts'
import { CLOCK_SLACK } from './expiry.ts'
import { RELEASE_KEPT, type ReleaseStore } from './release-store.ts'

export const RELEASE_SCHEMA =
  'CREATE TABLE releases (key TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;'

/** Found by when they end. */
export const RELEASE_INDEXES = 'CREATE INDEX releases_expires ON releases (expires);'

export function createReleaseStore(database: Sqlite, most = Infinity): ReleaseStore {
  const add = database.prepare('INSERT OR REPLACE INTO releases (key, expires) VALUES (?, ?)')
  const has = database.prepare<[string, number, number], { one: number }>(
    'SELECT 1 AS one FROM releases WHERE key = ? AND expires > ? AND expires <= ?',
  )
  const any = database.prepare<[number, number], { one: number }>(
    'SELECT 1 AS one FROM releases WHERE expires > ? AND expires <= ? LIMIT 1',
  )
  const latest = (now: number) => now + RELEASE_KEPT + CLOCK_SLACK
  const count = database.prepare<[], number>('SELECT count(*) FROM releases').pluck()
  const surplus = database.prepare(
    'DELETE FROM releases WHERE key IN (SELECT key FROM releases ORDER BY expires LIMIT ?)',
  )
  const expire = database.prepare(
    'DELETE FROM releases WHERE key IN (SELECT key FROM releases WHERE expires <= ? ORDER BY expires LIMIT ?)',
  )
  return {
    add(key, expires) {
      add.run(key, expires)
      // by hand and seldom: the rows may be counted
      if (Number.isFinite(most)) surplus.run(Math.max(0, (count.get() ?? 0) - most))
    },
    any: (now) => any.get(now, latest(now)) !== undefined,
    has: (key, now) => has.get(key, now, latest(now)) !== undefined,
    expire: (now, limit) => expire.run(now, limit).changes,
  }
}
