/** The classifier's store for a command, and what an unusable one means for its caller. */
import { userInfo } from 'node:os'
import { openBayesStore } from '../../store/bayes-sqlite.ts'
import type { BayesStore } from '../../store/bayes-store.ts'
import { loadConfig } from '../config-file.ts'
import { CommandError, EXIT } from '../verb.ts'

/** A command can wait for another writer; a mail could not. */
const LOCK_TIMEOUT = 10_000

/** Runs `work` with the store of the configuration; a busy or unusable store is exit code 75: try again later. */
export async function withBayesStore<T>(
  configFile: string | undefined,
  work: (store: BayesStore) => Promise<T> | T,
): Promise<T> {
  const { config } = loadConfig(configFile)
  try {
    const store = openBayesStore(config.state, { size: config.bayes.size, lockTimeout: LOCK_TIMEOUT })
    try {
      return await work(store)
    } finally {
      store.close()
    }
  } catch (error) {
    if (error instanceof Error && error.name === 'StoreError')
      throw new CommandError(error.message, EXIT.tempfail)
    throw error
  }
}

/** Name of the account that runs the command. */
export function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
