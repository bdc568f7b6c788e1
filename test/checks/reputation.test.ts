import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import type { Outcome } from '../../lib/checks/check.ts'
import { identityOf, judge, reputationRecorder } from '../../lib/checks/reputation.ts'
import { configSchema } from '../../lib/config/schema.ts'
import { openState } from '../../lib/store/state.ts'
import type { Reputation } from '../../lib/store/reputation-store.ts'

const config = configSchema.parse({})
const DAY = 86_400_000
const known = (mails: number, average: number, last = 0): Reputation => ({
  address: 'a@b.example',
  identity: 'dkim:b.example',
  mails,
  total: mails * average,
  last,
})

describe('judge', () => {
  it.each([
    ['nobody known', null, 5, null],
    ['too few mails', known(2, 0), 10, null],
    ['a good past saves a bad mail', known(10, 0), 6, -1.8],
    ['a bad past weighs on a good mail', known(10, 8), 1, 2.1],
    ['bounded downwards', known(50, -10), 20, -3],
    ['bounded upwards', known(50, 20), -10, 3],
    ['nothing to pull', known(10, 5), 5, null],
    ['forgiven', known(0, 0), 5, null],
  ])('%s', (_what, reputation, score, expected) =>
    expect(judge(reputation, score, 0, config.reputation)?.score ?? null).toBe(expected),
  )

  it('fades: a past of long ago pulls less, and not at all in the end', () => {
    const pull = (days: number) => judge(known(6, 0), 10, days * DAY, config.reputation)?.score ?? 0
    expect([pull(0), pull(30), pull(60), pull(90)]).toEqual([-3, -3, -1.5, -0.75])
  })

  it('is bounded for every past and score', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 0, max: 1e6, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        fc.double({ min: -1e6, max: 1e6, noNaN: true }),
        (mails, average, score) => {
          const points = judge(known(mails, average), score, 0, config.reputation)?.score ?? 0
          expect(Math.abs(points)).toBeLessThanOrEqual(config.reputation.most)
        },
      ),
    )
  })
})

describe('identityOf', () => {
  const spf = {
    mailFrom: { result: 'pass', identity: 'mailfrom', domain: 'mail.b.example', value: '' },
    helo: null,
  } as const
  it.each([
    ['nobody', [], '', NO_AUTH_FACTS, '192.0.2.9', null],
    ['unproven', ['A@b.example'], '', NO_AUTH_FACTS, '192.0.2.9', 'a@b.example net:192.0.2.0/24'],
    [
      'unproven over IPv6',
      ['a@b.example'],
      '',
      NO_AUTH_FACTS,
      '2001:db8:1:2::9',
      'a@b.example net:2001:db8:1::/48',
    ],
    ['short IPv6', ['a@b.example'], '', NO_AUTH_FACTS, '2001:db8::9', 'a@b.example net:2001:db8:0::/48'],
    ['by SPF', ['a@b.example'], '', { ...NO_AUTH_FACTS, spf }, '192.0.2.9', 'a@b.example spf:b.example'],
    ['by the envelope', [], 'c@d.example', NO_AUTH_FACTS, null, 'c@d.example net:unknown'],
  ])('%s', (_what, authors, sender, facts, client, expected) => {
    const who = identityOf(authors, sender, facts, client)
    expect(who === null ? null : `${who.address} ${who.identity}`).toBe(expected)
  })
})

describe('the recorder', () => {
  const outcome = (score: number): Outcome => ({
    session: {
      id: 's',
      startedAt: 0,
      client: { address: '192.0.2.1', hostname: '', port: 0 },
      macros: new Map(),
      groups: new Set(),
      trusted: false,
    },
    helo: '',
    user: null,
    sender: 'a@b.example',
    recipients: [],
    queueId: '',
    reference: 's1-1',
    judged: true,
    why: '',
    required: 5,
    unavailable: [],
    verdict: 'deliver',
    score,
    hits: [
      { name: 'T', score },
      { name: 'REPUTATION', score: -3 },
    ],
    results: new Map(),
    message: { messageId: '', from: '', subject: '' },
  })
  const IDENTITY = 'net:192.0.2.0/24'

  it('averages what mails scored by themselves, and cannot be ruined by one', () => {
    const store = { ...openState(':memory:') }
    const context = { config, store: store as never, dns: undefined as never, now: () => 0 }
    for (const score of [2, 4, 1000]) void reputationRecorder.record(outcome(score), context)
    expect(store.reputation.find('a@b.example', IDENTITY, 0)).toMatchObject({ mails: 3, total: 26 })
    expect(store.reputation.search('B.EXAMPLE', 5)).toHaveLength(1)
    expect(store.reputation.forgive('a@b.example')).toBe(1)
    expect(store.reputation.find('a@b.example', IDENTITY, 0)).toMatchObject({ mails: 0, total: 0 })
    expect(store.reputation.forget('a@b.example')).toBe(1)
    expect(store.reputation.find('a@b.example', IDENTITY, 0)).toBeNull()
  })

  it('lets credit end: the past weighs at most as much as 50 mails', () => {
    const { reputation } = openState(':memory:')
    const fade = { halfLife: 30 * DAY, most: 50 }
    for (let index = 0; index < 1000; index++) reputation.add('a@b.example', 'x', -5, 0, fade)
    expect(reputation.find('a@b.example', 'x', 0)?.mails).toBeCloseTo(51)
    for (let index = 0; index < 50; index++) reputation.add('a@b.example', 'x', 15, 0, fade)
    const past = reputation.find('a@b.example', 'x', 0)
    expect((past?.total ?? 0) / (past?.mails ?? 1)).toBeGreaterThan(5)
  })
})
