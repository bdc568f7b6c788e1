/** Blocks in SQLite: one row per client that is shut out. */
import type { Block, BlockStore } from './block-store.ts'
import type { Sqlite } from './database.ts'

export const BLOCK_SCHEMA = `
  CREATE TABLE blocks (
    key TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX blocks_until ON blocks (until);
`

export function createBlockStore(database: Sqlite): BlockStore {
  const insert = database.prepare(
    `INSERT INTO blocks (key, reason, since, until) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET reason = excluded.reason, since = excluded.since, until = excluded.until
     WHERE excluded.until > until`,
  )
  const find = database.prepare<[string, number], Block>('SELECT * FROM blocks WHERE key = ? AND until > ?')
  const all = database.prepare<[number, number], Block>(
    'SELECT * FROM blocks WHERE until > ? ORDER BY since DESC, key LIMIT ?',
  )
  const lift = database.prepare('DELETE FROM blocks WHERE key = ?')
  const expire = database.prepare(
    'DELETE FROM blocks WHERE key IN (SELECT key FROM blocks WHERE until < ? LIMIT ?)',
  )
  return {
    block(key, reason, now, until) {
      insert.run(key, reason, now, until)
    },
    blocked: (key, now) => find.get(key, now) ?? null,
    list: (now, limit) => all.all(now, limit),
    lift: (key) => lift.run(key).changes > 0,
    expire: (now, limit) => expire.run(now, limit).changes,
  }
}
