/** Mails an administrator has given free, which must not be judged again. */
export interface ReleaseStore {
  add(key: string, expires: number): void
  has(key: string, now: number): boolean
  expire(now: number, limit: number): number
}
