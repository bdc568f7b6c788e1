import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import type { CheckResult, Outcome } from '../../lib/checks/check.ts'
import { greylist, greylistRecorder, judge } from '../../lib/checks/greylist.ts'
import { CheckRun } from '../../lib/checks/run.ts'
import { NOON, recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'

const MINUTE = 60_000
const DAY = 86_400_000
const CONFIG = 'greylist: { enabled: true, delay: 5m, longest_delay: 1h'
const DEFERRED = 'refuse 451 4.7.1 GREYLISTED'

function spfPass(domain: string): CheckResult {
  return {
    kind: 'hits',
    hits: [],
    facts: {
      spf: { mailFrom: { result: 'pass', identity: 'mailfrom', domain, value: `a@${domain}` }, helo: null },
    },
  }
}

function world(config = `${CONFIG} }`, directory = ':memory:') {
  const context = testContext({ config, directory })
  const attempt = async (options: SessionOptions = {}) =>
    summary(await greylist.run(recipientInput(options), context))
  return { context, attempt }
}

describe('greylisting', () => {
  it('defers a stranger, accepts him after the delay, and knows him from then on', async () => {
    const { context, attempt } = world()
    expect(await attempt()).toBe(DEFERRED)
    context.pass(5 * MINUTE - 1)
    expect(await attempt()).toBe(DEFERRED)
    context.pass(1)
    expect(await attempt()).toBe('GREYLIST_CAME_BACK=0')
    expect(await attempt()).toBe('')
    context.pass(35 * DAY)
    expect(await attempt()).toBe('')
    context.pass(36 * DAY)
    expect(await attempt()).toBe(DEFERRED)
  })

  it('takes neighbours for one client, other recipients and sender domains for strangers', async () => {
    const { context, attempt } = world()
    await attempt()
    context.pass(5 * MINUTE)
    expect(await attempt({ address: '192.0.2.77', sender: 'other@sender.example' })).toBe(
      'GREYLIST_CAME_BACK=0',
    )
    expect(await attempt({ address: '192.0.3.1' })).toBe(DEFERRED)
    expect(await attempt({ recipient: 'else@example.test' })).toBe(DEFERRED)
    expect(await attempt({ sender: 'a@strange.example' })).toBe(DEFERRED)
    expect(await attempt({ address: '2001:db8::1' })).toBe(DEFERRED)
  })

  it('forgets a stranger who comes back after the window', async () => {
    const { context, attempt } = world()
    await attempt()
    context.pass(2 * DAY)
    expect(await attempt()).toBe(DEFERRED)
  })

  it('knows a sender whose SPF passes by its domain: a pool of servers and login codes are one source', async () => {
    const { context, attempt } = world()
    context.results.set('spf', spfPass('pool.example'))
    expect(await attempt({ address: '192.0.2.1' })).toBe(DEFERRED)
    context.pass(5 * MINUTE)
    expect(await attempt({ address: '203.0.113.9' })).toBe('GREYLIST_CAME_BACK=0')
    expect(
      await attempt({
        address: '198.51.100.1',
        recipient: 'new@example.test',
        sender: 'code-4711@pool.example',
      }),
    ).toBe('')
  })

  it('keeps no mail longer than promised, however many addresses it is tried from', async () => {
    const { context, attempt } = world()
    const tries: string[] = []
    for (let server = 1; server <= 13; server++) {
      tries.push(await attempt({ address: `203.0.${server}.1` }))
      context.pass(5 * MINUTE)
    }
    expect(tries).toEqual([...Array(12).fill(DEFERRED), 'GREYLIST_CAME_BACK=0'])
  })

  it('leaves a source alone after enough good mails; a bad one sets it back', async () => {
    const { context, attempt } = world(`${CONFIG}, allow_after: 3 }`)
    const record = async (verdict: Outcome['verdict'], user: string | null = null) => {
      const outcome = { session: recipientInput(), user, message: {}, verdict, results: new Map() }
      await greylistRecorder.record(outcome as unknown as Outcome, context)
    }
    for (let times = 0; times < 9; times++) await record('deliver', 'bob')
    expect(await attempt()).toBe(DEFERRED)
    for (let times = 0; times < 3; times++) await record('deliver')
    expect(await attempt({ sender: 'someone@new.example' })).toBe('')
    await record('tag')
    expect(await attempt({ sender: 'someone@new.example' })).toBe(DEFERRED)
  })

  it.each<[string, string, SessionOptions, (context: ReturnType<typeof testContext>) => void]>([
    ['exempt groups', ', exempt: [partner] }', { groups: ['partner'] }, () => undefined],
    ['private clients', ' }', { address: '10.0.0.1' }, () => undefined],
    [
      'SPF pass by choice',
      ', spare_spf_pass: true }',
      {},
      ({ results }) => void results.set('spf', spfPass('a.example')),
    ],
    [
      'known correspondents whose SPF passes',
      ' }',
      {},
      ({ results }) => {
        results.set('spf', spfPass('a.example'))
        results.set('correspondents', {
          kind: 'hits',
          hits: [],
          facts: { correspondent: { address: 'a@a.example', identity: null } },
        })
      },
    ],
    [
      'clients a list speaks for',
      ' }',
      {},
      ({ results }) => void results.set('dns_lists', { kind: 'hits', hits: [{ name: 'WHITE', score: -1 }] }),
    ],
    [
      'those under the score',
      ', above_score: 3 }',
      {},
      ({ results }) => void results.set('x', { kind: 'hits', hits: [{ name: 'X', score: 2 }] }),
    ],
  ])('spares %s', async (_, config, options, prepare) => {
    const { context, attempt } = world(`groups: { partner: [] }\n${CONFIG}${config}`)
    prepare(context)
    expect(await attempt(options)).toBe('')
  })

  it('does not spare a correspondent without proof, nor those over the score', async () => {
    const forged = world()
    forged.context.results.set('correspondents', {
      kind: 'hits',
      hits: [],
      facts: { correspondent: { address: 'a@a.example', identity: null } },
    })
    expect(await forged.attempt()).toBe(DEFERRED)
    const scored = world(`${CONFIG}, above_score: 3 }`)
    scored.context.results.set('x', {
      kind: 'hits',
      hits: [
        { name: 'X', score: 2 },
        { name: 'Y', score: 1 },
      ],
    })
    expect(await scored.attempt()).toBe(DEFERRED)
  })

  it('outlives a restart', async () => {
    const directory = mkdtempSync(join(tmpdir(), 'greylist-'))
    const before = world(undefined, directory)
    await before.attempt()
    before.context.store.close()
    const after = world(undefined, directory)
    after.context.pass(5 * MINUTE)
    expect(await after.attempt()).toBe('GREYLIST_CAME_BACK=0')
    after.context.store.close()
    rmSync(directory, { recursive: true })
  })

  it('lets mail pass when the store fails, and says so', async () => {
    const { context } = world()
    context.store.close()
    const run = new CheckRun({ checks: [greylist], context, deadline: 1000 })
    run.start('recipient', recipientInput(), false)
    await run.join('recipient')
    expect(run.refusal(['recipient'])).toBeNull()
    expect(run.results().get('greylist')).toMatchObject({ kind: 'unavailable' })
  })

  it('says how long to wait', () => {
    const settings = { delay: 300_000, longest_delay: 3_600_000 }
    const fresh = { first: NOON, passed: null }
    expect(judge(fresh, fresh, NOON, settings)).toMatchObject({
      reply: { code: 451, enhanced: '4.7.1', text: 'Greylisted, please try again in 300 seconds' },
    })
    const pair = { first: NOON - 3_590_000, passed: null }
    expect(judge(fresh, pair, NOON, settings)).toMatchObject({
      reply: { text: 'Greylisted, please try again in 10 seconds' },
    })
  })
})
