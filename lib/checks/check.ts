/**
 * The one interface behind which every check stands: what it is given, what it may answer.
 *
 * A check says what it saw (`Hit`); what that is worth is said in one place, the `score` lines of the rule files (and
 * the per-list scores of the configuration, which travel in `Hit.score`). A check file is `run`, a few lines of
 * asking, then an exported pure `judge` that is tested by table. A check knows other checks by name and result only.
 */
import type { Config } from '../config/schema.ts'
import type { Message } from '../mail/message.ts'
import type { Client, Edit, Macros, Path, RawHeader, SmtpReply } from '../milter/handler.ts'
import type { Circuits } from '../net/circuits.ts'
import type { Dns } from '../net/dns.ts'
import type { ListService } from '../net/list-service.ts'
import type { Store } from '../store/store.ts'
import type { Demand } from './demand.ts'
import type { CheckFacts } from './facts.ts'

/** SpamAssassin's "test", rspamd's "symbol". */
export interface Hit {
  /** Upper case, digits and underscore: SPF_FAIL. */
  readonly name: string
  /** Evidence in readable words, for the log, the report and `why`; never trusted to be free of control characters. */
  readonly detail?: string
  /** Points given by the configuration instead of a `score` line (DNS lists, custom lists). */
  readonly score?: number
}

export interface ScoredHit extends Hit {
  readonly score: number
}

export type CheckResult =
  | {
      readonly kind: 'hits'
      readonly hits: readonly Hit[]
      readonly facts?: CheckFacts
      /** Actions asked for besides points; the policy weighs them against lists and score. */
      readonly demands?: readonly Demand[]
      /** Changes of the mail besides the verdict's headers; only message checks give any. */
      readonly edits?: readonly Edit[]
      /**
       * Why the check asked nothing, in a few words (`the client is in the group private`). What it would have found is
       * unknown, for the checks that look at it, too: neither found nor failed.
       */
      readonly notAsked?: string
    }
  /** The stage (or, for connect and helo, the recipients to come) is refused. Code 421 also ends the connection. */
  | { readonly kind: 'refuse'; readonly hit: Hit; readonly reply: SmtpReply }
  /** Could not be found out; never the same as "clean". `hits` may carry what was found out all the same. */
  | {
      readonly kind: 'unavailable'
      readonly reason: string
      readonly hits?: readonly Hit[]
      readonly facts?: CheckFacts
      readonly demands?: readonly Demand[]
      /** Changes of the mail besides the verdict's headers; only message checks give any. */
      readonly edits?: readonly Edit[]
    }

export const CLEAN: CheckResult = Object.freeze({ kind: 'hits', hits: Object.freeze([]) })

/** The result of a check that asked nothing. */
export const notAsked = (reason: string): CheckResult => ({ kind: 'hits', hits: [], notAsked: reason })

/** What a check would have found, and did not. */
export interface Unknown {
  /** It asked, and nobody answered. */
  readonly asked: boolean
  readonly reason: string
}

/** Why what a check would have found is unknown; null when it found it out. `undefined` is a check that did not run. */
export function unknownOf(result: CheckResult | undefined): Unknown | null {
  if (result === undefined) return { asked: false, reason: 'switched off for this mail' }
  if (result.kind === 'unavailable') return { asked: true, reason: result.reason }
  return result.kind === 'hits' && result.notAsked !== undefined
    ? { asked: false, reason: result.notAsked }
    : null
}

/** An envelope address in characters. */
export interface EnvelopePath extends Path {
  /** The octets by which the MTA knows it; absent where the address is ASCII, or no MTA said it. */
  readonly raw?: string
}

/** What is known of an SMTP session from its start. */
export interface Session {
  /** Our own id, from CONNECT on; in every log line and reply of this session. */
  readonly id: string
  readonly startedAt: number
  readonly client: Client
  readonly macros: Macros
  /** Names of all IP groups that contain the client. */
  readonly groups: ReadonlySet<string>
  /** In the group named by `trusted_group` (by default `trusted`). */
  readonly trusted: boolean
}
export interface HeloInput extends Session {
  readonly helo: string
}
export interface SenderInput extends HeloInput {
  readonly sender: Path
  /** Login name of an authenticated user, else null. */
  readonly user: string | null
}
export interface RecipientInput extends SenderInput {
  readonly recipient: Path
  /** Recipients accepted so far in this transaction, without this one. */
  readonly recipients: readonly Path[]
}
export interface RejectedRecipientInput extends RecipientInput {
  readonly status: string
  readonly reason: string
}
export interface UnknownCommandInput extends Session {
  readonly line: string
}
export interface DataInput extends SenderInput {
  readonly recipients: readonly Path[]
}
export interface MessageInput extends DataInput {
  readonly queueId: string
  readonly headers: readonly RawHeader[]
  readonly body: Uint8Array
  readonly truncated: boolean
  readonly bodySize: number
  readonly message: Message
  /** The same with `scan.limit` octets of its text, the same object for a mail that is not larger: for whatever looks at text. */
  readonly head: Message
}

