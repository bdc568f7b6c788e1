/** The clock was a year ahead for a while and is right again: what was written then is of the future, and counts for nothing. */
import { describe, expect, it } from '@jest/globals'
import { openHistory } from '../../lib/store/history-sqlite.ts'
import { RELEASE_KEPT } from '../../lib/store/release-store.ts'
import { expireState, openState } from '../../lib/store/state.ts'
import { greylist } from '../../lib/checks/greylist.ts'
import { messageRate } from '../../lib/checks/client-rate.ts'
import { recipientInput, summary, testContext } from '../support/session.ts'
import { decisionWith } from '../support/decision.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const NOW = 20_000 * DAY
const THEN = NOW + 365 * DAY
const FADE = { halfLife: 30 * DAY, most: 50 }

describe('after the clock was ahead and is set back', () => {
  it('greylisting meets a stranger, and lets them in after the delay', async () => {
    const context = testContext({ config: 'greylist: { enabled: true }' })
    const run = async () => summary(await greylist.run(recipientInput({ hostname: 'x.example' }), context))
    context.pass(365 * DAY)
    const first = await run()
    expect(first).toContain('refuse 451')
    context.pass(10 * 60_000 - 365 * DAY)
    expect(await run()).toBe(first)
    context.pass(HOUR)
    expect(await run()).not.toContain('refuse')
  })

  it('limits count no events that have not happened yet', async () => {
    const context = testContext({ config: 'limits: { messages_per_hour: 3 }' })
    const run = async () => summary(await messageRate.run(recipientInput(), context))
    context.pass(365 * DAY)
    for (let times = 0; times < 3; times++) await run()
    expect(await run()).toContain('refuse')
    context.pass(-365 * DAY)
    expect([await run(), await run(), await run()]).toEqual(['', '', ''])
    expect(await run()).toContain('refuse')
  })

  it('counters are exact, however the clock goes', () => {
    const { counters } = openState(':memory:')
    const events: { at: number; amount: number }[] = []
    let seed = 3
    const random = (below: number) => (seed = (seed * 1_103_515_245 + 12_345) % 2_147_483_648) % below
    let now = NOW
    for (let step = 0; step < 3000; step++) {
      now += random(60) - (random(50) === 0 ? 3000 : 0) + (random(50) === 0 ? 3000 : 0)
      const inWindow = events
        .filter(({ at }) => at > now - 1000 && at <= now)
        .reduce((sum, { amount }) => sum + amount, 0)
      expect(counters.count('k', now, 1000)).toBe(inWindow)
      const { taken } = counters.take('k', 1, 40, now, 1000)
      expect(taken).toBe(inWindow < 40)
      if (taken) events.push({ at: now, amount: 1 })
    }
    expect(counters.top('k', NOW - DAY, HOUR, 5)).toEqual([])
  })

  it('a block of then shuts nobody out now, and does not keep one of now from being made', () => {
    const { blocks } = openState(':memory:')
    blocks.block('k', 'then', THEN, THEN + HOUR)
    expect([blocks.blocked('k', NOW), blocks.list(NOW, 10)]).toEqual([null, []])
    blocks.block('k', 'now', NOW, NOW + HOUR)
    expect(blocks.blocked('k', NOW)?.reason).toBe('now')
  })

  it('good sources, correspondents, reputations, releases and the state of lists of then count for nothing', () => {
    const state = openState(':memory:')
    state.greylist.credit('s', THEN)
    state.greylist.credit('s', THEN)
    state.correspondents.wrote(['a@b.example'], THEN)
    state.reputation.add('a@b.example', 'net', -10, THEN, FADE)
    state.releases.add('r', THEN + RELEASE_KEPT)
    state.listStatus.replace(
      [{ label: 'l', suspended: null, since: null, tested: null, silent: null, share: null }],
      THEN,
    )
    const look = (now: number) => [
      state.greylist.credits('s', now, 30 * DAY),
      state.correspondents.find('a@b.example', now, 30 * DAY),
      state.reputation.find('a@b.example', 'net', now),
      state.releases.any(now),
      state.releases.has('r', now),
      state.listStatus.latest(now),
    ]
    expect(look(NOW)).toEqual([0, null, null, false, false, null])
    expect(look(THEN)).toEqual([
      2,
      expect.objectContaining({ mails: 1 }),
      expect.objectContaining({ total: -10 }),
      true,
      true,
      expect.objectContaining({ at: THEN }),
    ])
    // and what happens now begins anew
    expect(state.greylist.credit('s', NOW)).toBe(1)
    state.correspondents.wrote(['a@b.example'], NOW)
    state.reputation.add('a@b.example', 'net', 2, NOW, FADE)
    expect(state.correspondents.find('a@b.example', NOW, DAY)).toMatchObject({ first: NOW, last: NOW })
    expect(state.reputation.find('a@b.example', 'net', NOW)).toMatchObject({ mails: 1, total: 2 })
  })

  it('a sender who had passed greylisting before, and was seen again meanwhile, has passed', () => {
    const { greylist } = openState(':memory:')
    greylist.sight('k', NOW - DAY, DAY, 30 * DAY)
    greylist.pass('k', NOW - DAY + HOUR)
    greylist.sight('k', THEN, DAY, 400 * DAY)
    expect(greylist.sight('k', NOW, DAY, 30 * DAY).passed).toBe(NOW - DAY + HOUR)
  })

  it('a few minutes ahead are no other time', () => {
    const { greylist, blocks } = openState(':memory:')
    greylist.sight('k', NOW + 60_000, DAY, 30 * DAY)
    blocks.block('k', 'why', NOW + 60_000, NOW + HOUR)
    expect(greylist.sight('k', NOW, DAY, 30 * DAY).first).toBe(NOW + 60_000)
    expect(blocks.blocked('k', NOW)?.reason).toBe('why')
  })

  it('rows of the future are the first to go when there are too many', () => {
    const bounds = {
      events: 10,
      greylisted: 10,
      reputations: 10,
      correspondents: 10,
      blocks: 10,
      senderEntries: 10,
      releases: 10,
    }
    const state = openState(':memory:', { bounds })
    for (let index = 0; index < 10; index++) state.greylist.sight(`then${index}`, THEN, DAY, DAY)
    for (let index = 0; index < 10; index++) state.greylist.sight(`now${index}`, NOW + index, DAY, DAY)
    expireState(state, NOW + 20, { counters: HOUR, greylist: DAY, correspondents: DAY, reputation: DAY })
    const known = Array.from({ length: 10 }, (_, index) =>
      state.greylist.sight(`now${index}`, NOW + 30, DAY, DAY),
    )
    expect(known.map(({ first }) => first)).toEqual(Array.from({ length: 10 }, (_, index) => NOW + index))
  })

  const decision = (at: number, reference: string) => decisionWith({ at, reference })
  const left = (history: ReturnType<typeof openHistory>) =>
    history.find({ word: 'Q', since: 0, limit: 100 }).map(({ reference }) => reference)

  it('decisions of then go from the record when those after them do', () => {
    const history = openHistory(':memory:')
    history.add([decision(NOW, 'a'), decision(THEN, 'b'), decision(NOW + 10, 'c'), decision(NOW + DAY, 'd')])
    const slack = 300_000
    history.expire(NOW + 5, 1000, 100, NOW + 35 * DAY + slack)
    expect(left(history)).toEqual(['d', 'c', 'b'])
    history.expire(NOW + 20, 1000, 100, NOW + 35 * DAY + slack)
    expect(left(history)).toEqual(['d'])
  })

  it('a clock that is years behind empties nothing', () => {
    const history = openHistory(':memory:')
    history.add([decision(NOW, 'a'), decision(NOW + 1, 'b'), decision(1000 * DAY, 'c')])
    history.expire(970 * DAY, 1000, 100, 1000 * DAY)
    expect(left(history)).toEqual(['c', 'b', 'a'])
  })
})
