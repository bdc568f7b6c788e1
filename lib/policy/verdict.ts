/** The words in which a decision is said. */
import type { ScoredHit } from '../checks/check.ts'
import type { SmtpReply } from '../milter/handler.ts'
import type { Unavailable } from '../scan/job.ts'

/** A file that was taken out of a mail, and the rule that wanted it. */
export interface Removed {
  readonly name: string
  readonly hit: string
}

/** A mail of our own about a mail, and what became of it. */
export interface Sent {
  /** The untouched original, a notice to the sender, a copy of refused mail. */
  readonly what: 'original' | 'notice' | 'copy'
  readonly to: string
  /** `sent`, or why not. */
  readonly outcome: string
  /** It was to be handed over, and was not. */
  readonly failed?: true
}

export interface Report {
  /** Sum of the hits' scores, exact to a thousandth. */
  readonly score: number
  /** The score from which mail is tagged; null when tagging is off. */
  readonly required: number | null
  readonly hits: readonly ScoredHit[]
  readonly unavailable: readonly Unavailable[]
  readonly classifier?: ClassifierState
  /** What could not be judged within the budget of the mail, by its layers. */
  readonly unfinished?: readonly string[]
  /** Why checks of the client were not made: `private-client`, `no-client` (a mail in a file). */
  readonly skipped?: string
  /** What was taken out of the mail that goes on. */
  readonly removed?: readonly Removed[]
  /** What was sent because of it. */
  readonly sent?: readonly Sent[]
}

/** What the classifier did with the mail, and how far it is trained. */
export interface ClassifierState {
  /** SpamAssassin's word: ham, spam, no, disabled, unavailable; and `stopped`, by its brake. */
  readonly autolearn: string
  /** What it has yet to learn, as one word (`140-ham`); null when nothing, or when it was not asked. */
  readonly needs: string | null
}

export type Verdict =
  | { readonly kind: 'deliver' | 'discard'; readonly report: Report; readonly why: string }
  /** `junk`: also named for the recipient's junk folder. */
  | { readonly kind: 'tag'; readonly report: Report; readonly why: string; readonly junk: boolean }
  | { readonly kind: 'quarantine'; readonly report: Report; readonly why: string }
  | { readonly kind: 'redirect'; readonly report: Report; readonly why: string; readonly to: string }
  | {
      readonly kind: 'reject' | 'defer'
      readonly report: Report
      readonly why: string
      readonly reply: SmtpReply
    }
