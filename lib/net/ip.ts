/**
 * IP addresses as numbers: parsing, ranges, networks, and the names under which the DNS knows them.
 *
 * An IPv4 address is a number, an IPv6 address a bigint. An IPv4 address in IPv6 clothing (::ffff:192.0.2.1) is the IPv4
 * address, so that no list, group or counter can be evaded by connecting to a dual-stack socket.
 */
import { isIPv4, isIPv6 } from 'node:net'

export type Address =
  { readonly family: 4; readonly value: number } | { readonly family: 6; readonly value: bigint }

/** An inclusive range of addresses of one family. */
export type Range =
  | { readonly family: 4; readonly low: number; readonly high: number }
  | { readonly family: 6; readonly low: bigint; readonly high: bigint }

const MAX_4 = 0xffff_ffff
const MAX_6 = (1n << 128n) - 1n
const MAPPED = 0xffffn << 32n

/** Reads an address as MTAs and people write it: brackets, an `IPv6:` prefix and a zone (`%eth0`) are taken off. */
export function parseAddress(text: string): Address | null {
  if (isIPv4(text)) return { family: 4, value: parse4(text) }
  const bare = text.replace(/^\[|\]$/g, '').replace(/^ipv6:/i, '')
  if (isIPv4(bare)) return { family: 4, value: parse4(bare) }
  const unzoned = bare.replace(/%.*$/s, '')
  if (!isIPv6(unzoned)) return null
  const value = parse6(unzoned)
  return value >> 32n === MAPPED >> 32n
    ? { family: 4, value: Number(value & 0xffff_ffffn) }
    : { family: 6, value }
}

function parse4(text: string): number {
  let value = 0
  for (const octet of text.split('.')) value = value * 256 + Number(octet)
  return value
}

function parse6(text: string): bigint {
  const dotted = /^(.*:)(\d+\.\d+\.\d+\.\d+)$/.exec(text)
  const groups = dotted
    ? `${dotted[1]}${(parse4(dotted[2]!) >>> 16).toString(16)}:${(parse4(dotted[2]!) & 0xffff).toString(16)}`
    : text
  const [head = '', tail] = groups.split('::')
  const left = head === '' ? [] : head.split(':')
  const right = tail === undefined || tail === '' ? [] : tail.split(':')
  const zeros = Array.from({ length: tail === undefined ? 0 : 8 - left.length - right.length }, () => '0')
  return BigInt(`0x${[...left, ...zeros, ...right].map((group) => group.padStart(4, '0')).join('')}`)
}

/**
 * Reads `192.0.2.7`, `192.0.2.0/24`, `10.0.0.1-10.0.0.9`, `2001:db8::/32` and so on. Bits beyond the prefix are
 * ignored, as everybody expects of 192.0.2.7/24. Returns an error text for anything else.
 */
export function parseRange(text: string): Range | string {
  const [from = '', to, ...more] = text.split('-').map((part) => part.trim())
  if (to !== undefined) return more.length > 0 ? `not an address range: ${text}` : span(text, from, to)
  const [base = '', bits, ...rest] = text.trim().split('/')
  const address = parseAddress(base)
  if (address === null || rest.length > 0) return `not an IP address, network or range: ${text}`
  // A prefix counts in the family as written: ::ffff:192.0.2.0/120 is 192.0.2.0/24.
  const mapped = address.family === 4 && base.includes(':') ? 96 : 0
  const width = address.family === 4 ? 32 : 128
  const prefix = bits === undefined ? width : /^\d{1,3}$/.test(bits) ? Number(bits) - mapped : -1
  if (prefix < 0 || prefix > width) return `not a prefix length of IPv${address.family}: ${text}`
  return networkRange(address, prefix)
}

function span(text: string, from: string, to: string): Range | string {
  const low = parseAddress(from)
  const high = parseAddress(to)
  if (low === null || high === null || low.family !== high.family) return `not an address range: ${text}`
  if (low.value > high.value) return `the range ends before it begins: ${text}`
  return low.family === 4
    ? { family: 4, low: low.value, high: Number(high.value) }
    : { family: 6, low: low.value, high: BigInt(high.value) }
}

/** The network of `prefix` bits that contains the address. */
function networkRange(address: Address, prefix: number): Range {
  if (address.family === 4) {
    const hosts = prefix === 0 ? MAX_4 : 2 ** (32 - prefix) - 1
    const low = address.value - (address.value % (hosts + 1))
    return { family: 4, low, high: low + hosts }
  }
  const hosts = (1n << BigInt(128 - prefix)) - 1n
  const low = address.value & (MAX_6 ^ hosts)
  return { family: 6, low, high: low | hosts }
}

/** `192.0.2.0/24` or `2001:db8::/64`: the key under which neighbours are counted together. */
export function networkText(address: Address, bits: { readonly v4: number; readonly v6: number }): string {
  const prefix = address.family === 4 ? bits.v4 : bits.v6
  const range = networkRange(address, prefix)
  const base: Address = range.family === 4 ? { family: 4, value: range.low } : { family: 6, value: range.low }
  return `${addressText(base)}/${prefix}`
}

/** The address in its one canonical form (RFC 5952 for IPv6). */
export function addressText(address: Address): string {
  if (address.family === 4) return octets(address.value).join('.')
  const groups = hex(address.value)
    .match(/.{4}/g)!
    .map((group) => group.replace(/^0{1,3}/, ''))
  let best = { start: -1, length: 1 }
  for (let start = 0; start < 8; start++) {
    let length = 0
    while (start + length < 8 && groups[start + length] === '0') length++
    if (length > best.length) best = { start, length }
  }
  if (best.start < 0) return groups.join(':')
  return `${groups.slice(0, best.start).join(':')}::${groups.slice(best.start + best.length).join(':')}`
}

/** `2.0.0.127` for 127.0.0.2, nibbles for IPv6: what stands before a list's zone or ip6.arpa (RFC 5782, RFC 3596). */
export function reversed(address: Address): string {
  if (address.family === 4) return octets(address.value).reverse().join('.')
  return hex(address.value).split('').reverse().join('.')
}

/** The name at which the PTR records of an address stand. */
export function arpaName(address: Address): string {
  return `${reversed(address)}.${address.family === 4 ? 'in-addr' : 'ip6'}.arpa`
}

function octets(value: number): number[] {
  return [value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

function hex(value: bigint): string {
  return value.toString(16).padStart(32, '0')
}
