/** One scan worker's work without its thread: rules with includes and actions, and what could not be asked. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { SILENT_DNS } from '../lib/net/silent.ts'
import { readRuleFiles } from '../lib/scan/rule-files.ts'
import type { ScanResult } from '../lib/scan/job.ts'
import { createScanner } from '../lib/scan/scanner.ts'
import { openStores } from '../lib/store/open.ts'
import { testConfig } from './support/engine.ts'
import { scanJob } from './support/scan-job.ts'
import { removeFolder, temporaryFolder } from './servers/support/programs.ts'

const JOB = scanJob('text', { earlier: new Map([['spf', { kind: 'hits', hits: [{ name: 'SPF_FAIL' }] }]]) })

describe('a scan', () => {
  let folder = ''
  beforeAll(() => {
    folder = temporaryFolder('scan')
    mkdirSync(join(folder, 'more'))
  })
  afterAll(() => removeFolder(folder))

  const scan = (rules: string, { config = '', local = true } = {}): Promise<ScanResult> => {
    writeFileSync(join(folder, 'rules.cf'), rules)
    const { sources } = readRuleFiles([join(folder, 'rules.cf')])
    const { store } = openStores(':memory:')
    const setup = {
      config: testConfig(`authentication: { dkim: off, arc: off, dmarc: off }\n${config}`),
      sources,
      local,
    }
    return createScanner(setup, { dns: SILENT_DNS, store, now: () => 0 }).judge(JOB)
  }
  const namesOf = ({ hits }: ScanResult) => hits.map(({ name, score }) => `${name}=${score}`)

  it('reads what a rule file includes, from the folder it stands in', async () => {
    writeFileSync(
      join(folder, 'more', 'included.cf'),
      'header INCLUDED Subject =~ /hello/\nscore INCLUDED 2\n',
    )
    expect(namesOf(await scan('include more/included.cf\n'))).toContain('INCLUDED=2')
  })

  it('lets meta rules name what earlier checks found, and scores that by its score line', async () => {
    const names = namesOf(
      await scan(
        'score SPF_FAIL 1.5\nmeta BOTH SPF_FAIL && HELLO\nscore BOTH 3\nheader HELLO Subject =~ /hello/\nscore HELLO 0.1\n',
      ),
    )
    expect(names).toEqual(expect.arrayContaining(['SPF_FAIL=1.5', 'HELLO=0.1', 'BOTH=3']))
  })

  it('shows rules the hop that the MTA has not written yet', async () => {
    const names = namesOf(
      await scan(
        'header HOP Received =~ /from mx\\.example \\(mx\\.example \\[192\\.0\\.2\\.7\\]\\)/\nscore HOP 1\n',
      ),
    )
    expect(names).toContain('HOP=1')
  })

  it('passes on the action of a rule, also of one without a score', async () => {
    const { demands } = await scan(
      'header __H Subject =~ /hello/\n#hamlet: action __H reject not today\nmeta X __H\nscore X 0.1\n',
    )
    expect(demands).toEqual([{ action: 'reject', source: 'rule', hit: '__H', text: 'not today' }])
  })

  it('names the network rules that got no answer', async () => {
    const { unavailable } = await scan(
      "header RBL eval:check_rbl('x', 'bl.example.')\nscore RBL 3\ntflags RBL net\n",
      {
        config: 'dns_lists: { lists: [] }',
        local: false,
      },
    )
    expect(unavailable).toContainEqual({
      check: 'rules',
      reason: expect.stringMatching(/1 of 1 DNS questions got no answer/),
    })
  })
})
