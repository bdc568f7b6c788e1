/** Runs one of the MTA's programs to its end. */
import { spawnSync } from 'node:child_process'
import { codeOf } from '../fault.ts'
import { QueueError } from './queue.ts'

const TIME_LIMIT = 60_000

/** What it wrote; throws `QueueError` with its own words when it failed. */
export function runProgram(command: string, args: readonly string[], outputLimit = 64 << 20): Buffer {
  const { status, stdout, stderr, error } = spawnSync(command, args, {
    maxBuffer: outputLimit,
    timeout: TIME_LIMIT,
    stdio: ['ignore', 'pipe', 'pipe'],
    // the PATH of an ordinary user has no folders of administration, where the MTA's programs are
    env: { ...process.env, PATH: `${process.env.PATH ?? '/usr/bin:/bin'}:/usr/sbin:/sbin:/usr/local/sbin` },
  })
  const code = codeOf(error)
  if (code === 'ENOENT') throw new QueueError(`${command} was not found; is the MTA installed here?`)
  // what is over the limit was not asked for
  if (code === 'ENOBUFS') return stdout
  if (error !== undefined) throw new QueueError(`${command}: ${error.message}`)
  if (status !== 0)
    throw new QueueError(`${command}: ${stderr.toString().trim().slice(0, 300) || `exit code ${status}`}`)
  return stdout
}
