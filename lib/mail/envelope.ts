/** The envelope sender, guessed from headers when no SMTP session says it. */
import { parseAddresses } from './address.ts'
import type { Message } from './message.ts'
import type { Octets } from './octets.ts'
import type { Relays, TrustOptions } from './received.ts'

/** SpamAssassin's EnvelopeFrom: '' is the null sender, undefined means nobody says, or nobody who can be believed. */
export function envelopeFrom(message: Message, relays: Relays, trust: TrustOptions): Octets | undefined {
  if (trust.envelopeSenderHeader !== undefined) {
    const sender = firstAddress(message, trust.envelopeSenderHeader)
    return sender !== undefined && isSender(sender) ? sender : undefined
  }
  const hop = relays.untrusted[0] ?? relays.trusted.at(-1)
  if (hop?.envfrom !== undefined && isSender(hop.envfrom)) return hop.envfrom
  // list software keeps the first sender in X-Sender, and fetchmail makes it the envelope's
  if (firstAddress(message, 'X-Sender')?.includes('@') && message.header('received').some(isFetchmail)) {
    return undefined
  }
  const given = firstAddress(message, 'X-Envelope-From')
  if (given !== undefined) return followsReceived(message, 'x-envelope-from') ? undefined : given
  for (const name of ['envelope-sender', 'return-path']) {
    const sender = firstAddress(message, name)
    if (sender !== undefined && !followsReceived(message, name)) return sender
  }
  return undefined
}

function isSender(text: Octets): boolean {
  return text === '' || text.indexOf('@') > 0
}

function isFetchmail(received: Octets): boolean {
  return received.includes('(fetchmail')
}

function firstAddress(message: Message, name: string): Octets | undefined {
  const value = message.rawHeader(name)[0]
  return value === undefined
    ? undefined
    : parseAddresses(value).find(({ address }) => address !== undefined)?.address
}

/** A header below a Received line was written by an earlier server, for an earlier envelope. */
function followsReceived(message: Message, name: string): boolean {
  const names = message.headers.map((header) => header.name.toLowerCase())
  const received = names.indexOf('received')
  return received >= 0 && names.lastIndexOf(name) > received
}
