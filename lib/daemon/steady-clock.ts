/**
 * Whether the machine's clock can be believed enough to drop what has outlived its time. A clock that jumps (no battery,
 * a restored machine, NTP not there yet) would otherwise empty every store in some minutes, a year too early.
 */

/** A jump is larger than what NTP corrects by slewing. */
const JUMP = 60_000

export interface SteadyClock {
  /** Looks at both clocks; true when neither has jumped against the other for the whole `calm`. */
  steady(): boolean
}

/** `wall` and `monotonic` in milliseconds; `calm`: for so long there must have been no jump. */
export function watchClock(wall: () => number, monotonic: () => number, calm: number): SteadyClock {
  let offset = wall() - monotonic()
  let since = monotonic()
  return {
    steady() {
      const now = monotonic()
      const found = wall() - now
      if (Math.abs(found - offset) > JUMP) since = now
      offset = found
      return now - since >= calm
    },
  }
}
