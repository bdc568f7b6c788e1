/** Under which name a client or a user is counted; also what `hamlet limits` shows and takes. */
import type { Config } from '../config/schema.ts'
import { networkText, parseAddress } from '../net/ip.ts'
import type { Session } from './check.ts'

/** The kinds of counters there are, with the window they slide over. */
export const HOUR = 3_600_000
export const COUNTERS = Object.freeze({
  messages: 'messages',
  recipients: 'recipients',
  unknownRecipients: 'unknown',
  workersEnded: 'workers-ended',
  userMessages: 'user-messages',
  userRecipients: 'user-recipients',
})
export type CounterName = (typeof COUNTERS)[keyof typeof COUNTERS]

/** An IPv4 address, or the network of an IPv6 address; null for clients without an address. */
export function clientKey(
  { client }: Pick<Session, 'client'>,
  { limits }: Pick<Config, 'limits'>,
): string | null {
  return client.address === null ? null : clientKeyOf(client.address, { limits })
}

/** The same for an address as people write it. */
export function clientKeyOf(text: string, { limits }: Pick<Config, 'limits'>): string | null {
  const address = parseAddress(text)
  if (address === null) return null
  return networkText(address, { v4: 32, v6: limits.ipv6_prefix }).replace(/\/32$/, '')
}

/** Login names are told apart without regard to case, as most servers do. */
export function userKey(user: string): string {
  return user.toLowerCase()
}

/** Under which it is kept that an alert about somebody's counter was said within the hour. */
export function alertKey(counter: CounterName, whom: string): string {
  return `alert:${counterKey(counter, whom)}`
}

export function counterKey(counter: CounterName, whom: string): string {
  return `${counter}:${whom}`
}
