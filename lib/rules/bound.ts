/**
 * Bounds what a pattern may cost: after 50,000 steps back V8 starts over with its linear engine. Patterns with
 * lookahead, backreferences or big counted repeats cannot use it and rely on the deadline of the scan pool.
 */
import { setFlagsFromString } from 'node:v8'

/** To be called before the first pattern is compiled; holds for all threads of the process. */
export function boundBacktracking(): void {
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
}
