/**
 * Opening an SQLite file so that it serves a mail filter: write-ahead log, so that readers never wait for the writer
 * and a killed process leaves a sound file; short waits for locks, because a wait here is a wait of the whole daemon;
 * a schema version with its steps; and for each way in which a file can be unusable one sentence that says what to do.
 */
import Database from 'better-sqlite3'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs'
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
  /**
   * Whether freed pages can be given back to the file system (`shrinkStep`). A file that was made without needs one
   * rewrite of what is in it for that: `convert` where there is time for it, `new` where a new file only gets it.
   */
  readonly shrink?: 'new' | 'convert'
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
    if (path !== ':memory:' && !options.readonly) privateFile(path)
    database = new Database(path, {
      timeout: options.lockTimeout ?? 250,
      readonly: options.readonly ?? false,
      fileMustExist: options.readonly ?? false,
    })
    if (!options.readonly) {
      if (options.shrink !== undefined) makeShrinkable(database, options.shrink)
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

/** What others may do with a file of the state: nothing; the group may read. */
const FILE_MODE = 0o640
const FOLDER_MODE = 0o750

/**
 * Makes a file of the state, or closes an open one to others, whatever the umask is; SQLite gives its side files the
 * same mode. A file that root makes (`hamlet allow` before the first start) belongs to the owner of the directory, or
 * the daemon could not write it.
 */
export function privateFile(path: string): void {
  const folder = dirname(path)
  mkdirSync(folder, { recursive: true, mode: FOLDER_MODE })
  const known = statSync(path, { throwIfNoEntry: false })
  if (known === undefined) {
    closeSync(openSync(path, 'a', FILE_MODE))
    chmodSync(path, FILE_MODE)
    const { uid, gid } = statSync(folder)
    if (process.getuid?.() === 0 && uid !== 0) chownSync(path, uid, gid)
  } else if ((known.mode & 0o777 & ~FILE_MODE) !== 0 && (process.getuid?.() ?? 0) === known.uid)
    chmodSync(path, known.mode & FILE_MODE)
}

/** SQLite's number for `auto_vacuum = INCREMENTAL`. */
const INCREMENTAL = 2
/** Pages given back in one step: less than a millisecond. */
const PAGES_A_STEP = 64
/** So many free pages are kept: they will be used again soon. */
const SPARE_PAGES = 256

function makeShrinkable(database: Sqlite, how: 'new' | 'convert'): void {
  if (Number(database.pragma('auto_vacuum', { simple: true })) === INCREMENTAL) return
  const isNew = Number(database.pragma('page_count', { simple: true })) === 0
  if (!isNew && how === 'new') return
  database.pragma('auto_vacuum = INCREMENTAL')
  if (!isNew) database.exec('VACUUM')
}

/** Gives a few free pages back to the file system, when more than an eighth of the file is free; true when there are more. */
export function shrinkStep(database: Sqlite): boolean {
  const of = (name: string) => Number(database.pragma(name, { simple: true }))
  const tooMany = () => of('freelist_count') > Math.max(SPARE_PAGES, of('page_count') / 8)
  if (!tooMany() || of('auto_vacuum') !== INCREMENTAL) return false
  database.pragma(`incremental_vacuum(${PAGES_A_STEP})`)
  return tooMany()
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

/** Whether an error says that the file itself is no good, as opposed to: cannot be reached now. */
export function isDamaged(error: unknown): boolean {
  const cause = error instanceof StoreError ? error.cause : error
  return /^SQLITE_(CORRUPT|NOTADB)/.test(codeOf(cause))
}

/** The file that a message of `storeError` calls damaged; null for every other text. */
export const damagedFile = (message: string): string | null =>
  /^[^/]*(\/.*\.sqlite) is (?:damaged|not an SQLite database)/.exec(message)?.[1] ?? null

/**
 * Moves a damaged file out of the way, with what belongs to it; returns the new name, which says when. Null when the
 * file is gone, or is another one than `inode` since: somebody was quicker.
 */
export function moveAside(path: string, now: Date, inode?: number): string | null {
  const found = statSync(path, { throwIfNoEntry: false })
  if (found === undefined || (inode !== undefined && found.ino !== inode)) return null
  const stamp = now
    .toISOString()
    .replace(/\.\d+Z$/, 'Z')
    .replaceAll(':', '')
  const aside = `${path}.damaged-${stamp}`
  renameSync(path, aside)
  // the log belongs to the file; shared memory is made anew
  if (existsSync(`${path}-wal`)) renameSync(`${path}-wal`, `${aside}-wal`)
  rmSync(`${path}-shm`, { force: true })
  return aside
}

/** What an SQLite error means for the one who runs the server. */
export function storeError(path: string, error: unknown): StoreError {
  if (error instanceof StoreError) return error
  const code = codeOf(error)
  const known = Object.entries(WHY).find(([name]) => code === name || code.startsWith(`${name}_`))
  const text = known?.[1] ?? `cannot be used: ${messageOf(error)}`
  return new StoreError(`${path} ${text}`, error)
}
