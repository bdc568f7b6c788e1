import { afterEach, describe, expect, it } from '@jest/globals'
import type { MessageReply, MilterHandler } from '../../lib/milter/handler.ts'
import { createMilterServer, MilterClient, probe } from '../../lib/milter/index.ts'
import { run, sleep, stopAll, until } from './support/running.ts'

afterEach(stopAll)

const accepted: MessageReply = { reply: { kind: 'accept' }, edits: [] }
const accepting = (): MilterHandler => ({ message: () => accepted })

describe('stopping', () => {
  it('closes idle connections at once and lets a running mail end', async () => {
    const { promise, resolve } = Promise.withResolvers<MessageReply>()
    const running = await run(() => ({ message: () => promise }))
    const idle = await running.connect()
    const strange = await running.connect('raw')
    const busy = await running.connect()
    await busy.mail('a@example')
    await busy.rcpt('b@example')
    const stopped = running.server.stop(5000)
    await idle.waitClosed()
    await strange.waitClosed()
    await expect(MilterClient.connect(running.address)).rejects.toThrow(/ENOENT|ECONNREFUSED/)
    await busy.data()
    const answer = busy.eom()
    await sleep(50)
    resolve(accepted)
    expect((await answer).reply.kind).toBe('accept')
    await busy.waitClosed()
    await stopped
    expect(running.server.connections).toBe(0)
    expect(running.problems).toEqual([])
  })

  it('ends with ABORT too, for all who wait for it', async () => {
    const running = await run(accepting)
    const client = await running.connect()
    await client.mail('a@example')
    await client.data()
    const stopped = [running.server.stop(5000), running.server.stop(5000)]
    client.abort()
    await Promise.all(stopped)
    await client.waitClosed()
  })

  it('cuts off what is left when the time is over', async () => {
    let aborted = false
    const running = await run(() => ({
      message: (_, signal) =>
        new Promise<MessageReply>(() => {
          signal.addEventListener('abort', () => {
            aborted = true
          })
        }),
    }))
    const client = await running.connect()
    await client.mail('a@example')
    const answer = client.eom().catch(String)
    await sleep(20)
    const start = performance.now()
    await running.server.stop(100)
    expect(performance.now() - start).toBeGreaterThanOrEqual(95)
    expect(await answer).toMatch(/closed|ECONNRESET/)
    expect(aborted).toBe(true)
  })

  it('with nothing open is immediate, also twice and before the start', async () => {
    const running = await run(accepting)
    await running.server.stop(60_000)
    await running.server.stop(60_000)
    await createMilterServer({ listen: [], handler: accepting }).stop(60_000)
  })
})

describe('the cap on connections', () => {
  it('sends one more away and says so', async () => {
    const running = await run(accepting, { connections: 2 })
    const first = await running.connect()
    await running.connect()
    const third = await running.connect('raw')
    await third.waitClosed()
    expect(running.problems.map(({ kind, message }) => [kind, message])).toEqual([
      ['connections', 'refused: 2 connections are open already'],
    ])
    await first.quit()
    await until(() => running.server.connections === 1)
    const again = await running.connect()
    await again.mail('a@example')
    expect((await again.eom()).reply.kind).toBe('accept')
  })
})

describe('options', () => {
  it('a frame limit below a body chunk is a mistake', () => {
    expect(() => createMilterServer({ listen: [], handler: accepting, frameOctets: 1000 })).toThrow(
      'frameOctets',
    )
  })

  it('an MTA without a required action is refused with one line', async () => {
    const running = await run(accepting, { requiredActions: ['quarantine'] })
    const client = await running.connect('raw')
    await expect(client.negotiate(6, 0x1df)).rejects.toThrow('closed')
    expect(running.problems.map(({ message }) => message)).toEqual([
      'the MTA does not offer quarantine, which is needed',
    ])
  })

  it('macro lists are the caller’s', async () => {
    const running = await run(accepting, { macros: { sender: ['i', '{x}'] } })
    const client = await running.connect('raw')
    expect((await client.negotiate()).macros).toEqual({ sender: ['i', '{x}'] })
  })
})

describe('probe', () => {
  it('finds a milter and leaves no trace in it', async () => {
    let made = 0
    const running = await run(() => {
      made += 1
      return { message: () => accepted }
    })
    expect(await probe(running.address)).toMatchObject({ kind: 'up', offered: { version: 6 } })
    expect(made).toBe(1)
    expect(running.problems).toEqual([])
  })

  it('says why there is none', async () => {
    expect(await probe('unix:/nonexistent/socket', 500)).toMatchObject({
      kind: 'down',
      reason: /ENOENT/ as unknown,
    })
    expect(await probe('nonsense', 500)).toMatchObject({ kind: 'down' })
    const running = await run(accepting, { connections: 0 })
    expect(await probe(running.address, 500)).toMatchObject({ kind: 'down' })
  })
})
