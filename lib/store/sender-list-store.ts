/** Senders that the administrator allows or blocks by command, besides those in the configuration. */
export type ListKind = 'allow' | 'block'

export interface ListedSender {
  readonly kind: ListKind
  /** `name@example.org`, `@example.org` for a domain and everything below it; lower case. */
  readonly sender: string
  /** Recipient domain or address it is for, lower case; '' for all. */
  readonly recipient: string
  /**
   * What must prove that a mail is theirs (allow only): `aligned` = SPF or DKIM of the sender's own domain,
   * `dkim:example.org`, `spf:example.org`, `group:NAME`, `net:192.0.2.0/24`, or `unproven` = nothing.
   */
  readonly proof: string
  readonly note: string
  readonly added: number
  /** 0 = never. */
  readonly expires: number
  /** When it last matched; 0 = never. */
  readonly used: number
}

export interface SenderListStore {
  /** Adds or replaces the entry of this kind, sender and recipient. */
  put(entry: Omit<ListedSender, 'used'>): void
  /** Entries for any of these senders (an address, and the domains it lies below) that have not expired. */
  find(senders: readonly string[], now: number): readonly ListedSender[]
  list(kind: ListKind | null, now: number): readonly ListedSender[]
  /** Returns whether there was one. */
  remove(kind: ListKind, sender: string, recipient: string): boolean
  used(entry: Pick<ListedSender, 'kind' | 'sender' | 'recipient'>, now: number): void
  expire(now: number, limit: number): number
}
