/**
 * Bounds what a pattern may cost: after 50,000 steps back V8 starts over with its linear engine. Patterns with
 * lookahead, backreferences or big counted repeats cannot use it and rely on the deadline of the scan pool.
 */
import { setFlagsFromString } from 'node:v8'

let bounded = false

/**
 * Sets V8's flags for the process. To be called on the main thread before any other is started: the flags hold for
 * all threads at once, and a thread that is just compiling a pattern when they change crashes the process.
 */
export function boundBacktracking(): void {
  if (bounded) return
  bounded = true
  // Most patterns run seldom: those that V8 would begin to interpret would stay slow for many messages.
  setFlagsFromString('--no-regexp-tier-up')
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
}
