/** The relays a mail passed, from its Received headers, and how far they can be trusted. */
import type { Message } from './message.ts'
import type { Octets } from './octets.ts'

/** One relay: SpamAssassin's `[ ip= rdns= helo= by= ident= envfrom= intl= id= auth= msa= ]`. */
export interface Relay {
  readonly ip: string
  readonly rdns: Octets
  readonly helo: Octets
  readonly by: Octets
  readonly ident: Octets
  /** Undefined when the header names none; '' is the null sender. */
  readonly envfrom: Octets | undefined
  readonly id: Octets
  /** How the client authenticated, '' when it did not. */
  readonly auth: Octets
  /** The address is in a private or reserved range. */
  readonly private: boolean
  /** No name was looked up by the MTA that wrote the header (as opposed to: there is none). */
  readonly noReverseDns: boolean
  readonly internal: boolean
  readonly msa: boolean
  /** The bracketed form, as it appears in X-Spam-Relays-*. */
  readonly text: Octets
}

/** Networks are given as predicates over addresses in text form (IPv4, or IPv6 in lower case, `IPv6:` removed). */
export interface TrustOptions {
  /** Absent: not configured, trust is inferred from private addresses and authentication. 127/8 must be in it. */
  readonly trusted?: (ip: string) => boolean
  readonly internal?: (ip: string) => boolean
  readonly msa?: (ip: string) => boolean
  /** Headers that hold the first sender's address; SpamAssassin's `originating_ip_headers`. */
  readonly originatingIpHeaders?: readonly string[]
  /** The caller knows that the mail was submitted from inside or by an authenticated user. */
  readonly originating?: boolean
  /** Header to take the envelope sender from; SpamAssassin's `envelope_sender_header`. */
  readonly envelopeSenderHeader?: string
}

export interface Relays {
  /** Newest first in all four lists. */
  readonly trusted: readonly Relay[]
  readonly untrusted: readonly Relay[]
  readonly internal: readonly Relay[]
  readonly external: readonly Relay[]
  /** X-Spam-Relays-Trusted and so on. */
  readonly trustedText: Octets
  readonly untrustedText: Octets
  readonly internalText: Octets
  readonly externalText: Octets
  /** Received headers of which nothing could be made. */
  readonly unparseable: number
  /** Index, counted from the newest Received header, of the last trusted and internal one; -1 for none. */
  readonly lastTrustedIndex: number
  readonly lastInternalIndex: number
}

/** Reads the Received chain of a message under the given trust. Never throws. */
export function parseReceived(message: Message, trust: TrustOptions): Relays {
  void message
  void trust
  return {
    trusted: [],
    untrusted: [],
    internal: [],
    external: [],
    trustedText: '',
    untrustedText: '',
    internalText: '',
    externalText: '',
    unparseable: 0,
    lastTrustedIndex: -1,
    lastInternalIndex: -1,
  }
}
