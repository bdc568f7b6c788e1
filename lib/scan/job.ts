/** What goes to a scan worker and what comes back: plain data that survives structured cloning. */
import type { Autolearned } from '../checks/autolearn.ts'
import type { CheckResult, ScoredHit, Session } from '../checks/check.ts'
import type { Demand } from '../checks/demand.ts'
import type { AuthFacts } from '../auth/facts.ts'
import type { Edit, Path, RawHeader } from '../milter/handler.ts'
import type { ClassifierState } from '../policy/verdict.ts'
import type { Markup } from '../rules/markup.ts'
import type { Layer } from './layers.ts'

export type { Markup }

export interface ScanJob {
  readonly session: Session
  readonly helo: string
  readonly user: string | null
  readonly sender: Path
  readonly recipients: readonly Path[]
  readonly queueId: string
  /** What the headers and the journal name. */
  readonly reference: string
  readonly headers: readonly RawHeader[]
  readonly body: Uint8Array
  readonly truncated: boolean
  readonly bodySize: number
  /** What the checks of the earlier stages found, in list order. */
  readonly earlier: ReadonlyMap<string, CheckResult>
  /** Milliseconds that the earlier stages waited for the DNS, of those that a mail may. */
  readonly dnsSpent?: number
}

export interface Unavailable {
  readonly check: string
  readonly reason: string
}

/** Identifying headers of the mail, for the log and the record; control characters removed, at most 300 octets each. */
export interface About {
  readonly messageId: string
  readonly from: string
  readonly subject: string
}

export interface ScanResult {
  /** Everything that hit, SMTP-time checks first, in list order, each with what it is worth. */
  readonly hits: readonly ScoredHit[]
  readonly unavailable: readonly Unavailable[]
  /** Actions that checks and rules ask for besides points. */
  readonly demands: readonly Demand[]
  /** What checks want changed in the mail besides headers of the verdict (a stripped attachment). */
  readonly edits: readonly Edit[]
  /** All results, earlier and new, for recorders and Authentication-Results. */
  readonly results: ReadonlyMap<string, CheckResult>
  readonly auth: AuthFacts
  /** Descriptions of the hits that have one, for the report. */
  readonly descriptions: ReadonlyMap<string, string>
  /** What rule files want written into the mail; absent where they ask for nothing. */
  readonly markup?: Markup | undefined
  /** Whether the classifier learned from this mail by itself. */
  readonly autolearn?: Autolearned
  /** The same and the state of its training, in the words of headers and journal. */
  readonly classifier?: ClassifierState
  /** Layers that were not finished within the budget of the mail; absent for one that was judged whole. */
  readonly unfinished?: readonly Layer[]
  /** Milliseconds each part took: parse, the checks by name, rules. */
  readonly times: Readonly<Record<string, number>>
}

/** What of a mail could not be judged within its budget, and why. */
export interface Unfinished {
  readonly layers: readonly Layer[]
  readonly reason: string
}

/** What became of a mail sent to the scan pool. `ended`: how many workers had to be ended for it. */
export type ScanOutcome =
  | {
      readonly kind: 'judged'
      readonly result: ScanResult
      readonly ended: number
      /** Absent for a mail that was judged whole. */
      readonly unfinished?: Unfinished
    }
  /** Given up: what its checks had found, and the rules that had hit. */
  | {
      readonly kind: 'incomplete'
      readonly ended: number
      readonly unfinished: Unfinished
      readonly results: ReadonlyMap<string, CheckResult>
      readonly rules: readonly string[]
    }
  /** Not taken at all, or never looked at: the MTA keeps it. */
  | { readonly kind: 'busy'; readonly reason: string }
