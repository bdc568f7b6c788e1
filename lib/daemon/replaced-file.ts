/**
 * Notices that a database file was deleted or replaced under the running daemon: the reset that administrators know is
 * to delete the file. A process that has it open goes on with the old content, so somebody must tell it.
 */
import { statSync } from 'node:fs'

export interface ReplacedFile {
  /** True once after the file was deleted or another one stands in its place; a file that is new is no news. */
  changed(): boolean
}

export function watchReplaced(path: string): ReplacedFile {
  let known = identity(path)
  return {
    changed() {
      const now = identity(path)
      const changed = known !== null && now !== known
      known = now
      return changed
    },
  }
}

function identity(path: string): string | null {
  const found = statSync(path, { throwIfNoEntry: false })
  return found === undefined ? null : `${found.dev}:${found.ino}`
}
