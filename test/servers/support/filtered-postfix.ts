/** A Postfix that asks Hamlet: what most tests with real servers begin with. */
import { afterAll, beforeAll } from '@jest/globals'
import { startHamlet, type Hamlet, type HamletOptions } from './hamlet.ts'
import { startPostfix, type Postfix, type PostfixOptions } from './postfix.ts'

export interface FilteredPostfix {
  readonly hamlet: Hamlet
  readonly postfix: Postfix
}

export interface Setup {
  readonly hamlet: HamletOptions
  readonly postfix?: Omit<PostfixOptions, 'milters'>
  /** Servers that Hamlet asks; stopped after it. */
  readonly others?: readonly { stop(): Promise<void> }[]
}

/** Programs that `describeWith` must find for it. */
export const POSTFIX_NEEDS = { programs: ['postfix', 'openssl'], root: true } as const

/** One pair for all tests of the `describe` block in which this is called. */
export function filteredPostfix(prepare: () => Setup | Promise<Setup>): FilteredPostfix {
  const ends: (() => unknown)[] = []
  let hamlet: Hamlet
  let postfix: Postfix
  beforeAll(async () => {
    const setup = await prepare()
    for (const other of setup.others ?? []) ends.unshift(() => other.stop())
    hamlet = await startHamlet(setup.hamlet)
    ends.unshift(
      () => hamlet.stop(),
      () => hamlet.remove(),
    )
    postfix = await startPostfix({ ...setup.postfix, milters: hamlet.milter })
    ends.unshift(() => postfix.stop())
  }, 120_000)
  afterAll(async () => {
    for (const end of ends) await end()
  }, 60_000)
  return {
    get hamlet() {
      return hamlet
    },
    get postfix() {
      return postfix
    },
  }
}
