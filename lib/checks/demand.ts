/**
 * What a check asks for beyond points: an action on the whole mail. Which demand wins against which, against allow
 * lists and against the score is decided in one place (lib/policy/precedence.ts), never by the check.
 */
export type Action =
  /** Delivered whatever the score says: a rule's author knows better. */
  | 'accept'
  | 'tag'
  /** Delivered, with the header that a sieve script files into Junk. */
  | 'junk'
  /** Held in the MTA's hold queue. */
  | 'quarantine'
  /** Recipients replaced by a quarantine mailbox. */
  | 'redirect'
  | 'defer'
  | 'reject'
  | 'discard'

export interface Demand {
  readonly action: Action
  readonly source:
    | 'allow-list'
    | 'block-list'
    | 'dmarc'
    | 'attachment'
    | 'scanner'
    | 'rule'
    | 'limit'
    | 'caller-id'
    | 'unfinished'
  /** Name of the hit that explains it. */
  readonly hit: string
  /** Words for the SMTP reply of reject and defer; the configuration's own words when absent. */
  readonly text?: string
  /** Codes for the SMTP reply of reject when 550 5.7.1 would say the wrong thing. */
  readonly codes?: { readonly code: number; readonly enhanced: string }
  /** Where `redirect` sends to; the configured quarantine mailbox when absent. */
  readonly address?: string
  /** Of rules in an order of their own, the first that hit: neither the score nor another rule changes it. */
  readonly final?: true
  /** Stands for allow-listed mail too: malware and phishing, unless the site switched that off. */
  readonly overridesAllow?: boolean
}
