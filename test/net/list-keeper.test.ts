import { describe, expect, it } from '@jest/globals'
import { RESOLVER_DEAD, type Dns } from '../../lib/net/dns.ts'
import { createListKeeper, type KeptList } from '../../lib/net/list-keeper.ts'
import { createShareGuard } from '../../lib/net/share-guard.ts'
import { zoneDns, type Zone } from '../support/zone-dns.ts'

const GOOD: Zone = { '2.0.0.127.l.example': { a: ['127.0.0.2'] }, '1.0.0.127.l.example': 'absent' }
const LIST: KeptList = {
  label: 'l.example',
  zone: 'l.example',
  enabled: true,
  ipv6Only: false,
  servers: [],
  direct: false,
  selfTest: true,
}

function keeper(zone: Zone, list: Partial<KeptList> = {}) {
  let current: Dns = zoneDns(zone)
  const lines: string[] = []
  const forwarding: Dns = new Proxy({} as Dns, { get: (_, name: keyof Dns) => current[name]?.bind(current) })
  const made: (readonly string[])[] = []
  const told: (string | null)[] = []
  const kept = createListKeeper({
    lists: [{ ...LIST, ...list }],
    dns: forwarding,
    makeDns: (servers) => {
      made.push(servers)
      return forwarding
    },
    now: () => 0,
    log: (level, text) => lines.push(`${level} ${text}`),
    interval: 1000,
    guard: { share: 0.8, clients: 10 },
    changed: ([status]) => told.push(status?.suspended ?? status?.silent ?? null),
  })
  return { kept, lines, made, told, become: (next: Zone) => void (current = zoneDns(next)) }
}

describe('the self-test', () => {
  it.each([
    ['is a living list', GOOD, null, ''],
    [
      'lists everything',
      { ...GOOD, '1.0.0.127.l.example': { a: ['127.0.0.2'] } },
      'it lists 127.0.0.1 (127.0.0.2), which no list may',
      'warn DNS list l.example is suspended',
    ],
    [
      'is empty or gone',
      { ...GOOD, '2.0.0.127.l.example': 'absent' },
      'it does not list 127.0.0.2, which every list must: it is empty, gone or misspelt',
      'warn DNS list l.example is suspended',
    ],
    [
      'refuses the resolver',
      {
        '2.0.0.127.l.example': { a: ['127.255.255.254'] },
        '1.0.0.127.l.example': { a: ['127.255.255.254'] },
      },
      'its test entry answers 127.255.255.254: the list refuses questions by way of a public resolver',
      'warn DNS list l.example is suspended',
    ],
    [
      'is rewritten by a resolver that invents answers',
      { '2.0.0.127.l.example': { a: ['203.0.113.80'] }, '1.0.0.127.l.example': { a: ['203.0.113.80'] } },
      'its test entry answers 203.0.113.80: not an answer of a list',
      'warn DNS list l.example is suspended',
    ],
    [
      'cannot be asked: it is not suspended for that',
      { '2.0.0.127.l.example': 'unavailable', '1.0.0.127.l.example': 'unavailable' },
      null,
      'warn DNS list l.example could not be tested: SERVFAIL',
    ],
  ] as const)('%s', async (_, zone, suspended, line) => {
    const { kept, lines } = keeper(zone as Zone)
    await kept.test()
    expect(kept.suspended(0)).toBe(suspended)
    expect(lines.join('|')).toMatch(line === '' ? /^$/ : new RegExp(`^${line}`))
  })

  it('lets a list come back by itself, and says so once', async () => {
    const { kept, lines, become } = keeper({ ...GOOD, '2.0.0.127.l.example': 'absent' })
    await kept.test()
    await kept.test()
    expect(lines).toHaveLength(1)
    become(GOOD)
    await kept.test()
    expect(kept.suspended(0)).toBeNull()
    expect(lines.slice(1)).toEqual(['info DNS list l.example is asked again'])
    expect(kept.status()).toMatchObject([{ label: 'l.example', suspended: null, tested: 0 }])
  })

  it('knows lists of IPv6 addresses by their own test entries', async () => {
    const nibbles = (last: string) => `${last}.0.0.0.0.0.f.7.f.f.f.f.${'0.'.repeat(20)}l.example`
    const { kept } = keeper(
      { [nibbles('2')]: { a: ['127.0.0.2'] }, [nibbles('1')]: 'absent' },
      { ipv6Only: true },
    )
    await kept.test()
    expect(kept.suspended(0)).toBeNull()
  })

  it('leaves alone what is switched off or not to be tested', async () => {
    const off = keeper({}, { enabled: false })
    await off.kept.test()
    expect(off.kept.status()[0]?.suspended).toBe('switched off')
    const untested = keeper({}, { selfTest: false })
    await untested.kept.test()
    expect(untested.kept.suspended(0)).toBeNull()
  })
})

