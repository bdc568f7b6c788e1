import { afterEach, describe, expect, it } from '@jest/globals'
import type { AtMessage, MessageReply, Reply } from '../../lib/milter/handler.ts'
import { COMMAND } from '../../lib/milter/wire.ts'
import { gate } from './support/gate.ts'
import { run, sleep, stopAll, until } from './support/running.ts'

afterEach(stopAll)

const accepted: MessageReply = { reply: { kind: 'accept' }, edits: [] }
const proceed: Reply = { kind: 'continue' }

describe('malformed input', () => {
  const negotiation = '0000000d4f00000006000001ff001fffff'
  const cases: readonly [name: string, hex: string, message: RegExp][] = [
    ['a frame of length 0', '00000000', /length 0/],
    ['a frame that is too long', '7fffffff', /length 2147483647, at most/],
    ['an unknown command', `${negotiation} 000000013f`, /unknown command '\?'/],
    ['a command before the negotiation', '0000000148', /without a terminating NUL/],
    ['HELO before the negotiation', '00000004486d7800', /helo before the negotiation/],
    ['a second negotiation', negotiation + negotiation, /second negotiation/],
    ['a negotiation cut short', '000000054f00000006', /4 octets, 12 are needed/],
    ['version 1', '0000000d4f000000010000003f0000007f', /version 1, at least 2/],
    ['CONNECT twice', `${negotiation} 0000000443780055 0000000443780055`, /a second CONNECT/],
    ['RCPT without MAIL', `${negotiation} 00000004523c3e00`, /recipient without MAIL/],
    ['a header without MAIL', `${negotiation} 000000054c61006200`, /header without MAIL/],
    ['a body without MAIL', `${negotiation} 0000000242 78`, /body without MAIL/],
    ['end of message without MAIL', `${negotiation} 0000000145`, /endOfMessage without MAIL/],
    ['DATA without MAIL', `${negotiation} 0000000154`, /data without MAIL/],
    ['end of headers without MAIL', `${negotiation} 000000014e`, /endOfHeaders without MAIL/],
    [
      'RCPT after DATA',
      `${negotiation} 000000044d3c3e00 0000000154 00000004523c3e00`,
      /recipient after a later/,
    ],
    [
      'a header after the body',
      `${negotiation} 000000044d3c3e00 000000024278 000000054c61006200`,
      /header after a later/,
    ],
    [
      'end of headers twice',
      `${negotiation} 000000044d3c3e00 000000014e 000000014e`,
      /endOfHeaders after a later/,
    ],
    ['MAIL without NUL', `${negotiation} 000000034d3c3e`, /MAIL without a terminating NUL/],
    [
      'a header without its second NUL',
      `${negotiation} 000000044d3c3e00 000000044c610062`,
      /header value without/,
    ],
    ['macros without NUL', `${negotiation} 000000034443 69`, /macro without a terminating NUL/],
    ['a macro without a value', `${negotiation} 0000000444436900`, /a macro without a value/],
    ['macros for an unknown command', `${negotiation} 000000024400`, /macros for the unknown command 0x00/],
  ]

  it.each(cases)(
    '%s: one line in the log, this connection closed, others untouched',
    async (_, hex, message) => {
      const running = await run(() => ({ message: (): MessageReply => accepted }))
      const bystander = await running.connect()
      await bystander.mail('a@example')
      const client = await running.connect('raw')
      client.sendRaw(Buffer.from(hex.replaceAll(' ', ''), 'hex'))
      await client.waitClosed()
      expect(running.problems.map(({ kind }) => kind)).toEqual(['protocol'])
      expect(running.problems[0]?.message).toMatch(message)
      expect(running.problems[0]?.connection).toEqual({ id: 2, peer: 'unix' })
      expect((await bystander.eom()).reply.kind).toBe('accept')
    },
  )

  it('a frame cut off by the end of the connection', async () => {
    const running = await run(() => ({ message: (): MessageReply => accepted }))
    const client = await running.connect()
    client.sendRaw(Buffer.from('0000001048', 'hex'))
    await client.quit().catch(() => undefined)
    await until(() => running.problems.length > 0)
    expect(running.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['protocol', 'the MTA closed the connection in the middle of a frame'],
    ])
  })

  it('in one-octet pieces a whole mail is understood', async () => {
    const seen: AtMessage[] = []
    const running = await run(() => ({
      message: (input): MessageReply => {
        seen.push(input)
        return accepted
      },
    }))
    const client = await running.connect()
    const octets = Buffer.from(
      '000000044d3c3e00 0000000154 000000054c61006200 0000000342 6869 0000000145'.replaceAll(' ', ''),
      'hex',
    )
    for (const octet of octets) {
      client.sendRaw(Uint8Array.of(octet))
      await new Promise((resolve) => {
        setImmediate(resolve)
      })
    }
    expect([
      (await client.readAnswer()).reply.kind,
      (await client.readAnswer()).reply.kind,
      (await client.readAnswer()).reply.kind,
    ]).toEqual(['continue', 'continue', 'accept'])
    expect(seen[0]?.headers).toEqual([{ name: 'a', value: 'b' }])
  })
})

