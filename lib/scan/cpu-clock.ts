/**
 * How much CPU time a thread of this process has used, seen from another thread. Budgets of mail are kept in CPU time,
 * because on a busy machine the wall clock runs on while nothing is done for the mail.
 */
import { readFileSync, readlinkSync } from 'node:fs'

/** A thread of this process, by its number in the kernel; null where the system has no such files. */
export function ownThread(): number | null {
  try {
    const id = Number(readlinkSync('/proc/thread-self').split('/').at(-1))
    return Number.isInteger(id) ? id : null
  } catch {
    return null
  }
}

/** Milliseconds of CPU time of the calling thread. */
export function ownCpu(): number {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1000
}

/** Milliseconds of CPU time of a thread; null when it is gone or the system does not say. Linux: proc(5), schedstat. */
export function cpuOf(thread: number): number | null {
  try {
    const nanoseconds = Number(readFileSync(`/proc/self/task/${thread}/schedstat`, 'latin1').split(' ')[0])
    return Number.isFinite(nanoseconds) ? nanoseconds / 1e6 : null
  } catch {
    return null
  }
}
