/** Milliseconds for which a release counts: a mail that was held is sent on within days. */
export const RELEASE_KEPT = 7 * 86_400_000

/**
 * Mails an administrator has given free, which must not be judged again. One that would end later than `RELEASE_KEPT`
 * from now was written while the clock was ahead, and does not count.
 */
export interface ReleaseStore {
  add(key: string, expires: number): void
  /** Whether there is any at all: most of the time there is none, and working out a key costs a look at the whole mail. */
  any(now: number): boolean
  has(key: string, now: number): boolean
  expire(now: number, limit: number): number
}
