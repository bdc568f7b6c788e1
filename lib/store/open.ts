/**
 * Opens what Hamlet remembers. A store that cannot be opened does not keep mail from flowing: it is replaced by one of
 * which every use fails with the reason, so that each check that asks it says `unavailable` in the verdict.
 */
import { messageOf } from '../fault.ts'
import { openBayesStore, type BayesOptions } from './bayes-sqlite.ts'
import { createSessionStore } from './session-store.ts'
import { openState } from './state.ts'
import type { Store } from './store.ts'

export interface OpenedStores {
  readonly store: Store
  /** What could not be opened, one sentence each. */
  readonly problems: readonly string[]
}

/** Opens (and makes) the databases of a state directory; `:memory:` keeps everything in memory. Never throws. */
export function openStores(directory: string, bayesOptions: BayesOptions = {}): OpenedStores {
  const problems: string[] = []
  const attempt = <T extends object>(open: () => T): T => {
    try {
      return open()
    } catch (error) {
      const reason = messageOf(error)
      problems.push(reason)
      return failing<T>(reason)
    }
  }
  const state = attempt(() => openState(directory))
  const bayes = attempt(() => openBayesStore(directory, bayesOptions))
  const store: Store = {
    counters: state.counters,
    blocks: state.blocks,
    greylist: state.greylist,
    correspondents: state.correspondents,
    reputation: state.reputation,
    senderLists: state.senderLists,
    releases: state.releases,
    listStatus: state.listStatus,
    // in memory: they go on when the file cannot be had
    sessions: createSessionStore(),
    bayes,
    close: () => {
      for (const part of [state, bayes])
        try {
          part.close()
        } catch {
          // it was never open
        }
    },
  }
  return { store, problems }
}

/** An object of which every property is again such an object, and every call throws the reason. */
function failing<T extends object>(reason: string): T {
  const fail = () => {
    throw new Error(reason)
  }
  const proxy: T = new Proxy(fail as unknown as T, {
    get: (_target, name) => (name === 'then' ? undefined : proxy),
    apply: fail,
  })
  return proxy
}
