/**
 * Opening an SQLite file so that it serves a mail filter: write-ahead log, so that readers never wait for the writer
 * and a killed process leaves a sound file; short waits for locks, because a wait here is a wait of the whole daemon;
 * a schema version with its steps; and for each way in which a file can be unusable one sentence that says what to do.
 */
import Database from 'better-sqlite3'
import { mkdirSync } from 'node:fs'
import { dirname } from 'node:path'
import { codeOf, messageOf } from '../fault.ts'

export type Sqlite = Database.Database

/** A database that cannot be used, in words for the administrator. */
export class StoreError extends Error {
  constructor(message: string, cause?: unknown) {
    super(message, { cause })
    this.name = 'StoreError'
  }
}

export interface DatabaseOptions {
  /** SQL that brings the schema from version n to n + 1, at position n. */
  readonly migrations: readonly string[]
  readonly readonly?: boolean
  /** Milliseconds to wait for another process's lock. */
  readonly lockTimeout?: number
}

const WHY: Readonly<Record<string, string>> = {
  SQLITE_BUSY: 'is locked by another program; is a second Hamlet running on the same state directory?',
  SQLITE_LOCKED: 'is locked by another program; is a second Hamlet running on the same state directory?',
  SQLITE_READONLY: 'is not writable; check the owner and mode of the file and of its directory',
  SQLITE_CANTOPEN: 'cannot be opened; check that the directory exists and is writable',
  SQLITE_CORRUPT: 'is damaged; move it away (or restore a copy) and start again',
  SQLITE_NOTADB: 'is not an SQLite database; move it away (or restore a copy) and start again',
  SQLITE_FULL: 'cannot be written: the disk is full',
  SQLITE_IOERR: 'cannot be read or written: the disk reports an error',
}

/** Opens (and makes) the file, `:memory:` included, at the newest schema version. Throws `StoreError`. */
export function openDatabase(path: string, options: DatabaseOptions): Sqlite {
  let database: Sqlite | undefined
  try {
    if (path !== ':memory:' && !options.readonly) mkdirSync(dirname(path), { recursive: true, mode: 0o750 })
    database = new Database(path, {
      timeout: options.lockTimeout ?? 250,
      readonly: options.readonly ?? false,
      fileMustExist: options.readonly ?? false,
    })
    if (!options.readonly) {
      database.pragma('journal_mode = WAL')
      // NORMAL never loses consistency; a power cut may lose the last counts, a killed process loses nothing.
      database.pragma('synchronous = NORMAL')
      migrate(database, path, options.migrations)
    }
    return database
  } catch (error) {
    database?.close()
    throw error instanceof StoreError ? error : storeError(path, error)
  }
}

function migrate(database: Sqlite, path: string, migrations: readonly string[]): void {
  const version = Number(database.pragma('user_version', { simple: true }))
  if (version > migrations.length)
    throw new StoreError(
      `${path} was written by a newer Hamlet (schema ${version}, known up to ${migrations.length}); update Hamlet or use another state directory`,
    )
  if (version === migrations.length) return
  database
    .transaction(() => {
      // another process may have done it meanwhile
      const reached = Number(database.pragma('user_version', { simple: true }))
      for (const step of migrations.slice(reached)) database.exec(step)
      database.pragma(`user_version = ${migrations.length}`)
    })
    .immediate()
}

/** What an SQLite error means for the one who runs the server. */
export function storeError(path: string, error: unknown): StoreError {
  const code = codeOf(error)
  const known = Object.entries(WHY).find(([name]) => code === name || code.startsWith(`${name}_`))
  const text = known?.[1] ?? `cannot be used: ${messageOf(error)}`
  return new StoreError(`${path} ${text}`, error)
}
