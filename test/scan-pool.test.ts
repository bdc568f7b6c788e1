/** The scan pool with real threads: mail that uses up its budget, workers that had to be ended, and the end of the pool. */
import type { Server } from 'node:net'
import { afterEach, describe, expect, it } from '@jest/globals'
import type { ScanOutcome } from '../lib/scan/job.ts'
import { startScanPool, type ScanPool } from '../lib/scan/pool.ts'
import { testConfig } from './support/engine.ts'
import { scanJob } from './support/scan-job.ts'
import { silentServer } from './support/silent-server.ts'

const CONFIG = `
scan: { cpu: 500ms, workers: 1 }
authentication: { dkim: off, arc: off, dmarc: off }
bayes: { enabled: false }
`
/** Explodes on repeated letters, and no engine takes it in linear time: it refers back to what it found. */
const ASTRAY = 'body ASTRAY /^(a+)+(?!x)\\1?b\\1$/\nscore ASTRAY 1\n'
/** As above, for any mail: held up as soon as it is looked at. */
const EXPLOSIVE = `${'a'.repeat(60)}! b`

const names = (outcome: ScanOutcome): readonly string[] =>
  outcome.kind === 'judged' ? outcome.result.hits.map(({ name }) => name) : [outcome.kind]

describe('the scan pool', () => {
  let pool: ScanPool | undefined
  const problems: string[] = []
  const servers: Server[] = []
  afterEach(async () => {
    await pool?.close()
    pool = undefined
    problems.length = 0
    for (const server of servers.splice(0)) server.close()
  })
  const start = async (rules: string, more = ''): Promise<ScanPool> => {
    const config = testConfig(`${CONFIG}${more}`)
    pool = await startScanPool({
      config,
      setup: { config, sources: [{ file: 'rules.cf', text: rules }], local: more === '' },
      onProblem: (problem) => problems.push(problem),
    })
    return pool
  }

  it('judges a mail that ended its worker again, without the rule that held it up', async () => {
    const { judge, alive } = await start(`${ASTRAY}body OTHER /!/\nscore OTHER 1\n`)
    const outcome = await judge(scanJob(EXPLOSIVE))
    expect(names(outcome)).toEqual(['OTHER'])
    expect(outcome).toMatchObject({
      ended: 1,
      unfinished: {
        layers: ['rules'],
        reason: expect.stringMatching(/CPU time, of 500, at the rule ASTRAY$/),
      },
    })
    expect(names(await judge(scanJob('harmless!')))).toEqual(['OTHER'])
    expect(alive()).toBe(true)
  }, 30_000)

  it('gives a mail up that ended two workers, and keeps the rules that had hit', async () => {
    const { judge } = await start(
      `body FIRST /!/\nscore FIRST 1\npriority FIRST -10\n${ASTRAY}${ASTRAY.replaceAll('ASTRAY', 'ASTRAY_TOO')}`,
    )
    expect(await judge(scanJob(EXPLOSIVE))).toMatchObject({
      kind: 'incomplete',
      ended: 2,
      unfinished: { layers: ['rules'] },
      rules: ['FIRST'],
    })
  }, 30_000)

  it('mail that shared a worker with such a one, waiting for an answer, is judged all the same', async () => {
    // a scanner that takes the mail and never answers
    const { port, server } = await silentServer()
    servers.push(server)
    const { judge } = await start(
      `${ASTRAY}body OTHER /!/\nscore OTHER 1\n`,
      `dns: { servers: ["127.0.0.1:9"], timeout: 100ms }\nscanners: [{ type: clamd, name: clamd, address: "127.0.0.1:${port}", timeout: 3s }]\n`,
    )
    const [patient, hostile] = await Promise.all([
      judge(scanJob('patient!')),
      new Promise<ScanOutcome>((resolve) =>
        setTimeout(() => void judge(scanJob(EXPLOSIVE)).then(resolve), 300),
      ),
    ])
    expect(names(patient)).toEqual(['OTHER'])
    expect(patient).toMatchObject({ ended: 0 })
    expect(patient).not.toHaveProperty('unfinished')
    expect(names(hostile)).toEqual(['OTHER'])
    expect(hostile).toMatchObject({ ended: 1 })
  }, 60_000)

  it('a worker that waits for a scanner takes other mail meanwhile', async () => {
    const { port, server } = await silentServer()
    servers.push(server)
    const { judge } = await start(
      'body OTHER /!/\nscore OTHER 1\n',
      `dns: { servers: ["127.0.0.1:9"], timeout: 100ms }\nscanners: [{ type: clamd, name: clamd, address: "127.0.0.1:${port}", timeout: 4s, breaker_failures: 20 }]\n`,
    )
    const started = performance.now()
    const outcomes = await Promise.all(Array.from({ length: 6 }, () => judge(scanJob('patient!'))))
    expect(outcomes.map(names)).toEqual(Array.from({ length: 6 }, () => ['OTHER']))
    // one after the other would be six times the scanner's time
    expect(performance.now() - started).toBeLessThan(3 * 4000)
  }, 60_000)

  it('says busy to mail that found no worker in its time', async () => {
    const { judge } = await start(ASTRAY, '')
    await pool?.close()
    const config = testConfig(`${CONFIG.replace('cpu: 500ms', 'cpu: 5s, deadline: 700ms')}`)
    pool = await startScanPool({
      config,
      setup: { config, sources: [{ file: 'rules.cf', text: ASTRAY }], local: true },
      onProblem: (problem) => problems.push(problem),
    })
    void judge
    const [held, waiting] = await Promise.all([
      pool.judge(scanJob(EXPLOSIVE)),
      pool.judge(scanJob('harmless')),
    ])
    expect(held).toMatchObject({ kind: 'incomplete', ended: 0 })
    expect(waiting).toEqual({ kind: 'busy', reason: 'no worker was free within 700 ms' })
  }, 60_000)

  it('ends while an ended worker is being replaced', async () => {
    const { judge, close } = await start(ASTRAY)
    await judge(scanJob(EXPLOSIVE))
    await close()
    pool = undefined
  }, 30_000)
})
