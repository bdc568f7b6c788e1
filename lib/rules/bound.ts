/**
 * Bounds what a pattern may cost: after 50,000 steps back V8 starts over with its linear engine. To be called once per
 * thread, before the first pattern is compiled; patterns with lookahead, backreferences or big counted repeats cannot
 * use it and rely on the deadline of the scan pool.
 */
import { setFlagsFromString } from 'node:v8'

export function boundBacktracking(): void {
  // Most patterns run seldom: those that V8 would begin to interpret would stay slow for many messages.
  setFlagsFromString('--no-regexp-tier-up')
  setFlagsFromString('--enable-experimental-regexp-engine-on-excessive-backtracks')
}
