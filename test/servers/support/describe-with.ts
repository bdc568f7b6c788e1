/**
 * Tests that need real servers. One whose server is missing says so and is not run; with HAMLET_REQUIRE_SERVERS=1,
 * which the continuous integration sets, it fails instead.
 */
import { describe, it } from '@jest/globals'
import { findProgram } from './programs.ts'

const REQUIRED = process.env['HAMLET_REQUIRE_SERVERS'] === '1'

export interface Needs {
  readonly programs: readonly string[]
  readonly root?: boolean
  /** Something that is not a program on the path. */
  readonly other?: { readonly name: string; readonly isThere: () => boolean }
}

/** `describe` for tests that need programs (and root, where the server asks for it). */
export function describeWith(title: string, needs: Needs, tests: () => void): void {
  const missing = needs.programs.filter((name) => findProgram(name) === null)
  if (needs.root === true && process.getuid?.() !== 0) missing.push('root')
  if (needs.other?.isThere() === false) missing.push(needs.other.name)
  if (missing.length === 0)
    describe(title, () => {
      tests()
    })
  else if (REQUIRED)
    describe(title, () => {
      it('has its servers', () => {
        throw new Error(`missing: ${missing.join(', ')}`)
      })
    })
  else
    describe(title, () => {
      it.todo(`is not run: ${missing.join(', ')} missing`)
    })
}
