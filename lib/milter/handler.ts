/**
 * What a milter application implements and what it may answer: the contract between the protocol and its user.
 *
 * There is one type per stage, so that what is not known yet cannot be asked for. The names of stages are those of
 * the SMTP dialogue, not of the C library. Every text that came from the client is an octet string: a JavaScript
 * string of which each character is one octet (0 to 255), so that nothing is lost and nothing can fail to decode.
 */

import type { MailAddress } from './mail-address.ts'

/** The SMTP client as the MTA reports it. */
export interface Client {
  /** IPv4 or IPv6 address without brackets or prefix; null for a unix-domain or unknown peer. */
  readonly address: string | null
  /** Name the MTA verified, or `[address]` / `unknown` as the MTA wrote it. */
  readonly hostname: string
  /** TCP source port, 0 when unknown; for a unix-domain peer 0. */
  readonly port: number
}

/** An envelope address as MAIL or RCPT gave it. */
export interface Path {
  /** Address without angle brackets; '' is the null sender `<>`. */
  readonly address: string
  /** ESMTP parameters, such as `SIZE=1234` or `BODY=8BITMIME`. */
  readonly parameters: readonly string[]
}

/** One header field of the message. */
export interface RawHeader {
  readonly name: string
  /** Everything after the colon: leading space kept where the MTA agreed to send it, folds as LF + white space. */
  readonly value: string
}

/** Values of the MTA's macros, by name with braces where they have any: `i`, `j`, `{auth_authen}`. */
export type Macros = ReadonlyMap<string, string>

export interface AtConnect {
  readonly client: Client
  readonly macros: Macros
}
export interface AtHelo extends AtConnect {
  readonly helo: string
}
export interface AtSender extends AtConnect {
  /** '' when the client sent no HELO. */
  readonly helo: string
  readonly sender: Path
}
export interface AtRecipient extends AtSender {
  readonly recipient: Path
}
/** A recipient that the MTA itself has refused: for information, the answer is ignored by the MTA. */
export interface AtRejectedRecipient extends AtRecipient {
  /** Enhanced status code the MTA refused with, such as `5.1.1`; '' when it gave none. */
  readonly status: string
  readonly reason: string
}
export interface AtData extends AtSender {
  readonly recipients: readonly Path[]
}
export interface AtUnknown extends AtConnect {
  /** The whole command line the MTA did not know. */
  readonly line: string
}
/** What the limits left out of a message, in numbers. */
export interface LeftOut {
  /** Header fields. */
  readonly headers: number
  /** Those among them that `keepHeader` names: there were more than the limits allow of these alone. */
  readonly keptHeaders: number
  /** Octets of the body. */
  readonly bodyOctets: number
  readonly recipients: number
}
export interface AtMessage extends AtData {
  /** The MTA's queue id; '' when it sent none. */
  readonly queueId: string
  readonly headers: readonly RawHeader[]
  /** The body as it came, CRLF line ends; at most the configured limit, see `truncated`. */
  readonly body: Uint8Array
  /** True when headers or body went over their limit and what is here is the first part; `leftOut` says of what. */
  readonly truncated: boolean
  readonly leftOut: LeftOut
  /** Size of the whole body in octets as far as it was sent, also when `body` is shorter. */
  readonly bodySize: number
}

/** Refusal text and codes. `enhanced` must start with the class of `code`; the text may have several lines. */
export interface SmtpReply {
  readonly code: number
  readonly enhanced: string
  readonly text: string
}

export type Reply =
  | { readonly kind: 'continue' }
  | { readonly kind: 'accept' }
  | { readonly kind: 'discard' }
  /** The MTA's own words for a permanent (550 5.7.1) or a passing (451 4.7.1) refusal. */
  | { readonly kind: 'reject' }
  | { readonly kind: 'tempfail' }
  | { readonly kind: 'refuse'; readonly reply: SmtpReply }
  /** 421 and hang up (SMFIR_SHUTDOWN). */
  | { readonly kind: 'shutdown' }

/** Changes of the message; the MTA takes them at the end of the message only. */
export type Edit =
  | { readonly kind: 'addHeader'; readonly name: string; readonly value: string }
  /** index 0 is the very top of the header, above the MTA's own Received. */
  | { readonly kind: 'insertHeader'; readonly index: number; readonly name: string; readonly value: string }
  /** nth counts from 1 among the headers of that name, case-insensitive. */
  | { readonly kind: 'changeHeader'; readonly nth: number; readonly name: string; readonly value: string }
  | { readonly kind: 'removeHeader'; readonly nth: number; readonly name: string }
  | { readonly kind: 'addRecipient'; readonly address: MailAddress; readonly parameters?: string }
  | { readonly kind: 'removeRecipient'; readonly address: MailAddress }
  | { readonly kind: 'changeSender'; readonly address: MailAddress; readonly parameters?: string }
  | { readonly kind: 'replaceBody'; readonly body: Uint8Array }
  | { readonly kind: 'quarantine'; readonly reason: string }

export interface MessageReply {
  readonly reply: Reply
  readonly edits: readonly Edit[]
}

type MaybePromise<T> = T | Promise<T>

/**
 * The callbacks of one connection. What the library negotiates with the MTA follows from which of them exist.
 * A callback that throws or rejects makes the MTA try again later (tempfail) and is logged; it ends nothing else.
 * While a promise is pending the library keeps the MTA waiting with SMFIR_PROGRESS. `signal` is aborted when the MTA
 * goes away or a time-out passes, also for what a callback that has answered already left running.
 */
export interface MilterHandler {
  connect?(input: AtConnect, signal: AbortSignal): MaybePromise<Reply>
  helo?(input: AtHelo, signal: AbortSignal): MaybePromise<Reply>
  sender?(input: AtSender, signal: AbortSignal): MaybePromise<Reply>
  recipient?(input: AtRecipient, signal: AbortSignal): MaybePromise<Reply>
  rejectedRecipient?(input: AtRejectedRecipient): MaybePromise<void>
  data?(input: AtData, signal: AbortSignal): MaybePromise<Reply>
  /** An SMTP command the MTA does not know; Postfix honours a 4xx answer only. */
  unknown?(input: AtUnknown, signal: AbortSignal): MaybePromise<Reply>
  /** Single headers and chunks, for those who decide early; the message is collected all the same. */
  header?(header: RawHeader, signal: AbortSignal): MaybePromise<Reply>
  endOfHeaders?(signal: AbortSignal): MaybePromise<Reply>
  /** 'skip' asks the MTA for no more chunks; what was not sent is then missing in `message` too. */
  body?(chunk: Uint8Array, signal: AbortSignal): MaybePromise<Reply | { readonly kind: 'skip' }>
  message?(input: AtMessage, signal: AbortSignal): MaybePromise<MessageReply>
  /** The transaction ended without a message: RSET, a second MAIL, a client that left. Not called after `message`. */
  aborted?(): void
  /** The SMTP session is over; called exactly once, whatever ended it. */
  closed?(): void
}

/** Makes the handler of one SMTP session; called once per connection (and again after SMFIC_QUIT_NC). */
export type MilterFactory = () => MilterHandler
