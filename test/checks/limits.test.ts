import { describe, expect, it } from '@jest/globals'
import type { CheckResult } from '../../lib/checks/check.ts'
import { connections } from '../../lib/checks/connections.ts'
import { failedCommands } from '../../lib/checks/failed-commands.ts'
import { harvestCount } from '../../lib/checks/harvest.ts'
import { shutOut } from '../../lib/checks/shut-out.ts'
import { messageRate, recipientRate } from '../../lib/checks/client-rate.ts'
import { announced, announcedSize, limitFor, messageSize } from '../../lib/checks/message-size.ts'
import { recipientCount } from '../../lib/checks/recipient-count.ts'
import { sessionRecorder } from '../../lib/checks/session-recorder.ts'
import { userMessageRate, userRecipientRate } from '../../lib/checks/user-rate.ts'
import { recipientInput, summary, testContext, type SessionOptions } from '../support/session.ts'

const HOUR = 3_600_000

describe('messages per hour', () => {
  it('are counted per client over any sixty minutes, exactly', async () => {
    const context = testContext({
      config: 'limits: { messages_per_hour: 3, exempt: [partner] }\ngroups: { partner: [198.51.100.1] }',
    })
    const send = async (options: SessionOptions = {}) =>
      summary(await messageRate.run(recipientInput(options), context))
    expect(await send()).toBe('')
    context.pass(1000)
    expect([await send(), await send()]).toEqual(['', ''])
    expect([await send(), await send()]).toEqual(Array(2).fill('refuse 451 4.7.1 LIMIT_MESSAGES'))
    expect(await send({ address: '192.0.2.2' })).toBe('')
    for (let times = 0; times < 5; times++) {
      expect(await send({ address: '198.51.100.1', groups: ['partner'] })).toBe('')
      expect(await send({ address: null })).toBe('')
    }
    // the first message leaves the window; refused ones never entered it
    context.pass(HOUR - 1000)
    expect([await send(), await send()]).toEqual(['', 'refuse 451 4.7.1 LIMIT_MESSAGES'])
  })

  it('count IPv6 clients by their /64', async () => {
    const context = testContext({ config: 'limits: { messages_per_hour: 1 }' })
    const send = async (address: string) =>
      summary(await messageRate.run(recipientInput({ address }), context))
    expect(await send('2001:db8::1')).toBe('')
    expect(await send('2001:db8::ffff:1')).toBe('refuse 451 4.7.1 LIMIT_MESSAGES')
    expect(await send('2001:db8:0:1::1')).toBe('')
    expect(await send('::ffff:192.0.2.1')).toBe('')
    expect(await send('192.0.2.1')).toBe('refuse 451 4.7.1 LIMIT_MESSAGES')
  })
})

describe('recipients', () => {
  it('per hour are deferred over the limit', async () => {
    const context = testContext({ config: 'limits: { recipients_per_hour: 2 }' })
    const name = async () => summary(await recipientRate.run(recipientInput(), context))
    expect([await name(), await name(), await name()]).toEqual(['', '', 'refuse 451 4.7.1 LIMIT_RECIPIENTS'])
  })

  it('of one message get 452 4.5.3 beyond the limit, so that the client sends the rest by itself', async () => {
    const context = testContext({ config: 'limits: { recipients_per_message: 2 }' })
    const name = async (recipients: string[]) =>
      summary(await recipientCount.run(recipientInput({ recipients }), context))
    expect(await name(['a@b.example'])).toBe('')
    expect(await name(['a@b.example', 'c@b.example'])).toBe('refuse 452 4.5.3 LIMIT_RECIPIENTS_OF_MESSAGE')
  })
})

describe('users', () => {
  const context = testContext({
    config:
      'limits: { user_messages_per_hour: 2, user_recipients_per_hour: 3, user_exempt: [News@example.test] }',
  })
  it('are stopped at their limit, whatever address they come from, and the journal says so once', async () => {
    const send = async (user: string | null, address = '192.0.2.1') =>
      summary(await userMessageRate.run(recipientInput({ user, address }), context))
    expect([await send('bob'), await send('BOB', '198.51.100.7')]).toEqual(['', ''])
    expect([await send('bob'), await send('bob'), await send('bob')]).toEqual(
      Array(3).fill('refuse 451 4.7.1 LIMIT_USER_MESSAGES'),
    )
    expect(context.alerts).toHaveLength(1)
    expect(context.alerts[0]).toMatch(
      /user bob is over the limit of 2 messages an hour, now from 192\.0\.2\.1/,
    )
    for (let times = 0; times < 5; times++)
      expect([await send(null), await send('news@example.test')]).toEqual(['', ''])
    context.pass(HOUR)
    expect(await send('bob')).toBe('')
  })

  it('have a limit of recipients too, and judge own mail by nothing else', async () => {
    const name = async () => summary(await userRecipientRate.run(recipientInput({ user: 'eve' }), context))
    expect([await name(), await name(), await name(), await name()]).toEqual([
      '',
      '',
      '',
      'refuse 451 4.7.1 LIMIT_USER_RECIPIENTS',
    ])
    expect([userMessageRate.judgesOwn, userRecipientRate.judgesOwn, messageRate.judgesOwn]).toEqual([
      true,
      true,
      undefined,
    ])
  })
})

