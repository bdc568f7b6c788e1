import { describe, expect, it } from '@jest/globals'
import { addressText, arpaName, networkText, parseAddress, parseRange, reversed } from '../../lib/net/ip.ts'
import { createIpSet, PRIVATE_RANGES } from '../../lib/net/ip-set.ts'

describe('parseAddress', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['[192.0.2.1]', '192.0.2.1'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['IPv6:2001:db8::1', '2001:db8::1'],
    ['[IPv6:2001:db8::1]', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['::', '::'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::ffff:c000:201', '192.0.2.1'],
    ['1:0:0:2:0:0:0:3', '1:0:0:2::3'],
    ['64:ff9b::192.0.2.1', '64:ff9b::c000:201'],
  ])('%s is %s', (text, wanted) => {
    const address = parseAddress(text)
    expect(address === null ? null : addressText(address)).toBe(wanted)
  })

  it.each(['', 'x', '192.0.2', '192.0.2.256', '192.0.2.01', '1::2::3', ':::', '12345::', 'fe80', 'a.b.c.d'])(
    '%j is none',
    (text) => expect(parseAddress(text)).toBeNull(),
  )
})

describe('names of addresses', () => {
  it('are reversed as lists and arpa want them', () => {
    expect(reversed(parseAddress('192.0.2.99')!)).toBe('99.2.0.192')
    expect(arpaName(parseAddress('192.0.2.99')!)).toBe('99.2.0.192.in-addr.arpa')
    expect(reversed(parseAddress('2001:db8::567:89ab')!)).toBe(
      'b.a.9.8.7.6.5.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2',
    )
  })

  it('are networks by prefix', () => {
    expect(networkText(parseAddress('192.0.2.99')!, { v4: 24, v6: 64 })).toBe('192.0.2.0/24')
    expect(networkText(parseAddress('2001:db8:1:2:3::4')!, { v4: 24, v6: 64 })).toBe('2001:db8:1:2::/64')
    expect(networkText(parseAddress('255.255.255.255')!, { v4: 0, v6: 0 })).toBe('0.0.0.0/0')
  })
})

describe('parseRange', () => {
  const has = (range: string, address: string) => {
    const parsed = parseRange(range)
    if (typeof parsed === 'string') throw new Error(parsed)
    return createIpSet([parsed]).has(parseAddress(address)!)
  }
  it.each([
    ['192.0.2.7/24', '192.0.2.255', true],
    ['192.0.2.7/24', '192.0.3.0', false],
    ['192.0.2.7', '192.0.2.7', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    ['0.0.0.0/0', '2001:db8::1', false],
    ['10.0.0.1-10.0.0.9', '10.0.0.9', true],
    ['10.0.0.1-10.0.0.9', '10.0.0.10', false],
    ['2001:db8::/32', '2001:db8:ffff::1', true],
    ['2001:db8::-2001:db8::ff', '2001:db8::100', false],
    ['::ffff:192.0.2.0/120', '192.0.2.200', true],
    ['::/0', '2001:db8::1', true],
  ])('%s has %s: %s', (range, address, wanted) => expect(has(range, address)).toBe(wanted))

  it.each([
    ['192.0.2.0/33', 'not a prefix length of IPv4: 192.0.2.0/33'],
    ['2001:db8::/129', 'not a prefix length of IPv6: 2001:db8::/129'],
    ['192.0.2.9-192.0.2.1', 'the range ends before it begins: 192.0.2.9-192.0.2.1'],
    ['192.0.2.1-2001:db8::1', 'not an address range: 192.0.2.1-2001:db8::1'],
    ['192.0.2.0/24/3', 'not an IP address, network or range: 192.0.2.0/24/3'],
    ['192.0.2.0/', 'not a prefix length of IPv4: 192.0.2.0/'],
    ['example.org', 'not an IP address, network or range: example.org'],
    ['1.2.3.4-5.6.7.8-9.9.9.9', 'not an address range: 1.2.3.4-5.6.7.8-9.9.9.9'],
  ])('%s: %s', (range, message) => expect(parseRange(range)).toBe(message))
})

describe('createIpSet', () => {
  it('merges what overlaps or touches', () => {
    const ranges = ['10.0.0.0-10.0.0.9', '10.0.0.10-10.0.0.20', '10.0.0.5-10.0.0.6', '10.0.1.0/24'].map(
      parseRange,
    )
    const set = createIpSet(ranges.filter((range) => typeof range !== 'string'))
    expect(set.size).toBe(2)
    expect(set.has(parseAddress('10.0.0.20')!)).toBe(true)
    expect(set.has(parseAddress('10.0.0.21')!)).toBe(false)
  })

  it('agrees with a plain search', () => {
    let seed = 7
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    const ranges = Array.from({ length: 300 }, () => {
      const low = random(50_000)
      return { family: 4 as const, low, high: low + random(60) }
    })
    const set = createIpSet(ranges)
    let inside = 0
    for (let value = 0; value < 50_100; value++) {
      const wanted = ranges.some(({ low, high }) => low <= value && value <= high)
      if (wanted) inside++
      if (set.has({ family: 4, value }) !== wanted) throw new Error(`differs at ${value}`)
    }
    expect(inside).toBeGreaterThan(5000)
  })

  it.each([
    ['127.0.0.1', true],
    ['10.9.8.7', true],
    ['172.32.0.1', false],
    ['192.168.1.1', true],
    ['fd00::1', true],
    ['::1', true],
    ['2001:db8::1', false],
    ['192.0.2.1', false],
  ])('private: %s %s', (address, wanted) => {
    expect(createIpSet(PRIVATE_RANGES).has(parseAddress(address)!)).toBe(wanted)
  })
})
