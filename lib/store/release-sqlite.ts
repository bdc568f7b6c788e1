/** Released mails in SQLite. */
import type { Sqlite } from './database.ts'
import type { ReleaseStore } from './release-store.ts'

export const RELEASE_SCHEMA =
  'CREATE TABLE releases (key TEXT PRIMARY KEY, expires INTEGER NOT NULL) WITHOUT ROWID;'

export function createReleaseStore(database: Sqlite): ReleaseStore {
  const add = database.prepare('INSERT OR REPLACE INTO releases (key, expires) VALUES (?, ?)')
  const has = database.prepare<[string, number], { one: number }>(
    'SELECT 1 AS one FROM releases WHERE key = ? AND expires > ?',
  )
  const any = database.prepare<[number], { one: number }>(
    'SELECT 1 AS one FROM releases WHERE expires > ? LIMIT 1',
  )
  const expire = database.prepare(
    'DELETE FROM releases WHERE key IN (SELECT key FROM releases WHERE expires <= ? LIMIT ?)',
  )
  return {
    add: (key, expires) => void add.run(key, expires),
    any: (now) => any.get(now) !== undefined,
    has: (key, now) => has.get(key, now) !== undefined,
    expire: (now, limit) => expire.run(now, limit).changes,
  }
}
