/**
 * Moves tables that have a file of their own now out of a state.sqlite that was written before they had: the newest
 * rows are copied, then the old table goes and the old file shrinks. Killed in between it does the rest the next time.
 */
import Database from 'better-sqlite3'
import { existsSync } from 'node:fs'
import { openDatabase, type DatabaseOptions, type Sqlite } from './database.ts'

export interface MovedTable {
  readonly table: string
  /** Column by which the newest rows are known. */
  readonly time: string
  /** Rows that are taken along at most. */
  readonly most: number
  /** The new file. */
  readonly path: string
  readonly database: DatabaseOptions
}

/** Does nothing, quickly, when no such table is in the old file. Throws what SQLite throws: the old file stays whole then. */
export function adoptTables(old: string, tables: readonly MovedTable[]): void {
  if (!existsSync(old)) return
  const before = new Database(old, { timeout: 250 })
  try {
    const present = tables.filter(({ table }) => hasTable(before, table))
    if (present.length === 0) return
    before.pragma('busy_timeout = 5000')
    for (const moved of present) {
      copyNewest(old, moved)
      // only now: what is copied twice is the same, what is dropped too early is lost
      before.exec(`DROP TABLE IF EXISTS ${moved.table}`)
    }
    before.pragma('auto_vacuum = INCREMENTAL')
    before.exec('VACUUM')
  } finally {
    before.close()
  }
}

const hasTable = (database: Sqlite, table: string): boolean =>
  database.prepare("SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = ?").get(table) !== undefined

function copyNewest(old: string, { table, time, most, path, database: options }: MovedTable): void {
  const database = openDatabase(path, { ...options, lockTimeout: 5000 })
  try {
    database.prepare('ATTACH ? AS old').run(old)
    database
      .prepare(`INSERT OR IGNORE INTO main.${table} SELECT * FROM old.${table} ORDER BY ${time} DESC LIMIT ?`)
      .run(Math.min(most, Number.MAX_SAFE_INTEGER))
    database.exec('DETACH old')
  } finally {
    database.close()
  }
}
