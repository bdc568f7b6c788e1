import { describe, expect, it } from '@jest/globals'
import { fastHelo, hold, judge, judgeHelo, repellent } from '../../lib/checks/repellent.ts'
import { CheckRun } from '../../lib/checks/run.ts'
import type { CheckResult } from '../../lib/checks/check.ts'
import { createUnseen } from '../../lib/checks/unseen.ts'
import type { ConnectionReader, ConnectionState } from '../../lib/net/connection-state.ts'
import { recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'

type Seen = Omit<ConnectionState, 'roundTrip'> & { readonly roundTrip?: number }
const reader = (...looks: (Seen | null)[]): ConnectionReader & { looks: number } => ({
  looks: 0,
  async look() {
    const seen = looks[Math.min(this.looks++, looks.length - 1)] ?? null
    return seen === null ? null : { roundTrip: null, ...seen }
  },
})
const QUIET = { octets: 0, localPort: 25 }
const CONFIG =
  'groups: { p: [192.0.2.9] }\nrepellent: { delay: 600ms, most_waiting: 2, exempt: [private, p] }'

function run(queue: ConnectionReader, options: SessionOptions = {}, config = CONFIG) {
  const context = { ...testContext({ config }), now: () => performance.now() }
  const started = performance.now()
  return hold(recipientInput(options), context, queue).then((result) => ({
    result,
    waited: performance.now() - started,
    context,
  }))
}

describe('the repellent', () => {
  it('holds the greeting back for the whole delay, looking meanwhile, and says when it let go', async () => {
    const queue = reader(QUIET)
    const { result, waited } = await run(queue)
    expect(waited).toBeGreaterThanOrEqual(595)
    expect(queue.looks).toBeGreaterThanOrEqual(1)
    // now and then, not all the time
    expect(queue.looks).toBeLessThan(20)
    expect(result).toMatchObject({ kind: 'hits', hits: [] })
    expect(result.kind === 'hits' && typeof result.facts?.greetedAt).toBe('number')
  })

  it('ends at once when the client talks', async () => {
    const { result, waited } = await run(
      reader(QUIET, { octets: 21, localPort: 25 }),
      {},
      CONFIG.replace('600ms', '20s'),
    )
    expect(summary(result)).toBe('refuse 421 4.5.0 EARLY_TALKER')
    expect(waited).toBeLessThan(5000)
  })

  it('claims nothing where the connection cannot be seen', async () => {
    expect(summary((await run(reader(null))).result)).toBe('')
  })

  it.each<[string, SessionOptions]>([
    ['trusted clients', { trusted: true }],
    ['exempt groups', { groups: ['p'] }],
    ['private clients', { address: '127.0.0.1' }],
    ['the port where TLS comes first', { macros: { '{daemon_port}': '465' } }],
    [
      'who speaks TLS before the greeting',
      { macros: { '{tls_version}': 'TLSv1.3', '{daemon_port}': '4650' } },
    ],
  ])('does not hold back %s', async (_, options) => {
    const { waited, result } = await run(reader({ octets: 9, localPort: 465 }), options)
    expect(waited).toBeLessThan(400)
    expect(summary(result)).toBe('')
  })

  it('finds the TLS port in the table when the MTA does not say it', async () => {
    expect(summary((await run(reader({ octets: 517, localPort: 465 }))).result)).toBe('')
  })

  it('lets only so many wait at once, and gives their places back', async () => {
    const context = { ...testContext({ config: CONFIG }), now: () => performance.now() }
    const started = performance.now()
    const ends = await Promise.all(
      ['1', '2', '3', '4'].map(async (id) => {
        await hold(recipientInput({ id }), context, reader(QUIET))
        return performance.now() - started
      }),
    )
    expect(ends.map((end) => end >= 590)).toEqual([true, true, false, false])
    expect(context.store.sessions.count('repellent')).toBe(0)
  })

  it('does not hold back who is refused anyway', async () => {
    const context = testContext({ config: CONFIG })
    context.results.set('connections', {
      kind: 'refuse',
      hit: { name: 'X' },
      reply: { code: 421, enhanced: '4.7.0', text: '' },
    })
    const started = performance.now()
    await hold(recipientInput(), context, reader(QUIET))
    expect(performance.now() - started).toBeLessThan(400)
  })

  it('ends when the MTA goes away', async () => {
    const abort = new AbortController()
    const context = { ...testContext({ config: CONFIG }), now: () => performance.now(), signal: abort.signal }
    const started = performance.now()
    const held = hold(recipientInput(), context, reader(QUIET))
    abort.abort()
    await held
    expect(performance.now() - started).toBeLessThan(500)
  })

  it('is waited for beyond the deadline of the stage', async () => {
    const context = {
      ...testContext({ config: 'repellent: { delay: 400ms, exempt: [] }' }),
      now: () => performance.now(),
    }
    const run = new CheckRun({ checks: [repellent], context, deadline: 50 })
    const started = performance.now()
    run.start('connect', recipientInput(), false)
    await run.join('connect')
    expect(performance.now() - started).toBeGreaterThan(390)
    expect(run.results().get('repellent')).toMatchObject({ kind: 'hits', hits: [] })
  })

  it('asks the runner for its time', () => {
    const { config } = testContext({ config: CONFIG })
    expect([repellent.enabled(config), repellent.patience?.(config)]).toEqual([true, 2600])
    expect(repellent.enabled(testContext().config)).toBe(false)
  })
})

describe('choices', () => {
  it.each([
    ['log', true, 'EARLY_TALKER=0'],
    ['score', true, 'EARLY_TALKER'],
    ['defer', true, 'refuse 451 4.5.0 EARLY_TALKER'],
    ['reject', true, 'refuse 421 4.5.0 EARLY_TALKER'],
    ['reject', false, 'refuse 550 5.5.0 EARLY_TALKER'],
  ] as const)('%s, hang up %s: %s', (early_talker, hang_up, wanted) =>
    expect(summary(judge(5, { early_talker, hang_up }))).toBe(wanted),
  )

  it.each([
    [0, null, 'HELO_TOO_FAST'],
    [1, null, ''],
    [40, null, ''],
    [1, 0.02, ''],
    [40, 100, 'HELO_TOO_FAST'],
    [50, 100, ''],
    [100, 100, ''],
    [200, 5000, ''],
  ])('a HELO %d ms after the greeting, round trip %p ms: %s', (gap, roundTrip, wanted) => {
    expect(summary(judgeHelo(gap, { fast_helo: 'score', fastest_helo: 1 }, roundTrip))).toBe(wanted)
  })

  it('HELO is judged by when the greeting was let go', async () => {
    const context = testContext({ config: CONFIG })
    expect(summary(await fastHelo.run(recipientInput(), context))).toBe('')
    const greeted: CheckResult = { kind: 'hits', hits: [], facts: { greetedAt: context.now() } }
    context.results.set('repellent', greeted)
    expect(summary(await fastHelo.run(recipientInput(), context))).toBe('HELO_TOO_FAST')
    context.pass(3)
    expect(summary(await fastHelo.run(recipientInput(), context))).toBe('')
  })
})

it('that no connection is ever seen is said once, after some in a row', () => {
  const said: string[] = []
  const note = createUnseen(3)
  const hold = (...seen: boolean[]) => seen.forEach((one) => note(one, (text) => said.push(text)))
  hold(false, false, true, false, false)
  expect(said).toEqual([])
  hold(false, false, false, false)
  expect(said).toEqual([expect.stringMatching(/none of the last 3 connections/)])
})
