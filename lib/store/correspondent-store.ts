/** People to whom our own users have written. */
export interface Correspondent {
  readonly address: string
  /** When one of us first and last wrote to them. */
  readonly first: number
  readonly last: number
  /** How many mails went to them. */
  readonly mails: number
  /** The identity that first authenticated a mail from them, such as `dkim:example.org`; null until then. */
  readonly identity: string | null
}

export interface CorrespondentStore {
  /** One of our users has written to these addresses (lower case, no more than the caller's limit). */
  wrote(addresses: readonly string[], now: number): void
  /** The person, if written to within the last `keepMs`; not when that was in the future. */
  find(address: string, now: number, keepMs: number): Correspondent | null
  /** Binds a person to the identity that authenticated; the first one stays. */
  bind(address: string, identity: string): void
  forget(address: string): boolean
  /** Drops those not written to since `before`, and the oldest that are too many; at most `limit` rows. */
  expire(before: number, limit: number, now?: number): number
}
