/**
 * A classifier's file that is damaged while the daemon runs: the workers, who read it, can only say so in the mail's
 * outcome. Here that is noticed, and the daemon, who owns the file, moves it aside; the workers are started anew.
 */
import { basename, dirname, join } from 'node:path'
import type { Outcome, Recorder } from '../checks/check.ts'
import { messageOf } from '../fault.ts'
import type { Log } from '../log.ts'
import { damagedFile, moveAside } from '../store/database.ts'

export interface DamagedModel {
  readonly recorder: Recorder
  /** Moves aside what was found damaged since; true when there was any. */
  moveAside(): boolean
}

/** `state`: the state directory; files elsewhere are left alone. */
export function watchModels(state: string, log: Log): DamagedModel {
  const found = new Set<string>()
  const ours = (path: string) =>
    [state, join(state, 'bayes-domains')].includes(dirname(path)) && basename(path).endsWith('.sqlite')
  return {
    recorder: {
      name: 'damaged models',
      record({ unavailable }: Outcome) {
        for (const { check, reason } of unavailable) {
          const path = check === 'bayes' ? damagedFile(reason) : null
          if (path !== null && ours(path)) found.add(path)
        }
      },
    },
    moveAside() {
      const paths = [...found]
      found.clear()
      for (const path of paths)
        try {
          const aside = moveAside(path, new Date())
          if (aside !== null)
            log.error(`${path} is damaged: it is now ${aside}, and the classifier begins a new one`)
        } catch (error) {
          log.error(`${path} is damaged and cannot be moved aside: ${messageOf(error)}`)
        }
      return paths.length > 0
    },
  }
}
