/** The relays a mail passed, from its Received headers, and how far they can be trusted. */
import { IP_ADDRESS } from './ip-text.ts'
import type { Message } from './message.ts'
import type { Octets } from './octets.ts'
import { parseReceivedLine } from './received-line.ts'
import type { RelayDraft } from './received-line.ts'

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

/** Received headers that are read; servers refuse mail with as many. The oldest of more are counted as unparseable. */
const MOST_LINES = 100

interface Judged extends RelayDraft {
  internal: boolean
  msa: boolean
}

/** Reads the Received chain of a message under the given trust. Never throws. */
export function parseReceived(message: Message, trust: TrustOptions): Relays {
  const judge = makeJudge(trust)
  let trusted: Judged[] = []
  const untrusted: Judged[] = []
  let internal: Judged[] = []
  let external: Judged[] = []
  const lines = receivedLines(message, trust.originatingIpHeaders ?? [])
  let unparseable = Math.max(0, lines.length - MOST_LINES)
  let lastTrustedIndex = -1
  let lastInternalIndex = -1
  /** A fetcher's line counts only as long as the chain is ours. */
  let fetcherBelieved = true
  let sender: Octets | undefined
  for (const line of lines.slice(0, MOST_LINES)) {
    const result = parseReceivedLine(line)
    const givenSender = sender
    sender = result.kind === 'sender' ? result.envfrom : undefined
    if (result.kind === 'unparseable') unparseable++
    if (result.kind === 'fetched' && fetcherBelieved) [trusted, internal, external] = [[], [], []]
    if (result.kind !== 'relay') {
      if (judge.inTrusted()) lastTrustedIndex++
      if (judge.inInternal()) lastInternalIndex++
      continue
    }
    if (givenSender) result.relay.envfrom = givenSender
    const relay: Judged = { ...result.relay, internal: false, msa: judge.step(result.relay) }
    relay.internal = judge.inInternal()
    fetcherBelieved = judge.inTrusted()
    if (judge.inTrusted()) {
      trusted.push(relay)
      lastTrustedIndex++
    } else untrusted.push(relay)
    if (judge.inInternal()) {
      internal.push(relay)
      lastInternalIndex++
    } else external.push(relay)
  }
  const lists = {
    trusted: trusted.map(withText),
    untrusted: untrusted.map(withText),
    internal: internal.map(withText),
    external: external.map(withText),
  }
  return {
    ...lists,
    trustedText: joined(lists.trusted),
    untrustedText: joined(lists.untrusted),
    internalText: joined(lists.internal),
    externalText: joined(lists.external),
    unparseable,
    lastTrustedIndex,
    lastInternalIndex,
  }
}

/** Received values, newest first, then a made-up line for each header that names the first sender. */
function receivedLines(message: Message, originatingIpHeaders: readonly string[]): readonly Octets[] {
  const lines = [...message.header('received')]
  for (const name of originatingIpHeaders) {
    const ip = FIND_IP.exec(message.header(name).at(-1) ?? '')
    if (ip) lines.push(`from X-Originating-IP: ${ip[1]}`)
  }
  return lines
}
const FIND_IP = new RegExp(`(${IP_ADDRESS})`)

interface Judge {
  inTrusted(): boolean
  inInternal(): boolean
  /** Moves on to the next older relay; true when it is a submission server. */
  step(relay: RelayDraft): boolean
}

/** Follows the chain from our own server to the first one we cannot trust. */
function makeJudge({ trusted, internal, msa, originating = false }: TrustOptions): Judge {
  const isTrusted = trusted ?? internal
  const isInternal = internal ?? trusted
  let inTrusted = true
  let inInternal = true
  /** Mail was submitted here: what is older is trusted, too. */
  let submitted = false
  return {
    inTrusted: () => inTrusted,
    inInternal: () => inInternal,
    step(relay) {
      if (!inTrusted || submitted) return false
      const authenticated = relay.auth !== ''
      if (isTrusted === undefined || isInternal === undefined) {
        if (!relay.private && !authenticated) inTrusted = inInternal = false
        return false
      }
      if (!authenticated && !isTrusted(relay.ip)) {
        if (originating) submitted = true
        else inTrusted = false
        inInternal = false
        return false
      }
      if (!authenticated && !isInternal(relay.ip)) inInternal = false
      submitted = msa?.(relay.ip) === true
      return submitted
    },
  }
}

function withText(relay: Judged): Relay {
  const { ip, rdns, helo, by, ident, envfrom = '', id, auth, internal, msa } = relay
  const text =
    `[ ip=${ip} rdns=${rdns} helo=${helo} by=${by} ident=${ident} envfrom=${envfrom === '0' ? '' : envfrom}` +
    ` intl=${Number(internal)} id=${id} auth=${auth} msa=${Number(msa)} ]`
  return { ...relay, text }
}

function joined(relays: readonly Relay[]): Octets {
  return relays.map(({ text }) => text).join(' ')
}
