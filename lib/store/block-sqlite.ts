/** Blocks in SQLite: one row per client that is shut out. */
import type { Block, BlockStore } from './block-store.ts'
import type { Sqlite } from './database.ts'
import { CLOCK_SLACK, tableExpiry } from './expiry.ts'

export const BLOCK_SCHEMA = `
  CREATE TABLE blocks (
    key TEXT PRIMARY KEY,
    reason TEXT NOT NULL,
    since INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE INDEX blocks_until ON blocks (until);
`
/** Found by when they began: those of the future, and the newest. */
export const BLOCK_INDEXES = 'CREATE INDEX blocks_since ON blocks (since);'

export function createBlockStore(database: Sqlite, most = Infinity): BlockStore {
  const insert = database.prepare<[string, string, number, number]>(
    `INSERT INTO blocks (key, reason, since, until) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET reason = excluded.reason, since = excluded.since, until = excluded.until
     WHERE excluded.until > until OR since > excluded.since + ${CLOCK_SLACK}`,
  )
  const known = database.prepare<[string], 1>('SELECT 1 FROM blocks WHERE key = ?').pluck()
  const find = database.prepare<[string, number, number], Block>(
    'SELECT * FROM blocks WHERE key = ? AND until > ? AND since <= ?',
  )
  const all = database.prepare<[number, number, number], Block>(
    'SELECT * FROM blocks WHERE until > ? AND since <= ? ORDER BY since DESC, key LIMIT ?',
  )
  const lift = database.prepare('DELETE FROM blocks WHERE key = ?')
  const over = database.prepare(
    'DELETE FROM blocks WHERE key IN (SELECT key FROM blocks WHERE until < ? ORDER BY until LIMIT ?)',
  )
  const surplus = tableExpiry(database, { table: 'blocks', key: 'key', time: 'since', most })
  return {
    block(key, reason, now, until) {
      if (known.get(key) === undefined) surplus.rows.changed(1)
      insert.run(key, reason, now, until)
    },
    blocked: (key, now) => find.get(key, now, now + CLOCK_SLACK) ?? null,
    list: (now, limit) => all.all(now, now + CLOCK_SLACK, limit),
    lift(key) {
      const { changes } = lift.run(key)
      surplus.rows.changed(-changes)
      return changes > 0
    },
    expire(now, limit) {
      const { changes } = over.run(now, limit)
      surplus.rows.changed(-changes)
      // by age alone nothing goes: a block has an end of its own
      return changes + surplus.run(-Infinity, limit - changes, now)
    },
  }
}