export interface InputAt {
  readonly connect: Session
  readonly helo: HeloInput
  readonly sender: SenderInput
  readonly recipient: RecipientInput
  readonly rejectedRecipient: RejectedRecipientInput
  readonly unknown: UnknownCommandInput
  readonly data: DataInput
  /** Runs in the scan pool, never on the thread that talks to the MTA. */
  readonly message: MessageInput
}
export type CheckStage = keyof InputAt

export interface Context {
  readonly config: Config
  readonly dns: Dns
  /** The keeper of the DNS lists: own resolvers, suspended lists. Without one, lists are asked by `dns` and believed. */
  readonly dnsLists?: ListService
  /** What all threads know of outside services that fail; absent where only one looks. */
  readonly circuits?: Circuits
  readonly store: Store
  /** Milliseconds since the epoch; the clock is passed in. */
  readonly now: () => number
  readonly signal: AbortSignal
  /** What each hit is worth, as the rules say; absent where no rules are loaded. */
  readonly scores?: ReadonlyMap<string, number>
  /** Says something that the administrator must not overlook: a stolen account, a client that was shut out. */
  readonly alert?: (text: string) => void
  /** Results of checks that have finished in this session and transaction, by check name. */
  readonly results: ReadonlyMap<string, CheckResult>
}

export interface Check<S extends CheckStage = CheckStage> {
  readonly name: string
  /** When it is started. */
  readonly stage: S
  /** When its result must be there: later than `stage` for lookups that must not hold the client. Default: `stage`. */
  readonly join?: CheckStage
  /** Names of checks of the same stage whose results it needs. */
  readonly after?: readonly string[]
  /** False: not run for trusted clients and authenticated users (the default). */
  readonly judgesOwn?: boolean
  /** Counts, delays or remembers clients: makes no sense for a mail in a file that nobody is sending now. */
  readonly liveOnly?: boolean
  /** Does nothing but ask the network: not run where nothing outside may be asked. */
  readonly asksNetwork?: boolean
  /** Milliseconds it may take beyond the stage's deadline: for checks whose very purpose is to let the client wait. */
  patience?(config: Config): number
  /** Whether this configuration wants it at all. */
  enabled(config: Config): boolean
  run(input: InputAt[S], context: Context): Promise<CheckResult>
}

/** What became of a message or of a refused stage; given to recorders after the answer to the MTA is decided. */
export interface Outcome {
  readonly session: Session
  readonly helo: string
  readonly user: string | null
  readonly sender: string | null
  readonly recipients: readonly string[]
  readonly queueId: string
  /** What the client was told and the journal names. */
  readonly reference: string
  readonly verdict: VerdictKind
  /** False for mail that was let through without being judged. */
  readonly judged: boolean
  readonly why: string
  readonly score: number
  /** The tag threshold; null when there is none, or no message was seen. */
  readonly required: number | null
  readonly unavailable: readonly { readonly check: string; readonly reason: string }[]
  readonly hits: readonly ScoredHit[]
  readonly results: ReadonlyMap<string, CheckResult>
  /** Why checks of the client were not made. */
  readonly skipped?: string
  /** Layers that could not be finished. */
  readonly unfinished?: readonly string[]
  /** What was taken out of the mail, and what was sent because of it: an original, a notice, a copy. */
  readonly removed?: readonly { readonly name: string; readonly hit: string }[]
  readonly sent?: readonly { readonly what: string; readonly to: string; readonly outcome: string }[]
  /** Address in From:, Message-ID and so on, as far as a message was seen; octets of UTF-8, control characters removed. */
  readonly message: { readonly messageId: string; readonly from: string; readonly subject: string } | null
}
export type VerdictKind = 'deliver' | 'tag' | 'quarantine' | 'redirect' | 'discard' | 'reject' | 'defer'

/** Remembers what happened (known correspondents, greylist auto-allow, reputation, history). Must not throw. */
export interface Recorder {
  readonly name: string
  record(outcome: Outcome, context: Omit<Context, 'signal' | 'results'>): void | Promise<void>
  /** The SMTP session is over, whatever ended it; called exactly once per session. */
  closed?(session: Session, context: Omit<Context, 'signal' | 'results'>): void
}
