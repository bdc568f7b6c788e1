/** The classifier's store for a command, and what an unusable one means for its caller. */
import { userInfo } from 'node:os'
import { openModel } from '../../store/bayes-place.ts'
import type { BayesStore } from '../../store/bayes-store.ts'
import { loadConfig } from '../config-file.ts'
import type { OptionSpec } from '../options.ts'
import { CommandError, EXIT, UsageError } from '../verb.ts'

/** `--domain` of the verbs that work with one model. */
export const DOMAIN_OPTION = {
  value: 'NAME',
  complete: 'domain',
  help: "the model of this domain (bayes.domains) instead of the site's",
} as const satisfies OptionSpec

/** A command can wait for another writer; a mail could not. */
export const LOCK_TIMEOUT = 10_000

/** Lessons in one transaction: the more, the less each costs; so few that a writer beside us waits a fraction of a second. */
export const BATCH = 100

export interface StoreOptions {
  readonly config?: string | undefined
  /** `--domain`; the site's model without it. */
  readonly domain?: string | null | undefined
}

/**
 * Runs `work` with the store of the configuration, or of one of its `bayes.domains`; a busy or unusable store is exit
 * code 75: try again later.
 */
export async function withBayesStore<T>(
  { config: configFile, domain }: StoreOptions,
  work: (store: BayesStore) => Promise<T> | T,
): Promise<T> {
  const { config } = loadConfig(configFile)
  const model = checkedDomain(domain, config.bayes.domains)
  try {
    const store = openModel(config.state, model, { size: config.bayes.size, lockTimeout: LOCK_TIMEOUT })
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

/** `--domain` as the configuration has it. Throws `UsageError`. */
export function checkedDomain(domain: string | null | undefined, domains: readonly string[]): string | null {
  const known = domain?.toLowerCase() ?? null
  if (known !== null && !domains.includes(known))
    throw new UsageError(
      `--domain: ${known} is none of bayes.domains (${domains.join(', ') || 'which is empty'})`,
    )
  return known
}

/** Name of the account that runs the command. */
export function accountName(): string {
  try {
    return userInfo().username
  } catch {
    return String(process.getuid?.() ?? 'unknown')
  }
}
