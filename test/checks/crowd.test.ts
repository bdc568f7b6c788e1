/** Ten thousand different clients through the real protocol: every count is exact, also when the MTA dies. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { connections } from '../../lib/checks/connections.ts'
import { messageRate, recipientRate } from '../../lib/checks/client-rate.ts'
import { sessionRecorder } from '../../lib/checks/session-recorder.ts'
import { createFilter } from '../../lib/filter.ts'
import {
  createMilterServer,
  MilterClient,
  type MilterReply,
  type MilterServer,
} from '../../lib/milter/index.ts'
import { testEngine, type TestEngine } from '../support/engine.ts'

/** All of them take half a minute: the continuous integration has it, a quick `npm test` makes do with a fifth. */
const CLIENTS = process.env['HAMLET_REQUIRE_SERVERS'] === '1' ? 10_000 : 2_000
const MTAS = 20
const HOUR = 3_600_000

describe('a crowd', () => {
  let server: MilterServer
  afterEach(() => server.stop(0))

  const start = async (
    config: string,
  ): Promise<{ engine: TestEngine; connect: () => Promise<MilterClient> }> => {
    const engine = testEngine({
      config,
      checks: [connections, messageRate, recipientRate],
      recorders: [sessionRecorder],
    })
    server = createMilterServer({ listen: ['inet:0@127.0.0.1'], handler: createFilter(() => engine) })
    const [address] = await server.start()
    return {
      engine,
      connect: async () => {
        const client = await MilterClient.connect(address?.text ?? '')
        await client.negotiate()
        return client
      },
    }
  }
  const address = (index: number) => `10.${index >> 16}.${(index >> 8) & 255}.${index & 255}`
  const codeOf = (reply: MilterReply) => (reply.kind === 'refuse' ? reply.code : reply.kind)

  it(`of ${CLIENTS} clients that send three mails each at a limit of two hears exactly ${CLIENTS} deferrals`, async () => {
    const { engine, connect } = await start(
      'limits: { messages_per_hour: 2, recipients_per_hour: 3, connections: 1 }',
    )
    const tally = new Map<string, number>()
    const count = (reply: MilterReply) => {
      const code = String(codeOf(reply))
      tally.set(code, (tally.get(code) ?? 0) + 1)
    }
    const serve = async (first: number) => {
      const mta = await connect()
      for (let index = first; index < CLIENTS; index += MTAS) {
        await mta.connect({ address: address(index), hostname: 'unknown', port: 1000 })
        await mta.helo('client.example')
        for (let mail = 0; mail < 3; mail++) {
          await mta.mail('a@b.example')
          count(await mta.rcpt('user@example.test'))
          mta.abort()
        }
        mta.quitNewConnection()
      }
      await mta.quit()
    }
    await Promise.all(Array.from({ length: MTAS }, (_, first) => serve(first)))
    expect(Object.fromEntries(tally)).toEqual({ continue: 2 * CLIENTS, 451: CLIENTS })
    const { counters, sessions } = engine.store
    let exact = 0
    for (let index = 0; index < CLIENTS; index++)
      if (counters.count(`messages:${address(index)}`, engine.now(), HOUR) === 2) exact++
    expect(exact).toBe(CLIENTS)
    expect(sessions.top(1)).toEqual([])
  }, 120_000)

  it('of 40 connections of one client at a limit of 7 has 33 refused, and none left when the MTA dies', async () => {
    const { engine, connect } = await start('limits: { connections: 7 }')
    const opened = await Promise.all(
      Array.from({ length: 40 }, async () => {
        const mta = await connect()
        const reply = await mta.connect({ address: '192.0.2.1', hostname: 'unknown', port: 1000 })
        return { mta, code: codeOf(reply) }
      }),
    )
    expect(opened.filter(({ code }) => code === 421)).toHaveLength(33)
    expect(engine.store.sessions.count('connections:192.0.2.1')).toBeGreaterThanOrEqual(7)
    for (const { mta } of opened) mta.destroy()
    for (let tries = 0; engine.store.sessions.count('connections:192.0.2.1') > 0; tries++) {
      expect(tries).toBeLessThan(200)
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }, 30_000)
})