describe('connections', () => {
  it('are counted while they last, also when the MTA dies', async () => {
    const context = testContext({ config: 'limits: { connections: 2 }' })
    const open = async (id: string, address = '192.0.2.1') =>
      summary(await connections.run(recipientInput({ id, address }), context))
    expect([await open('1'), await open('2')]).toEqual(['', ''])
    expect(await open('3')).toBe('refuse 421 4.7.0 LIMIT_CONNECTIONS')
    expect(await open('4', '192.0.2.2')).toBe('')
    sessionRecorder.closed?.(recipientInput({ id: '3' }), context)
    sessionRecorder.closed?.(recipientInput({ id: '1' }), context)
    expect(await open('5')).toBe('')
    expect(context.store.sessions.count('connections:192.0.2.1')).toBe(2)
    for (const id of ['2', '4', '5', 'never opened'])
      sessionRecorder.closed?.(recipientInput({ id }), context)
    expect(context.store.sessions.top(9)).toEqual([])
  })
})

describe('sizes', () => {
  it.each([
    [['SIZE=1000'], 1000],
    [['BODY=8BITMIME', 'size=7'], 7],
    [[], 0],
    [['SIZE='], 0],
    [['SIZE=1x'], 0],
    [['SIZE=99999999999999999999'], 0],
  ])('%j announces %d', (parameters, octets) => {
    expect(announced({ address: 'a@b.example', parameters })).toBe(octets)
  })
  const context = testContext({ config: 'limits: { message_size: 1KB }' })
  it('too large are refused with 552 5.3.4 as soon as they are known', async () => {
    const mail = async (size: string) =>
      summary(await announcedSize.run(recipientInput({ parameters: [size] }), context))
    expect([await mail('SIZE=1024'), await mail('SIZE=1025')]).toEqual(['', 'refuse 552 5.3.4 LIMIT_SIZE'])
  })
  it.each([
    [[], 1000],
    [['partners'], 5000],
    [['slow'], 10],
    [['slow', 'partners'], 5000],
    [['slow', 'own'], 'off'],
  ])('may be other ones for IP groups: %j %s', (groups, limit) => {
    const limits = { message_size: 1000, message_size_of: { partners: 5000, slow: 10, own: 'off' as const } }
    expect(limitFor(new Set(groups), limits)).toBe(limit)
  })
  it('are looked at again at the end, for clients that announced nothing', async () => {
    const message = (bodySize: number) =>
      messageSize.run(
        { ...recipientInput(), headers: [{ name: 'From', value: ' x' }], bodySize } as never,
        context,
      )
    expect(await message(1000)).toMatchObject({ hits: [] })
    expect(await message(1020)).toMatchObject({
      hits: [{ name: 'LIMIT_SIZE' }],
      demands: [{ action: 'reject', source: 'limit', hit: 'LIMIT_SIZE' }],
    })
  })
})

describe('harvesting', () => {
  const config = 'limits: { unknown_recipients: 3, unknown_recipients_block: 1h }'
  const guess = async (context: ReturnType<typeof testContext>, status = '5.1.1', address = '192.0.2.1') =>
    harvestCount.run({ ...recipientInput({ address }), status, reason: '' }, context)
  const known = async (context: ReturnType<typeof testContext>, address = '192.0.2.1') =>
    summary(await shutOut.run(recipientInput({ address }), context))

  it('shuts a client out for an hour once it is over the limit, for known recipients too', async () => {
    const context = testContext({ config })
    for (let times = 0; times < 3; times++) await guess(context)
    expect(await known(context)).toBe('')
    await guess(context)
    expect(await known(context)).toBe('refuse 451 4.7.1 LIMIT_UNKNOWN_RECIPIENTS')
    expect(await known(context, '192.0.2.2')).toBe('')
    await guess(context)
    expect(context.alerts).toEqual(['client 192.0.2.1 is shut out: 4 unknown recipients within an hour'])
    context.pass(HOUR - 1)
    expect(await known(context)).not.toBe('')
    context.pass(1)
    expect(await known(context)).toBe('')
  })

  it('counts nothing but 5.1.1, and nobody who is exempt', async () => {
    const context = testContext({ config: `${config}\ngroups: { p: [192.0.2.9] }` })
    for (let times = 0; times < 9; times++)
      for (const status of ['5.7.1', '4.2.0', '']) await guess(context, status)
    expect(await known(context)).toBe('')
  })

  it.each([
    ['log', 'LIMIT_UNKNOWN_RECIPIENTS=0'],
    ['defer', 'refuse 451 4.7.1 LIMIT_UNKNOWN_RECIPIENTS'],
    ['reject', 'refuse 550 5.7.1 LIMIT_UNKNOWN_RECIPIENTS'],
  ])('%s: %s', async (action, wanted) => {
    const context = testContext({
      config: `limits: { unknown_recipients: 1, unknown_recipients_action: ${action} }`,
    })
    for (let times = 0; times < 2; times++) await guess(context)
    expect(await known(context)).toBe(wanted)
  })
})

describe('failed commands', () => {
  it('end the session with 421 over the limit, and are counted per session', async () => {
    const context = testContext({ config: 'limits: { failed_commands: 2 }' })
    const say = async (id: string): Promise<CheckResult> =>
      failedCommands.run({ ...recipientInput({ id }), line: 'GET /' }, context)
    for (const [id, wanted] of [
      ['1', ''],
      ['1', ''],
      ['2', ''],
      ['1', 'refuse 421 4.7.0 LIMIT_FAILED_COMMANDS'],
      ['2', ''],
    ] as const)
      expect(summary(await say(id))).toBe(wanted)
  })
})

describe('a store that fails', () => {
  it('makes a check throw, which the runner turns into unavailable: mail passes', async () => {
    const context = testContext({ config: 'limits: { messages_per_hour: 1 }' })
    context.store.close()
    await expect(messageRate.run(recipientInput(), context)).rejects.toThrow(/not open/)
  })
})
