/**
 * Files for bodies that find no room in memory: in `spool` below the state directory, for the owner alone, and without a
 * name as soon as they are open, so that a crash leaves nothing of anybody's mail behind.
 */
import { closeSync, mkdirSync, openSync, readdirSync, read, rmSync, unlinkSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { messageOf } from '../fault.ts'
import type { SpillFile } from '../milter/index.ts'

const readAt = promisify(read)
/** Milliseconds between two complaints. */
const COMPLAIN_EVERY = 60_000

/** Opens such files; `onFailure` is told, at most once a minute, why one could not be had or written. */
export function openSpool(state: string, onFailure: (reason: string) => void): () => SpillFile {
  const directory = join(state, 'spool')
  let made = 0
  let complained = -Infinity
  const guard = <T>(work: () => T): T => {
    try {
      return work()
    } catch (error) {
      if (performance.now() - complained >= COMPLAIN_EVERY) {
        complained = performance.now()
        onFailure(
          `there is no room in memory (milter.memory) for more mail, and none in ${directory}: ${messageOf(error)}; such mail is deferred`,
        )
      }
      throw error
    }
  }
  sweep(directory)
  return () =>
    guard(() => {
      mkdirSync(directory, { recursive: true, mode: 0o700 })
      const path = join(directory, `body-${process.pid}-${made++}`)
      const file = openSync(path, 'wx+', 0o600)
      unlinkSync(path)
      let end = 0
      return {
        append: (chunk) =>
          guard(() => {
            for (let at = 0; at < chunk.length;) {
              const written = writeSync(file, chunk, at, chunk.length - at, end)
              at += written
              end += written
            }
          }),
        async read(octets) {
          const bytes = Buffer.allocUnsafeSlow(Math.min(octets, end))
          for (let at = 0; at < bytes.length;) {
            const { bytesRead } = await readAt(file, bytes, at, bytes.length - at, at)
            if (bytesRead === 0) throw new Error('a body that was written cannot be read again')
            at += bytesRead
          }
          return bytes
        },
        close: () => closeSync(file),
      }
    })
}

/** What a daemon left that was killed between opening a file and taking its name away. */
function sweep(directory: string): void {
  try {
    for (const name of readdirSync(directory)) if (name.startsWith('body-')) rmSync(join(directory, name))
  } catch {
    // there is none yet
  }
}
