/**
 * Opens what Hamlet remembers. A store that cannot be opened does not keep mail from flowing: it is replaced by one of
 * which every use fails with the reason, so that each check that asks it says `unavailable` in the verdict.
 */
import { messageOf } from '../fault.ts'
import { join } from 'node:path'
import { BAYES_FILE, openBayesStore, type BayesOptions } from './bayes-sqlite.ts'
import { isDamaged, moveAside } from './database.ts'
import { openState, type StateOptions, type StateStore } from './state.ts'
import type { Store } from './store.ts'

export interface OpenedStores {
  readonly store: Store & Pick<StateStore, 'settle'>
  /** What could not be opened, one sentence each. */
  readonly problems: readonly string[]
}

/**
 * Opens (and makes) the databases of a state directory; `:memory:` keeps everything in memory. Never throws. `options`:
 * for the daemon, which owns the files.
 */
export function openStores(
  directory: string,
  bayesOptions: BayesOptions = {},
  options: StateOptions = {},
): OpenedStores {
  const problems: string[] = []
  let opening = true
  const state = openState(directory, {
    ...options,
    patient: true,
    say: (severity, text) => {
      if (opening) problems.push(text)
      else options.say?.(severity, text)
    },
  })
  opening = false
  const bayes = openBayes(directory, bayesOptions, options.owner === true, problems)
  const store: OpenedStores['store'] = {
    ...state,
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

/** A classifier without its memory is one that has learned nothing: the owner moves a damaged file aside. */
function openBayes(
  directory: string,
  options: BayesOptions,
  owner: boolean,
  problems: string[],
): Store['bayes'] {
  try {
    return openBayesStore(directory, options)
  } catch (error) {
    problems.push(messageOf(error))
    if (owner && isDamaged(error))
      try {
        const aside = moveAside(join(directory, BAYES_FILE), new Date())
        const anew = openBayesStore(directory, options)
        problems.push(`what the classifier had learned is now in ${aside ?? 'no file'}; it begins anew`)
        return anew
      } catch (fault) {
        problems.push(messageOf(fault))
      }
    return failing(messageOf(error))
  }
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