describe('a whole mail', () => {
  it('of 30 MB arrives octet by octet', async () => {
    const body = Buffer.alloc(30 * 1024 * 1024)
    for (let index = 0; index < body.length; index += 1) body[index] = (index * 7919) >> 8
    let same = false
    const running = await run(() => ({
      message: (input): MessageReply => {
        same = body.equals(input.body) && !input.truncated && input.bodySize === body.length
        return accepted
      },
    }))
    const client = await running.connect()
    await client.mail('a@example')
    await client.data()
    expect((await client.body(body)).kind).toBe('continue')
    expect((await client.eom()).reply.kind).toBe('accept')
    expect(same).toBe(true)
  })

  it('with a header of 100 KB and one with all octets but NUL', async () => {
    const long = 'x'.repeat(102_400)
    const octets = String.fromCharCode(...Array.from({ length: 255 }, (_, index) => index + 1))
    let seen: AtMessage | undefined
    const running = await run(() => ({
      message: (input): MessageReply => {
        seen = input
        return accepted
      },
    }))
    const client = await running.connect()
    await client.mail('a@example')
    await client.header('X-Long', long)
    await client.header('X-Octets', octets)
    await client.eom()
    expect(seen?.headers).toEqual([
      { name: 'X-Long', value: long },
      { name: 'X-Octets', value: octets },
    ])
  })

  it('and 200 more on the same connection, with promises and without', async () => {
    let count = 0
    const running = await run(() => ({
      sender: () => proceed,
      recipient: () => Promise.resolve(proceed),
      message: async (): Promise<MessageReply> => {
        count += 1
        await Promise.resolve()
        return accepted
      },
    }))
    const client = await running.connect()
    for (let index = 0; index < 200; index += 1) {
      await client.mail(`a${index}@example`)
      await client.rcpt('b@example')
      await client.data({ i: `Q${index}` })
      await client.body('text')
      expect((await client.eom()).reply.kind).toBe('accept')
      client.abort()
    }
    expect(count).toBe(200)
    expect(running.problems).toEqual([])
  })

  it('pipelined in one write is answered in order', async () => {
    const running = await run(() => ({
      sender: async () => {
        await sleep(20)
        return proceed
      },
      message: () => accepted,
    }))
    const client = await running.connect()
    const mail = Buffer.from('000000044d3c3e00 0000000154 0000000145 0000000141'.replaceAll(' ', ''), 'hex')
    client.sendRaw(Buffer.concat([mail, mail, mail]))
    const kinds: string[] = []
    for (let index = 0; index < 9; index += 1) kinds.push((await client.readAnswer()).reply.kind)
    expect(kinds).toEqual([1, 2, 3].flatMap(() => ['continue', 'continue', 'accept']))
  })

  it('sent faster than its callback works is held back, not collected', async () => {
    const long = gate<Reply>()
    const running = await run(() => ({ sender: () => long.promise, message: () => accepted }), {})
    const client = await running.connect()
    client.sendFrame(COMMAND.mail, Buffer.from('<a@example>\0'))
    const before = process.memoryUsage().arrayBuffers
    const chunk = Buffer.alloc(65_535)
    for (let index = 0; index < 640; index += 1) client.sendFrame(COMMAND.body, chunk)
    await sleep(200)
    // The client's own 40 MB wait in this process too; the server's share is bounded.
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(60 * 1024 * 1024)
    long.open(proceed)
    expect((await client.readAnswer()).reply.kind).toBe('continue')
    for (let index = 0; index < 640; index += 1)
      expect((await client.readAnswer()).reply.kind).toBe('continue')
    expect((await client.eom()).reply.kind).toBe('accept')
  })
})
