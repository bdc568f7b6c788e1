import { afterEach, describe, expect, it } from '@jest/globals'
import type { MessageReply, MilterHandler, Reply } from '../../lib/milter/handler.ts'
import { COMMAND } from '../../lib/milter/wire.ts'
import { gate } from './support/gate.ts'
import { run, stopAll, until } from './support/running.ts'

afterEach(stopAll)

const accepted: MessageReply = { reply: { kind: 'accept' }, edits: [] }
const proceed: Reply = { kind: 'continue' }

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
