/**
 * Which model a mail is judged by and which one learns from it: that of the domain of all its recipients where the
 * configuration gives that domain one, else the site's. A domain's model is taught from its first mail on, and takes
 * over the judging when it has learned enough.
 */
import { missing } from '../bayes/classify.ts'
import type { Config } from '../config/schema.ts'
import type { Path } from '../milter/handler.ts'
import { modelDomain, openModel } from '../store/bayes-place.ts'
import type { BayesStore } from '../store/bayes-store.ts'
import type { Store } from '../store/store.ts'

export interface Models {
  readonly judging: Store
  readonly teaching: Store
  /** Whose model is taught; null for the site's. */
  readonly domain: string | null
}

export function createModels({ state, bayes }: Config, site: Store): (recipients: readonly Path[]) => Models {
  const opened = new Map<string, Store>()
  const open = (domain: string): Store => {
    const known = opened.get(domain)
    if (known !== undefined) return known
    try {
      const model = openModel(state, domain, { size: bayes.size })
      const store = { ...site, bayes: model }
      opened.set(domain, store)
      return store
    } catch (error) {
      // said by whoever uses it, and tried again with the next mail
      return withoutModel(site, error)
    }
  }
  return (recipients) => {
    const addresses = recipients.map(({ address }) => address)
    const domain = bayes.enabled ? modelDomain(addresses, bayes.domains) : null
    if (domain === null) return { judging: site, teaching: site, domain }
    const teaching = open(domain)
    return { judging: isTrained(teaching) ? teaching : site, teaching, domain }
  }
}

/** A model that cannot be read is not passed over: the check says so. */
function isTrained(store: Store): boolean {
  try {
    return missing(store.bayes.totals()) === null
  } catch {
    return true
  }
}

function withoutModel(site: Store, error: unknown): Store {
  return {
    ...site,
    get bayes(): BayesStore {
      throw error
    },
  }
}
