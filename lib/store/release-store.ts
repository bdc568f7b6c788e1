/** Mails an administrator has given free, which must not be judged again. */
export interface ReleaseStore {
  add(key: string, expires: number): void
  /** Whether there is any at all: most of the time there is none, and working out a key costs a look at the whole mail. */
  any(now: number): boolean
  has(key: string, now: number): boolean
  expire(now: number, limit: number): number
}
