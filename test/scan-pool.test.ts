/** The scan pool with real threads: patterns that go astray, workers that had to be ended, and the end of the pool. */
import { afterEach, describe, expect, it } from '@jest/globals'
import { startScanPool, type ScanPool } from '../lib/scan/pool.ts'
import { testConfig } from './support/engine.ts'
import { scanJob } from './support/scan-job.ts'

const CONFIG = `
scan: { deadline: 500ms, workers: 1 }
authentication: { dkim: off, arc: off, dmarc: off }
bayes: { enabled: false }
`
/** The first cannot be taken by V8's linear engine (lookahead), the second can; both explode on the same text. */
const ASTRAY = 'body ASTRAY /^(?=(?:a+)+b)/\nscore ASTRAY 1\n'
const BOUNDED = 'body BOUNDED /^(?:[ax]+)+[bc]/\nscore BOUNDED 1\nbody OTHER /!/\nscore OTHER 1\n'
/** The `b` is for the prefilter, which else would know without running them. */
const EXPLOSIVE = `${'a'.repeat(60)}! b`

describe('the scan pool', () => {
  let pool: ScanPool | undefined
  const problems: string[] = []
  afterEach(async () => {
    await pool?.close()
    pool = undefined
    problems.length = 0
  })
  const start = async (rules: string): Promise<ScanPool> => {
    const config = testConfig(CONFIG)
    pool = await startScanPool({
      config,
      setup: { config, sources: [{ file: 'rules.cf', text: rules }], local: true },
      onProblem: (problem) => problems.push(problem),
    })
    return pool
  }

  it('names the rule that held a worker until it was ended, and judges the next mail by another', async () => {
    const { judge, alive } = await start(ASTRAY)
    expect(await judge(scanJob(EXPLOSIVE))).toEqual({
      kind: 'incomplete',
      reason: 'not judged within 500 ms: ended at the rule ASTRAY',
    })
    // the deadline counts the wait for the new worker too
    for (let attempt = 0; (await judge(scanJob('harmless'))).kind !== 'judged'; attempt++)
      expect(attempt).toBeLessThan(20)
    expect(alive()).toBe(true)
  }, 30_000)

  it('switches a rule off that held up two mails, and judges such mail by the others', async () => {
    const { judge } = await start(`${ASTRAY}body OTHER /!/\nscore OTHER 1\n`)
    let outcome = await judge(scanJob(EXPLOSIVE))
    for (let attempt = 0; outcome.kind !== 'judged'; attempt++) {
      expect(attempt).toBeLessThan(30)
      outcome = await judge(scanJob(EXPLOSIVE))
    }
    expect(outcome.result.hits.map(({ name }) => name)).toEqual(['OTHER'])
    expect(problems).toEqual([
      'the rule ASTRAY held up two mails until their workers were ended: it is off until the next reload or start',
    ])
  }, 60_000)

  it('says of a mail that had no worker at all that it waited for one', async () => {
    const { judge } = await start(ASTRAY)
    const [, waiting] = await Promise.all([judge(scanJob(EXPLOSIVE)), judge(scanJob('harmless'))])
    expect(waiting).toEqual({
      kind: 'incomplete',
      reason: 'not judged within 500 ms: no worker was free',
    })
  }, 30_000)

  it('takes nested repeats in linear time: the mail gets its verdict from all rules', async () => {
    const { judge } = await start(BOUNDED)
    const outcome = await judge(scanJob(EXPLOSIVE))
    expect(outcome.kind === 'judged' && outcome.result.hits.map(({ name }) => name)).toEqual(['OTHER'])
    expect(outcome.kind === 'judged' && outcome.result.unavailable).toEqual([])
  }, 30_000)

  it('ends while an ended worker is being replaced', async () => {
    const { judge, close } = await start(ASTRAY)
    await judge(scanJob(EXPLOSIVE))
    await close()
    pool = undefined
  }, 30_000)
})
