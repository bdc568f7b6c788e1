/** The envelope sender, guessed from headers when no SMTP session says it. */
import type { Message } from './message.ts'
import type { Octets } from './octets.ts'
import type { Relays, TrustOptions } from './received.ts'

/** SpamAssassin's EnvelopeFrom: '' is the null sender, undefined means nobody says. */
export function envelopeFrom(message: Message, relays: Relays, trust: TrustOptions): Octets | undefined {
  void message
  void relays
  void trust
  return undefined
}
