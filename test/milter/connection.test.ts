import { afterEach, describe, expect, it } from '@jest/globals'
import type { AtMessage, MessageReply, MilterHandler, Reply } from '../../lib/milter/handler.ts'
import { COMMAND } from '../../lib/milter/wire.ts'
import { run, sleep, stopAll, until } from './support/running.ts'

afterEach(stopAll)

const accepted: MessageReply = { reply: { kind: 'accept' }, edits: [] }
const proceed: Reply = { kind: 'continue' }

/** A promise that is settled from outside. */
function gate<T>(): {
  promise: Promise<T>
  open: (value: T) => void
  signal: () => AbortSignal | undefined
  hold: (signal: AbortSignal) => Promise<T>
} {
  const { promise, resolve } = Promise.withResolvers<T>()
  let held: AbortSignal | undefined
  return {
    promise,
    open: resolve,
    signal: () => held,
    hold: (signal) => {
      held = signal
      return promise
    },
  }
}

describe('a handler', () => {
  it('that throws makes the MTA try again later, and the session goes on', async () => {
    const boom = new Error('boom')
    const running = await run(() => ({
      connect: () => {
        throw boom
      },
      sender: async () => {
        await Promise.resolve()
        throw boom
      },
      message: () => Promise.reject(boom),
    }))
    const client = await running.connect('raw')
    await client.negotiate()
    expect(await client.connect({ address: null, hostname: 'x', port: 0 })).toEqual({ kind: 'tempfail' })
    expect(await client.mail('a@example')).toEqual({ kind: 'tempfail' })
    expect(await client.mail('b@example')).toEqual({ kind: 'tempfail' })
    expect(running.problems.map(({ kind, error }) => [kind, error])).toEqual(
      [1, 2, 3].map(() => ['handler', boom]),
    )
  })

  it('that answers what no MTA would take is logged and makes it try again later', async () => {
    const running = await run(() => ({
      sender: () => ({ kind: 'refuse', reply: { code: 250, enhanced: '2.0.0', text: 'fine' } }),
      message: () =>
        Promise.resolve({
          reply: { kind: 'refuse', reply: { code: 550, enhanced: '4.0.0', text: '' } },
          edits: [],
        }),
    }))
    const client = await running.connect()
    expect(await client.mail('a@example')).toEqual({ kind: 'tempfail' })
    const second = await run(() => ({
      message: () =>
        Promise.resolve({
          reply: { kind: 'refuse', reply: { code: 550, enhanced: '4.0.0', text: '' } },
          edits: [],
        }),
    }))
    const other = await second.connect()
    await other.mail('a@example')
    expect((await other.eom()).reply).toEqual({ kind: 'tempfail' })
    expect([...running.problems, ...second.problems].map(({ kind, message }) => [kind, message])).toEqual([
      ['handler', 'an SMTP refusal has a code from 400 to 599, not 250'],
      ['handler', 'the enhanced status code 4.0.0 is not of the class of 550'],
    ])
  })

  it('whose edits cannot be sent keeps its verdict', async () => {
    const running = await run(() => ({
      message: () => ({
        reply: { kind: 'accept' },
        edits: [
          { kind: 'addHeader', name: 'X', value: '1' },
          { kind: 'addHeader', name: 'not a name', value: '2' },
        ],
      }),
    }))
    const client = await running.connect()
    await client.mail('a@example')
    const { reply, edits } = await client.eom()
    expect(reply).toEqual({ kind: 'accept' })
    expect(edits).toEqual([{ kind: 'addHeader', name: 'X', value: ' 1' }])
    expect(running.problems.map(({ kind }) => kind)).toEqual(['answer'])
  })

  it('that takes too long is told so, and the MTA gets a tempfail', async () => {
    const long = gate<MessageReply>()
    const running = await run(() => ({ message: (_, signal) => long.hold(signal) }), { callbackMs: 50 })
    const client = await running.connect()
    await client.mail('a@example')
    expect((await client.eom()).reply).toEqual({ kind: 'tempfail' })
    expect(long.signal()?.aborted).toBe(true)
    expect(running.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['timeout', 'the callback message took longer than 50 ms: tempfail'],
    ])
    // What comes too late is not taken for the answer to something else.
    long.open(accepted)
    await client.mail('b@example')
    expect((await client.data()).kind).toBe('continue')
  })

  it('is told once that the session is over, whatever ended it', async () => {
    const ends: ((client: Awaited<ReturnType<Awaited<ReturnType<typeof run>>['connect']>>) => unknown)[] = [
      (client) => client.quit(),
      (client) => client.destroy(),
      (client) => client.sendRaw(Buffer.from('ffffffff', 'hex')),
      (client) => client.sendFrame(COMMAND.endOfMessage),
    ]
    for (const end of ends) {
      let closed = 0
      const running = await run(() => ({ closed: () => (closed += 1) && undefined, message: () => accepted }))
      const client = await running.connect()
      await end(client)
      await until(() => running.server.connections === 0)
      expect(closed).toBe(1)
    }
  })

  it('is told that a mail broke off when the MTA leaves, but not once it was asked about it', async () => {
    const events: string[] = []
    const long = gate<MessageReply>()
    const handler: MilterHandler = {
      message: (_, signal) => long.hold(signal),
      aborted: () => events.push('aborted') && undefined,
      closed: () => events.push('closed') && undefined,
    }
    const running = await run(() => handler)
    const first = await running.connect()
    await first.mail('a@example')
    await first.data()
    first.destroy()
    await until(() => running.server.connections === 0)
    expect(events).toEqual(['aborted', 'closed'])
    const second = await running.connect()
    await second.mail('a@example')
    second.sendFrame(COMMAND.endOfMessage)
    await until(() => long.signal() !== undefined)
    second.destroy()
    await until(() => running.server.connections === 0)
    expect(events).toEqual(['aborted', 'closed', 'closed'])
    expect(long.signal()?.aborted).toBe(true)
    expect(running.problems.map(({ kind }) => kind)).toEqual(['peer-left'])
  })

  it('is told by the signal of an earlier callback that the MTA has left', async () => {
    const signals: AbortSignal[] = []
    const running = await run(() => ({
      connect: async (_, signal) => {
        await Promise.resolve()
        signals.push(signal)
        return proceed
      },
      sender: async (_, signal) => {
        await Promise.resolve()
        signals.push(signal)
        return proceed
      },
    }))
    const client = await running.connect()
    await client.mail('a@example')
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
    await client.quit()
    expect(signals.map(({ aborted }) => aborted)).toEqual([true, true])
  })

  it('is never made for somebody who is no MTA', async () => {
    let made = 0
    const running = await run(() => {
      made += 1
      return {}
    })
    const client = await running.connect('raw')
    client.sendRaw(Buffer.from('GET / HTTP/1.1\r\n\r\n'))
    await client.waitClosed()
    expect(made).toBe(0)
    expect(running.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['protocol', 'a frame of length 1195725856 ("GET ": not a milter client), at most 1048576 is allowed'],
    ])
  })

  it('that cannot be made ends that connection only', async () => {
    let fail = true
    const running = await run(() => {
      if (fail) throw new Error('no handler today')
      return { message: () => accepted }
    })
    const client = await running.connect('raw')
    await expect(client.negotiate()).rejects.toThrow('closed')
    expect(running.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['handler', 'no handler today'],
    ])
    fail = false
    const next = await running.connect()
    await next.mail('a@example')
    expect((await next.eom()).reply.kind).toBe('accept')
  })
})

