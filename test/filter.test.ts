/** The seam, over the real protocol: what the MTA hears at each stage for what checks say. */
import { afterEach, describe, expect, it } from '@jest/globals'
import type { Check, CheckResult, CheckStage, Recorder } from '../lib/checks/check.ts'
import type { AnyCheck } from '../lib/checks/run.ts'
import { createFilter } from '../lib/filter.ts'
import { createMilterServer, MilterClient, type MilterServer } from '../lib/milter/index.ts'
import { found, testEngine, type TestEngine, type TestEngineOptions } from './support/engine.ts'

const CLIENT = { hostname: 'mx.example', address: '192.0.2.7', port: 4242 }

function check<S extends CheckStage>(
  stage: S,
  result: CheckResult | (() => Promise<CheckResult>),
  more: Partial<Check<S>> = {},
): Check<S> {
  return {
    name: `at-${stage}`,
    stage,
    enabled: () => true,
    run: () => (typeof result === 'function' ? result() : Promise.resolve(result)),
    ...more,
  }
}
const refusal = (code: number, name = 'DENIED'): CheckResult => ({
  kind: 'refuse',
  hit: { name },
  reply: { code, enhanced: `${Math.floor(code / 100)}.7.1`, text: 'Not you' },
})

describe('the filter', () => {
  const servers: MilterServer[] = []
  const clients: MilterClient[] = []
  afterEach(async () => {
    for (const client of clients.splice(0)) client.destroy()
    for (const server of servers.splice(0)) await server.stop(0)
  })

  const open = async (options: TestEngineOptions): Promise<{ client: MilterClient; engine: TestEngine }> => {
    const engine = testEngine(options)
    const server = createMilterServer({ listen: ['inet:0@127.0.0.1'], handler: createFilter(() => engine) })
    const [address] = await server.start()
    servers.push(server)
    const client = await MilterClient.connect(address?.text ?? '')
    clients.push(client)
    await client.negotiate()
    return { client, engine }
  }
  const dialogue = async (
    mta: MilterClient,
    rcpt: readonly string[] = ['user@example.test'],
    macros = {},
  ) => {
    const kinds: string[] = []
    kinds.push((await mta.connect(CLIENT, { j: 'mail.example.test' })).kind)
    kinds.push((await mta.helo('mx.example')).kind)
    kinds.push((await mta.mail('a@sender.example', macros)).kind)
    const recipients = []
    for (const address of rcpt) recipients.push(await mta.rcpt(address))
    return { kinds, recipients }
  }
  const message = async (mta: MilterClient) => {
    await mta.data({ i: 'QUEUE1' })
    await mta.header('Subject', ' hello')
    await mta.eoh()
    await mta.body('text\r\n')
    return mta.eom({ i: 'QUEUE1' })
  }
  const CONTINUED = ['continue', 'continue', 'continue']

  it.each(['connect', 'helo', 'sender'] as const)(
    'says a refusal found at %s to each recipient',
    async (stage) => {
      const { client: mta, engine } = await open({ checks: [check(stage, refusal(550)) as AnyCheck] })
      const { kinds, recipients } = await dialogue(mta)
      expect(kinds).toEqual(CONTINUED)
      expect(recipients).toEqual([
        expect.objectContaining({
          kind: 'refuse',
          code: 550,
          text: expect.stringMatching(/^Not you \(ref s\d+-1\)$/),
        }),
      ])
      expect(engine.lines.at(-1)).toMatchObject({
        level: 'notice',
        fields: {
          verdict: 'reject',
          at: 'RCPT',
          test: 'DENIED',
          client: 'mx.example[192.0.2.7]',
          to: '<user@example.test>',
        },
      })
    },
  )

  it('says it at once when the configuration wants that', async () => {
    const { client: mta } = await open({
      config: 'judge: { refuse_at: once }',
      checks: [check('connect', refusal(550))],
    })
    expect((await mta.connect(CLIENT)).kind).toBe('refuse')
  })

  it('says a 421 at once in any case', async () => {
    const { client: mta } = await open({ checks: [check('connect', refusal(421))] })
    expect(await mta.connect(CLIENT)).toMatchObject({ kind: 'refuse', code: 421 })
  })

  it('lets postmaster and abuse be reached', async () => {
    const { client: mta } = await open({ checks: [check('connect', refusal(550))] })
    const { recipients } = await dialogue(mta, [
      'Postmaster@example.test',
      'abuse@example.test',
      'user@example.test',
    ])
    expect(recipients.map(({ kind }) => kind)).toEqual(['continue', 'continue', 'refuse'])
  })

  it('refuses one recipient and takes the others', async () => {
    const picky: Check<'recipient'> = {
      name: 'picky',
      stage: 'recipient',
      enabled: () => true,
      run: async ({ recipient }) =>
        recipient.address.startsWith('no') ? refusal(450) : { kind: 'hits', hits: [{ name: 'FINE' }] },
    }
    const { client: mta, engine } = await open({ checks: [picky] })
    const { recipients } = await dialogue(mta, ['no@example.test', 'yes@example.test'])
    expect(recipients.map(({ kind }) => kind)).toEqual(['refuse', 'continue'])
    await message(mta)
    expect(engine.jobs[0]?.recipients.map(({ address }) => address)).toEqual(['yes@example.test'])
    expect([...(engine.jobs[0]?.earlier.keys() ?? [])]).toEqual(['picky'])
  })

  it('does not wait at connect for what is joined at the recipient, and no longer than the deadline there', async () => {
    const never = () => new Promise<CheckResult>(() => undefined)
    const slow = check('connect', never, { join: 'recipient' })
    const { client: mta, engine } = await open({ config: 'judge: { stage_deadline: 150ms }', checks: [slow] })
    const { recipients } = await dialogue(mta)
    expect(recipients[0]?.kind).toBe('continue')
    await message(mta)
    expect(engine.jobs[0]?.earlier.get('at-connect')).toEqual({
      kind: 'unavailable',
      reason: 'no answer within 150 ms',
    })
  })

  it('turns a check that throws into unavailable for that check alone', async () => {
    const broken = check('sender', () => Promise.reject(new Error('boom')))
    const { client: mta, engine } = await open({
      checks: [broken, check('helo', { kind: 'hits', hits: [{ name: 'SEEN' }] })],
    })
    await dialogue(mta)
    await message(mta)
    expect([...(engine.jobs[0]?.earlier ?? [])]).toEqual([
      ['at-sender', { kind: 'unavailable', reason: 'boom' }],
      ['at-helo', { kind: 'hits', hits: [{ name: 'SEEN' }] }],
    ])
  })

  it('spares users who logged in what was found about their address', async () => {
    const { client: mta, engine } = await open({ checks: [check('connect', refusal(550))] })
    const { recipients } = await dialogue(mta, undefined, { '{auth_authen}': 'alice' })
    expect(recipients[0]?.kind).toBe('continue')
    expect((await message(mta)).reply.kind).toBe('accept')
    expect(engine.jobs).toHaveLength(0)
    expect(engine.lines.at(-1)?.fields).toMatchObject({ verdict: 'pass', user: 'alice' })
  })

  it('spares the trusted group, unless told to judge it', async () => {
    const groups = { trusted: ['192.0.2.7'] }
    const first = await open({ checks: [check('connect', refusal(550))], groups })
    expect((await dialogue(first.client)).recipients[0]?.kind).toBe('continue')
    first.client.destroy()
    const second = await open({
      checks: [check('connect', refusal(550))],
      groups,
      config: 'judge: { trusted: true }',
    })
    // their content is judged; who they are is known all the same
    expect((await dialogue(second.client)).recipients[0]?.kind).toBe('continue')
    expect((await message(second.client)).reply.kind).toBe('accept')
    expect(second.engine.jobs).toHaveLength(1)
  })

  it('goes on without content when the scan pool fails, and names what is missing', async () => {
    const { client: mta, engine } = await open({
      checks: [check('connect', { kind: 'hits', hits: [{ name: 'SEEN_EARLY' }] })],
      judge: () => ({
        kind: 'incomplete',
        ended: 2,
        unfinished: { layers: ['links'], reason: 'it used 4000 ms of CPU time' },
        results: new Map(),
        rules: ['RULE_BEFORE', '__SUB'],
      }),
    })
    await dialogue(mta)
    const { reply, edits } = await message(mta)
    expect(reply.kind).toBe('accept')
    expect(edits).toContainEqual(
      expect.objectContaining({
        name: 'X-Spam-Status',
        value: expect.stringContaining('unavailable=content'),
      }),
    )
    expect(engine.lines.at(-1)).toMatchObject({
      level: 'warn',
      fields: {
        verdict: 'tag',
        score: '6.0',
        tests: 'SEEN_EARLY=1.5,RULE_BEFORE=0.5,SCAN_UNFINISHED=4.0',
        unfinished: 'links',
        unavailable: 'content: it used 4000 ms of CPU time',
      },
    })
  })

  it('defers with 451 4.3.2 when more mail comes than can be judged', async () => {
    const { client: mta } = await open({ judge: () => ({ kind: 'busy', reason: 'the scan queue is full' }) })
    await dialogue(mta)
    expect((await message(mta)).reply).toMatchObject({
      kind: 'refuse',
      code: 451,
      enhanced: '4.3.2',
    })
  })

  it('forgets a transaction that was aborted, and counts references on', async () => {
    const { client: mta, engine } = await open({ judge: (job) => found(job, { name: 'X', score: 20 }) })
    await dialogue(mta)
    mta.abort()
    await mta.mail('b@sender.example')
    await mta.rcpt('other@example.test')
    const { reply } = await message(mta)
    expect(reply).toMatchObject({ kind: 'refuse', code: 550 })
    expect(engine.jobs[0]).toMatchObject({
      sender: { address: 'b@sender.example' },
      recipients: [{ address: 'other@example.test' }],
    })
  })

  it('tells recorders of every verdict and of the end of the session, and survives their failures', async () => {
    const told: string[] = []
    const recorder: Recorder = {
      name: 'witness',
      record: ({ verdict, queueId, recipients }) =>
        void told.push(`${verdict} ${queueId} ${recipients.join()}`),
      closed: () => void told.push('closed'),
    }
    const failing: Recorder = { name: 'failing', record: () => Promise.reject(new Error('disk full')) }
    const { client: mta, engine } = await open({ recorders: [failing, recorder] })
    await dialogue(mta)
    await message(mta)
    await mta.quit()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(told).toEqual(['deliver QUEUE1 user@example.test', 'closed'])
    expect(
      engine.lines.some(({ level, text }) => level === 'warn' && text.startsWith('failing could not')),
    ).toBe(true)
    expect(engine.sessions.open).toBe(0)
  })
})
