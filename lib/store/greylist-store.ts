/** What greylisting remembers: when something was first tried, whether it came back, and who has behaved for long. */
export interface Sighting {
  /** When this key was first tried. */
  readonly first: number
  /** When it first came back after the delay; null as long as it has not. */
  readonly passed: number | null
}

export interface GreylistStore {
  /**
   * What is known of a key, which is remembered from now on when it is new. A key that was not seen for `keepMs` is
   * new; one that never passed is new after `windowMs`; so is one of the future (the clock was ahead for a while).
   */
  sight(key: string, now: number, windowMs: number, keepMs: number): Sighting
  /** The key came back in time. */
  pass(key: string, now: number): void
  /** One more good mail of a source; returns how many there are now. */
  credit(source: string, now: number): number
  /** Good mails of a source that was heard of within `keepMs`. */
  credits(source: string, now: number, keepMs: number): number
  /** A bad mail: the source starts from nothing. */
  discredit(source: string): void
  /**
   * Drops what was not seen since `before`, and what is too much: of the future as seen from `now` first, then the
   * oldest; at most `limit` rows. Returns rows dropped.
   */
  expire(before: number, limit: number, now?: number): number
}
