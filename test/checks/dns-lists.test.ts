import { describe, expect, it } from '@jest/globals'
import { dnsLists } from '../../lib/checks/dns-lists.ts'
import { createListKeeper } from '../../lib/net/list-keeper.ts'
import { keepDnsLists } from '../../lib/checks/list-keeper.ts'
import type { ListService } from '../../lib/net/list-service.ts'
import type { Zone } from '../support/zone-dns.ts'
import { recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'

const LISTS = `
clients: { allow: [partners] }
groups: { partners: [198.51.100.1], backup: [198.51.100.2] }
dns_lists:
  exempt: backup
  lists:
    - zone: black.example
      description: Black
      codes:
        127.0.0.2: { hit: BLACK_SPAM, score: 2 }
        127.0.0.4-7: { hit: BLACK_BOT, score: 3, action: ACTION }
    - zone: white.example
      families: ipv4
      codes: { 127.0.*.3: { hit: WHITE, score: -4 } }
    - { zone: trial.example, codes: { 127.0.0.2: { hit: TRIAL, score: 0 } } }
    - { zone: off.example, enabled: false, codes: { 127.0.0.2: { hit: OFF, score: 9 } } }
    - { zone: '{key}.paid.example', key: s3cret, codes: { 127.0.0.2: { hit: PAID, score: 1 } } }
`
const CLEAN: Zone = {
  '1.2.0.192.black.example': 'absent',
  '1.2.0.192.white.example': 'absent',
  '1.2.0.192.trial.example': 'absent',
  '1.2.0.192.s3cret.paid.example': 'absent',
}

function run(zone: Zone, options: SessionOptions = {}, action = 'score', service?: ListService) {
  const context = testContext({ config: LISTS.replace('ACTION', action), zone: { ...CLEAN, ...zone } })
  const result = dnsLists.run(recipientInput(options), service ? { ...context, dnsLists: service } : context)
  return { context, result }
}

describe('DNS lists', () => {
  it.each<[string, Zone, SessionOptions, string, string]>([
    ['nothing', {}, {}, 'score', ''],
    ['one code', { '1.2.0.192.black.example': { a: ['127.0.0.2'] } }, {}, 'score', 'BLACK_SPAM=2'],
    [
      'several codes of one list, each once',
      { '1.2.0.192.black.example': { a: ['127.0.0.4', '127.0.0.2', '127.0.0.5'] } },
      {},
      'score',
      'BLACK_BOT=3 BLACK_SPAM=2',
    ],
    [
      'lists add up, whitelists take off, a score of 0 is seen and harmless',
      {
        '1.2.0.192.black.example': { a: ['127.0.0.2'] },
        '1.2.0.192.white.example': { a: ['127.0.9.3'] },
        '1.2.0.192.trial.example': { a: ['127.0.0.2'] },
        '1.2.0.192.s3cret.paid.example': { a: ['127.0.0.2'] },
      },
      {},
      'score',
      'BLACK_SPAM=2 WHITE=-4 TRIAL=0 PAID=1',
    ],
    [
      'reject',
      { '1.2.0.192.black.example': { a: ['127.0.0.4'] } },
      {},
      'reject',
      'refuse 550 5.7.1 BLACK_BOT',
    ],
    ['defer', { '1.2.0.192.black.example': { a: ['127.0.0.4'] } }, {}, 'defer', 'refuse 451 4.7.1 BLACK_BOT'],
    ['log only', { '1.2.0.192.black.example': { a: ['127.0.0.4'] } }, {}, 'log', 'BLACK_BOT=0'],
    [
      'a code outside the map is no listing',
      { '1.2.0.192.black.example': { a: ['127.0.0.99'] } },
      {},
      'score',
      '',
    ],
    [
      'an error code is no listing, and said',
      { '1.2.0.192.black.example': { a: ['127.255.255.254'] } },
      {},
      'reject',
      'unavailable',
    ],
    [
      'an address of the outside is no listing, and said',
      { '1.2.0.192.black.example': { a: ['203.0.113.80'] } },
      {},
      'reject',
      'unavailable',
    ],
    [
      'a list that does not answer takes nothing from the others',
      { '1.2.0.192.black.example': 'unavailable', '1.2.0.192.trial.example': { a: ['127.0.0.2'] } },
      {},
      'score',
      'unavailable TRIAL=0',
    ],
    ['private clients are not asked about', {}, { address: '10.0.0.1' }, 'score', ''],
    [
      'allowed clients are not asked about',
      {},
      { address: '198.51.100.1', groups: ['partners'] },
      'score',
      '',
    ],
    ['exempt clients are not asked about', {}, { address: '198.51.100.2', groups: ['backup'] }, 'score', ''],
    ['clients without an address neither', {}, { address: null }, 'score', ''],
  ])('%s', async (_, zone, options, action, wanted) => {
    expect(summary(await run(zone, options, action).result)).toBe(wanted)
  })

  it('ask about IPv6 addresses where the list knows them', async () => {
    const nibbles = `1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2`
    const { context, result } = run(
      {
        [`${nibbles}.black.example`]: { a: ['127.0.0.2'] },
        [`${nibbles}.trial.example`]: 'absent',
        [`${nibbles}.s3cret.paid.example`]: 'absent',
      },
      { address: '2001:db8::1' },
    )
    expect(summary(await result)).toBe('BLACK_SPAM=2')
    expect(context.dns.asked).toHaveLength(3)
  })

  it('keep the key of a paid list to themselves', async () => {
    const listed = await run({ '1.2.0.192.s3cret.paid.example': { a: ['127.0.0.2'] } }).result
    const failed = await run({ '1.2.0.192.s3cret.paid.example': 'unavailable' }).result
    expect(JSON.stringify([listed, failed])).toContain('{key}.paid.example')
    expect(JSON.stringify([listed, failed])).not.toContain('s3cret')
  })

  it('say which list is suspended and do not ask it', async () => {
    const context = testContext({ config: LISTS.replace('ACTION', 'score'), zone: CLEAN })
    const lines: string[] = []
    const keeper = keepDnsLists(context.config, {
      dns: context.dns,
      now: context.now,
      log: { info: (text) => lines.push(text), warn: (text) => lines.push(text) },
    })
    for (let times = 0; times < 8; times++) keeper.failed(0, 'SERVFAIL')
    const result = await dnsLists.run(recipientInput(), { ...context, dnsLists: keeper })
    expect(result).toMatchObject({
      kind: 'unavailable',
      reason: 'black.example: suspended, it does not answer (SERVFAIL)',
    })
    expect(context.dns.asked.some((question) => question.includes('black'))).toBe(false)
    expect(lines).toEqual(['DNS list black.example (Black) is suspended: it does not answer (SERVFAIL)'])
    keeper.stop()
  })

  it('leave out in silence a list that lies: the journal has said so', async () => {
    const lying: Zone = {
      ...CLEAN,
      ...Object.fromEntries(
        ['black', 'white', 'trial', 's3cret.paid'].flatMap((zone) => [
          [`2.0.0.127.${zone}.example`, { a: ['127.0.0.2'] }],
          [`1.0.0.127.${zone}.example`, 'absent'],
        ]),
      ),
      '1.0.0.127.black.example': { a: ['127.0.0.2'] },
      '1.2.0.192.black.example': { a: ['127.0.0.4'] },
    }
    const context = testContext({ config: LISTS.replace('ACTION', 'reject'), zone: lying })
    const lines: string[] = []
    const keeper = createListKeeper({
      lists: context.config.dns_lists.lists.map(({ zone, enabled }) => ({
        label: zone,
        zone: zone.replace('{key}', 's3cret'),
        enabled,
        ipv6Only: false,
        servers: [],
        direct: false,
        selfTest: true,
      })),
      dns: context.dns,
      makeDns: () => context.dns,
      now: context.now,
      log: (_, text) => lines.push(text),
      interval: 1000,
      guard: { share: 0.8, clients: 100 },
    })
    await keeper.test()
    expect(summary(await dnsLists.run(recipientInput(), { ...context, dnsLists: keeper }))).toBe('')
    context.pass(86_400_000)
    await keeper.test()
    expect(lines).toEqual(
      Array(2).fill('DNS list black.example is suspended: it lists 127.0.0.1 (127.0.0.2), which no list may'),
    )
  })

  it('wait no longer than they may', async () => {
    const context = testContext({
      config:
        'dns_lists: { wait: 100ms, lists: [{ zone: slow.example, codes: { 127.0.0.2: { hit: SLOW, score: 1 } } }] }',
    })
    const never = {
      ...context.dns,
      a: (_: string, signal?: AbortSignal) =>
        new Promise<{ kind: 'unavailable'; reason: string }>((resolve) =>
          signal?.addEventListener('abort', () =>
            resolve({ kind: 'unavailable', reason: 'given up waiting' }),
          ),
        ),
    }
    const started = performance.now()
    expect(summary(await dnsLists.run(recipientInput(), { ...context, dns: never }))).toBe('unavailable')
    expect(performance.now() - started).toBeLessThan(2000)
  })
})