describe('progress', () => {
  it('keeps every MTA waiting at the end of the message', async () => {
    for (const version of ['Postfix 3.11', '8.18.1']) {
      const long = gate<MessageReply>()
      const running = await run(
        () => ({ message: (_, signal) => long.hold(signal) }),
        { progressMs: 20 },
        version,
      )
      const client = await running.connect()
      await client.mail('a@example')
      setTimeout(() => long.open(accepted), 300)
      const { reply, progress } = await client.eom()
      expect(reply.kind).toBe('accept')
      expect(progress).toBeGreaterThanOrEqual(2)
    }
  })

  it('goes to Postfix at other stages too, but not to Sendmail, which would close the connection', async () => {
    const counts: number[] = []
    for (const version of ['Postfix 3.11', '8.18.1']) {
      const long = gate<Reply>()
      const running = await run(
        () => ({ sender: (_, signal) => long.hold(signal) }),
        { progressMs: 20 },
        version,
      )
      const client = await running.connect()
      client.sendFrame(COMMAND.mail, Buffer.from('<a@example>\0'))
      setTimeout(() => long.open(proceed), 300)
      counts.push((await client.readAnswer()).progress)
    }
    expect(counts[0]).toBeGreaterThanOrEqual(2)
    expect(counts[1]).toBe(0)
  })

  it('is not sent where the MTA expects no reply', async () => {
    const long = gate<void>()
    const running = await run(() => ({ rejectedRecipient: () => long.promise, message: () => accepted }), {
      progressMs: 20,
    })
    const client = await running.connect()
    await client.mail('a@example')
    await client.rejectedRcpt('b@example', '5.1.1', 'unknown')
    client.sendFrame(COMMAND.data)
    setTimeout(() => long.open(), 100)
    expect(await client.readAnswer()).toEqual({ reply: { kind: 'continue' }, edits: [], progress: 0 })
  })
})

describe('time-outs', () => {
  it('a stranger who says nothing is sent away', async () => {
    const running = await run(() => ({}), { handshakeMs: 50 })
    const client = await running.connect('raw')
    await client.waitClosed()
    expect(running.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['timeout', 'no negotiation within 50 ms'],
    ])
  })

  it('an MTA that says nothing is too, and one that does is not', async () => {
    const running = await run(() => ({ message: () => accepted }), { idleMs: 800 })
    const client = await running.connect()
    for (let count = 0; count < 4; count += 1) {
      await sleep(250)
      client.abort()
    }
    expect(client.closed).toBe(false)
    await client.waitClosed()
    expect(running.problems.map(({ message }) => message)).toEqual(['the MTA sent nothing for 800 ms'])
  })

  it('a frame that begins must end', async () => {
    const running = await run(() => ({ message: () => accepted }), { frameMs: 700 })
    const client = await running.connect()
    const slow = Buffer.from('0000000448 6d7800'.replace(' ', ''), 'hex')
    for (let count = 0; count < 4; count += 1)
      for (const half of [slow.subarray(0, 6), slow.subarray(6)]) {
        client.sendRaw(half)
        await sleep(100)
      }
    expect(client.closed).toBe(false)
    client.sendRaw(slow.subarray(0, 6))
    await client.waitClosed()
    expect(running.problems.map(({ message }) => message)).toEqual([
      'the rest of a frame did not arrive within 700 ms',
    ])
  })

  it('waiting for a callback is not idleness', async () => {
    const long = gate<MessageReply>()
    const running = await run(() => ({ message: () => long.promise }), { idleMs: 50 })
    const client = await running.connect()
    await client.mail('a@example')
    setTimeout(() => long.open(accepted), 200)
    expect((await client.eom()).reply.kind).toBe('accept')
    expect(running.problems).toEqual([])
  })
})

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