describe('the guard', () => {
  it('suspends a list that suddenly has nearly everybody, until its next good test', async () => {
    const { kept, lines } = keeper(GOOD)
    for (let client = 0; client < 9; client++) kept.observe(0, `c${client}`, true)
    // the same client again is no new evidence
    for (let times = 0; times < 50; times++) kept.observe(0, 'c0', true)
    expect(kept.suspended(0)).toBeNull()
    kept.observe(0, 'c9', true)
    expect(kept.suspended(0)).toBe('it has 100 % of the last 10 clients')
    expect(lines).toHaveLength(1)
    await kept.test()
    expect(kept.suspended(0)).toBeNull()
    kept.observe(0, 'c10', true)
    expect(kept.suspended(0)).toBeNull()
  })

  it('believes a list that has many but not nearly all', () => {
    const { kept } = keeper(GOOD)
    for (let client = 0; client < 1000; client++) kept.observe(0, `c${client}`, client % 10 < 7)
    expect(kept.suspended(0)).toBeNull()
    expect(kept.status()[0]?.share).toBe(0.7)
  })

  it('rests a list that does not answer, and asks again when it does', async () => {
    const { kept, become } = keeper({
      '2.0.0.127.l.example': 'unavailable',
      '1.0.0.127.l.example': 'unavailable',
    })
    for (let times = 0; times < 7; times++) kept.failed(0, 'SERVFAIL')
    expect(kept.suspended(0)).toBeNull()
    kept.failed(0, 'SERVFAIL')
    expect(kept.suspended(0)).toBe('it does not answer (SERVFAIL)')
    await kept.test()
    expect(kept.suspended(0)).not.toBeNull()
    become(GOOD)
    await kept.test()
    expect(kept.suspended(0)).toBeNull()
  })

  it('does not rest a list because the resolver is dead, which says nothing of the list', () => {
    const { kept } = keeper(GOOD)
    for (let times = 0; times < 100; times++) kept.failed(0, RESOLVER_DEAD)
    expect(kept.suspended(0)).toBeNull()
  })

  it('tells what it found after each round of tests and at each suspension, and nothing once stopped', async () => {
    const { kept, told, become } = keeper(GOOD)
    await kept.test()
    for (let client = 0; client < 10; client++) kept.observe(0, `c${client}`, true)
    await kept.test()
    become({ ...GOOD, '2.0.0.127.l.example': 'unavailable' })
    await kept.test()
    expect(told).toEqual([null, 'it has 100 % of the last 10 clients', null, 'SERVFAIL'])
    kept.stop()
    await kept.test()
    expect(told).toHaveLength(4)
  })

  it('an answer in between starts the count anew', () => {
    const { kept } = keeper(GOOD)
    for (let times = 0; times < 50; times++) {
      kept.failed(0, 'time-out')
      if (times % 5 === 0) kept.observe(0, 'c', false)
    }
    expect(kept.suspended(0)).toBeNull()
  })

  it('counts over a ring of fixed size', () => {
    const guard = createShareGuard(3)
    expect([guard.add('a', true), guard.add('b', true), guard.add('c', false)]).toEqual([null, null, 2 / 3])
    expect(guard.add('d', false)).toBe(1 / 3)
    expect(guard.add('d', true)).toBe(2 / 3)
  })
})

describe('resolvers of lists', () => {
  it('are the common one unless the list names its own; tests have one without a cache', async () => {
    const common = keeper(GOOD)
    common.kept.dnsFor(0)
    expect(common.made).toEqual([])
    await common.kept.test()
    await common.kept.test()
    expect(common.made).toEqual([[]])
    expect(keeper(GOOD, { servers: ['192.0.2.53'] }).made).toEqual([['192.0.2.53']])
  })

  it('ask the zone directly: name servers found at the zone or above it', async () => {
    const { kept, made } = keeper(
      {
        'key.l.example': 'absent',
        'l.example': { ns: ['ns1.l.example', 'ns2.l.example'] },
        'ns1.l.example': { a: ['192.0.2.53'] },
        'ns2.l.example': { a: ['192.0.2.54'], aaaa: ['2001:db8::53'] },
        '9.2.0.192.key.l.example': { a: ['127.0.0.2'] },
      },
      { zone: 'key.l.example', direct: true, selfTest: false },
    )
    const answer = await kept.dnsFor(0).a('9.2.0.192.key.l.example')
    expect(answer).toMatchObject({ kind: 'found', records: ['127.0.0.2'] })
    await kept.dnsFor(0).a('9.2.0.192.key.l.example')
    expect(made).toEqual([['192.0.2.53', '192.0.2.54', '2001:db8::53']])
  })

  it.each([
    ['its name servers could not be looked up: SERVFAIL', { 'l.example': 'unavailable' }],
    ['it has no name servers', { 'l.example': 'absent' }],
    [
      'its name servers have no addresses',
      { 'l.example': { ns: ['ns.l.example'] }, 'ns.l.example': 'absent' },
    ],
  ] as const)('say so when %s', async (reason, zone) => {
    const { kept } = keeper(zone as Zone, { direct: true, selfTest: false })
    expect(await kept.dnsFor(0).a('9.2.0.192.l.example')).toEqual({ kind: 'unavailable', reason })
  })
})
