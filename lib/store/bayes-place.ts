/** Where the models are: the site's in bayes.sqlite, that of a domain with a model of its own in bayes-domains/. */
import { join } from 'node:path'
import { BAYES_FILE, openBayesStore } from './bayes-sqlite.ts'
import type { BayesOptions } from './bayes-sqlite.ts'
import type { BayesStore } from './bayes-store.ts'

/** Path of a model; `domain` null is the site. The name of a domain has been checked by the configuration. */
export function bayesPlace(directory: string, domain: string | null): string {
  if (domain === null || directory === ':memory:')
    return directory === ':memory:' ? directory : join(directory, BAYES_FILE)
  return join(directory, 'bayes-domains', `${domain}.sqlite`)
}

/**
 * Opens a model. A file can hold several, each row naming its own; a domain's has one of its own all the same: so it has
 * its own limit of size and its own writer, and is deleted or moved to another machine by itself. Throws `StoreError`.
 */
export function openModel(
  directory: string,
  domain: string | null,
  options: Omit<BayesOptions, 'scope'>,
): BayesStore {
  return openBayesStore(bayesPlace(directory, domain), { ...options, scope: domain ?? '' })
}

/** The one of these domains in which all addresses are; null when there is none, which means the site. */
export function modelDomain(addresses: readonly string[], domains: readonly string[]): string | null {
  const found = new Set(addresses.map((address) => address.slice(address.lastIndexOf('@') + 1).toLowerCase()))
  const [only] = found
  return found.size === 1 && only !== undefined && domains.includes(only) ? only : null
}
