/** How names are resolved. */
import { isIP } from 'node:net'
import { z } from 'zod'
import { duration, oneOrMore } from '../units.ts'

/** `192.0.2.1`, `192.0.2.1:5353`, `2001:db8::1` or `[2001:db8::1]:5353`. */
export const dnsServer = z
  .string()
  .refine(isServer, 'expected an IP address, or address:port (IPv6: [address]:port)')

function isServer(text: string): boolean {
  if (isIP(text) > 0) return true
  const [, address, port] = /^(?:\[(?=.*:)([^\]]+)\]|([^:]+)):(\d{1,5})$/.exec(text)?.filter(Boolean) ?? []
  return address !== undefined && isIP(address) > 0 && Number(port) > 0 && Number(port) < 65_536
}

export const dnsSection = z.strictObject({
  servers: oneOrMore(dnsServer)
    .prefault([])
    .describe(
      'Resolvers, `address` or `address:port`; empty = those of /etc/resolv.conf. Use one of your own: most blacklists refuse questions that come by way of a public resolver.',
    ),
  timeout: duration('3s', { minimum: '50ms', maximum: '30s' }).describe(
    'How long one question may take, repetitions included.',
  ),
  mail_time: duration('5s', { minimum: '100ms', maximum: '60s' }).describe(
    'How long one mail may wait for the DNS in all its stages together; what has not answered by then is reported as unavailable.',
  ),
  mail_questions: z
    .number()
    .int()
    .min(10)
    .max(2000)
    .default(200)
    .describe('How many questions of one mail may be open at once; more are not asked.'),
  cache_size: z
    .number()
    .int()
    .min(100)
    .max(5_000_000)
    .default(50_000)
    .describe('How many answers are kept; the oldest make room. About 0.3 KB each.'),
  maximum_ttl: duration('1d', { minimum: '1s', maximum: '7d' }).describe(
    'Answers are kept as long as their zone says, but no longer than this.',
  ),
  negative_ttl: duration('1m', { minimum: '0', maximum: '1h' }).describe(
    'How long "there is no such name" is remembered.',
  ),
  failure_ttl: duration('5s', { minimum: '0', maximum: '5m' }).describe(
    'How long a name that could not be looked up is not asked for again, so that a dead server costs one time-out and not one a mail.',
  ),
})
