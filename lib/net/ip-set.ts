/**
 * A frozen set of address ranges that answers "is this one in it" by binary search: 100,000 networks of a country
 * list cost the same few comparisons as three of an office.
 */
import { parseRange, type Address, type Range } from './ip.ts'

export interface IpSet {
  has(address: Address): boolean
  /** Separate ranges after merging. */
  readonly size: number
}

export function createIpSet(ranges: Iterable<Range>): IpSet {
  const four: [number, number][] = []
  const six: [bigint, bigint][] = []
  for (const range of ranges) {
    if (range.family === 4) four.push([range.low, range.high])
    else six.push([range.low, range.high])
  }
  const v4 = merge(four)
  const v6 = merge(six)
  return {
    has: (address) => (address.family === 4 ? within(v4, address.value) : within(v6, address.value)),
    size: v4.lows.length + v6.lows.length,
  }
}

interface Merged<T> {
  readonly lows: readonly T[]
  readonly highs: readonly T[]
}

function merge<T extends number | bigint>(ranges: [T, T][]): Merged<T> {
  ranges.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0))
  const lows: T[] = []
  const highs: T[] = []
  for (const [low, high] of ranges) {
    const last = highs.at(-1)
    if (last !== undefined && low <= next(last)) {
      if (high > last) highs[highs.length - 1] = high
    } else {
      lows.push(low)
      highs.push(high)
    }
  }
  return { lows, highs }
}

function next(value: number | bigint): number | bigint {
  return typeof value === 'bigint' ? value + 1n : value + 1
}

function within<T extends number | bigint>({ lows, highs }: Merged<T>, value: T): boolean {
  let from = 0
  let to = lows.length
  while (from < to) {
    const middle = (from + to) >>> 1
    if (lows[middle]! <= value) from = middle + 1
    else to = middle
  }
  return from > 0 && value <= highs[from - 1]!
}

/** Addresses that no public list can know: private use, loopback, link-local, shared (RFC 6890, RFC 4193, RFC 6598). */
export const PRIVATE_RANGES: readonly Range[] = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.168.0.0/16',
  '::/128',
  '::1/128',
  'fc00::/7',
  'fe80::/10',
].map((text) => {
  const range = parseRange(text)
  if (typeof range === 'string') throw new Error(range)
  return range
})
