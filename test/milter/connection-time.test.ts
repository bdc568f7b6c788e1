import { afterEach, describe, expect, it } from '@jest/globals'
import type { MessageReply, Reply } from '../../lib/milter/handler.ts'
import { COMMAND } from '../../lib/milter/wire.ts'
import { gate } from './support/gate.ts'
import { run, sleep, stopAll } from './support/running.ts'

afterEach(stopAll)

const accepted: MessageReply = { reply: { kind: 'accept' }, edits: [] }
const proceed: Reply = { kind: 'continue' }

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
