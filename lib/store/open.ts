/** The whole store of one state directory: what is remembered of clients and people, and the classifier's memory. */
import type { BayesStore } from './bayes-store.ts'
import { openState } from './state.ts'
import type { Store } from './store.ts'

export interface StoreOptions {
  /** Opens the classifier's store of a directory; whoever composes the store decides which one. */
  readonly openBayes: (directory: string) => BayesStore & { close?(): void }
}

/** Opens (and makes) everything in the directory; `:memory:` keeps all of it in memory. Throws `StoreError`. */
export function openStore(directory: string, { openBayes }: StoreOptions): Store {
  const state = openState(directory)
  try {
    const bayes = openBayes(directory)
    return {
      ...state,
      bayes,
      close() {
        bayes.close?.()
        state.close()
      },
    }
  } catch (error) {
    state.close()
    throw error
  }
}
