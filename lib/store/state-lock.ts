/**
 * One daemon a state directory. Two would drop each other's rows, count each client twice and answer two sockets from
 * one memory. The lock is SQLite's own on an empty file: the kernel takes it back from a process that dies.
 */
import { join } from 'node:path'
import Database from 'better-sqlite3'
import { codeOf } from '../fault.ts'
import { privateFile, StoreError } from './database.ts'

const FILE = 'daemon.lock'
/** Milliseconds to wait for a daemon that is just ending. */
const PATIENCE = 2000

/** Takes the directory. @returns how to give it back. @throws StoreError when another daemon has it */
export function lockState(directory: string): () => void {
  const path = join(directory, FILE)
  let file: Database.Database | undefined
  try {
    privateFile(path)
    file = new Database(path, { timeout: PATIENCE })
    file.exec('BEGIN EXCLUSIVE')
  } catch (error) {
    file?.close()
    if (codeOf(error).startsWith('SQLITE_BUSY'))
      throw new StoreError(
        `another Hamlet runs on the state directory ${directory}; stop it, or give each its own`,
        error,
      )
    // a disk that cannot be written is no second daemon, and what it means for the state is said elsewhere
    return () => {}
  }
  const lock = file
  return () => lock.close()
}
