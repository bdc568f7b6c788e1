/**
 * IP addresses as the eval functions meet them: found in text, written in reverse for a DNS list, and told apart as
 * private. Addresses arrive as text from hostile headers, so everything here takes any string.
 */
import ipaddr from 'ipaddr.js'

const OCTET = '(?:1\\d\\d|2[0-4]\\d|25[0-5]|[1-9]\\d|\\d)'
/** Source of a pattern for an IPv4 address, without captures. */
export const IPV4 = `\\b${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}\\b`
/** Source of a pattern for an address of either family, `IPv6:` prefix included; loose for IPv6, callers parse. */
export const IP = `(?:${IPV4}|(?<![a-f0-9:])(?:IPv6:)?[a-f0-9]{0,4}(?::[a-f0-9]{0,4}){2,7}(?::\\d{1,3}\\.\\d{1,3}\\.\\d{1,3}\\.\\d{1,3})?(?![a-f0-9:]))`

const ONE_IPV4 = new RegExp(`^${IPV4}$`)
const FIND = new RegExp(IP, 'gi')

/** Is this exactly an IPv4 address in dotted form? */
export function isIpv4(text: string): boolean {
  return ONE_IPV4.test(text)
}

/** Is this exactly one address, of either family? */
export function isIp(text: string): boolean {
  return isIpv4(text) || (text.includes(':') && ipaddr.IPv6.isValid(bare(text)))
}

/** Addresses in a text, in order; at most `limit`. */
export function findIps(text: string, limit = 50): readonly string[] {
  const found: string[] = []
  for (const [one] of text.slice(0, 65_536).matchAll(FIND)) {
    if (isIp(one)) found.push(bare(one))
    if (found.length >= limit) break
  }
  return found
}

const PRIVATE_V4 = ['private', 'loopback', 'linkLocal', 'carrierGradeNat']

/** Addresses that say nothing about a sender: RFC 1918, 6598, 3927, 4193, 4291 (loopback, link-local). */
export function isPrivate(text: string): boolean {
  if (!isIp(text)) return false
  const address = ipaddr.process(bare(text))
  if (address.kind() === 'ipv4') return PRIVATE_V4.includes(address.range())
  return ['loopback', 'linkLocal', 'uniqueLocal'].includes(address.range())
}

/** `192.0.2.1` -> `1.2.0.192`, IPv6 as nibbles (RFC 5782); undefined for what is no address. */
export function reverseIp(text: string): string | undefined {
  if (isIpv4(text)) return text.split('.').toReversed().join('.')
  if (!isIp(text)) return undefined
  const address = ipaddr.process(bare(text))
  if (address.kind() === 'ipv4') return address.toString().split('.').toReversed().join('.')
  return address
    .toByteArray()
    .flatMap((octet) => [octet >> 4, octet & 15])
    .toReversed()
    .map((nibble) => nibble.toString(16))
    .join('.')
}

/** Number of an IPv4 address, 0 to 2^32-1; undefined for anything else. */
export function ipv4Number(text: string): number | undefined {
  if (!isIpv4(text)) return undefined
  return text.split('.').reduce((sum, octet) => sum * 256 + Number(octet), 0)
}

/** Does `network` (an address, `a.b.`, or CIDR, of either family) contain `address`? */
export function contains(network: string, address: string): boolean {
  if (/^[\d.]+$/.test(network) && !isIpv4(network))
    return address.startsWith(`${network.replace(/(?<!\.)\.+$/, '')}.`)
  const [base = '', length] = network.split('/')
  if (!isIp(base) || !isIp(address)) return false
  const [left, right] = [ipaddr.process(bare(base)), ipaddr.process(bare(address))]
  const bits = length === undefined ? left.toByteArray().length * 8 : Number(length)
  if (left.kind() !== right.kind() || !(bits >= 0 && bits <= left.toByteArray().length * 8)) return false
  return left.match(right, bits)
}

function bare(text: string): string {
  return text.replace(/^IPv6:/i, '')
}
