/** The record of decisions: what was decided about which mail, on what grounds. */

export interface Decision {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** What the SMTP reply, the headers and the journal name. */
  readonly reference: string
  /** '' when the MTA had given none. */
  readonly queueId: string
  readonly client: string
  readonly clientName: string
  readonly helo: string
  /** '' when nobody logged in. */
  readonly user: string
  readonly sender: string
  readonly recipients: readonly string[]
  /** deliver, tag, quarantine, redirect, discard, reject, defer; `pass` for mail that was not judged. */
  readonly verdict: string
  readonly why: string
  readonly score: number
  /** null when tagging is off, or no message was seen. */
  readonly required: number | null
  readonly hits: readonly { readonly name: string; readonly score: number; readonly detail?: string }[]
  readonly unavailable: readonly { readonly check: string; readonly reason: string }[]
  /** What was taken out of the mail, and what was sent because of it; absent where nothing was. */
  readonly removed?: readonly { readonly name: string; readonly hit: string }[]
  readonly sent?: readonly { readonly what: string; readonly to: string; readonly outcome: string }[]
  readonly unfinished?: readonly string[]
  /** Why checks of the client were not made: `private-client`. */
  readonly skipped?: string
  readonly messageId: string
  readonly from: string
  readonly subject: string
}

export interface HistoryQuery {
  /** Reference, queue id, Message-ID (brackets or not), address, domain (`@domain`) or client address. */
  readonly word: string
  /** Nothing older, in milliseconds since the epoch. */
  readonly since: number
  readonly limit: number
}

export interface HistoryStore {
  /** Adds decisions in one transaction. */
  add(decisions: readonly Decision[]): void
  /** The newest first. */
  find(query: HistoryQuery): readonly Decision[]
  /** The newest decisions, the newest first. */
  latest(limit: number): readonly Decision[]
  /**
   * Drops what is older than `before`, and the oldest beyond `most`; at most `limit` rows. Returns rows dropped. What was
   * written while the clock was ahead (later than `future`) goes when what was written after it does.
   */
  expire(before: number, most: number, limit: number, future?: number): number
  /** Gives room that became free back to the file system, a little at a time; true when there is more. */
  shrink(): boolean
  close(): void
}
