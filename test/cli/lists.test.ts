import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../../lib/cli/lists.ts'
import { UsageError } from '../../lib/cli/verb.ts'
import { openState } from '../../lib/store/state.ts'
import { startDnsServer, type FakeNameServer } from '../support/dns-server.ts'
import { NOON } from '../support/session.ts'
import { recordedTerminal } from '../support/terminal.ts'

const MINUTE = 60_000
const FINE = { suspended: null, since: null, tested: NOON - 5 * MINUTE, silent: null, share: null }

describe('hamlet lists', () => {
  let folder = ''
  let dns: FakeNameServer
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lists-'))
    dns = await startDnsServer((name) =>
      name === '2.0.0.127.good.test' || name.endsWith('.bad.test') ? { records: ['127.0.0.2'] } : {},
    )
    writeFileSync(
      join(folder, 'hamlet.yaml'),
      [
        `dns: { servers: ["${dns.address}"] }`,
        'dns_lists:',
        '  lists:',
        '    - { zone: good.test, codes: { 127.0.0.2: { hit: GOOD, score: 1 } } }',
        '    - { zone: "{key}.bad.test", key: s3cret, codes: { 127.0.0.2: { hit: BAD, score: 1 } } }',
        '    - { zone: off.test, enabled: false, codes: { 127.0.0.2: { hit: OFF, score: 1 } } }',
      ].join('\n'),
    )
    writeFileSync(join(folder, 'none.yaml'), 'dns_lists: { lists: [] }\n')
  })
  afterAll(async () => {
    await dns.stop()
    rmSync(folder, { recursive: true })
  })

  const say = async (args: readonly string[], now = NOON, file = 'hamlet.yaml') => {
    const terminal = recordedTerminal()
    const code = await run(['--config', join(folder, file), ...args], terminal, () => now)
    return { code, ...terminal.lines }
  }

  it('says so while the daemon has tested nothing, and where no list is configured', async () => {
    expect(await say([])).toEqual({
      code: 1,
      out: [],
      err: ['the daemon has not tested the lists yet; --test does so from here'],
    })
    expect(await say([], NOON, 'none.yaml')).toEqual({ code: 0, out: [], err: ['no DNS list is configured'] })
  })

  it('shows what the daemon found: which are asked, which are suspended, since when and why', async () => {
    const { listStatus, close } = openState(join(folder, 'var'))
    listStatus.replace([{ ...FINE, label: 'old.test' }], NOON - MINUTE)
    listStatus.replace(
      [
        { ...FINE, label: 'a.test (A)', share: 0.25 },
        { ...FINE, label: 'b.test', suspended: 'it lists 127.0.0.1', since: NOON - 3 * 60 * MINUTE },
        { ...FINE, label: 'c.test', silent: 'timeout', tested: NOON - 20_000 },
        { ...FINE, label: 'd.test', suspended: 'switched off', tested: null },
      ],
      NOON,
    )
    close()
    expect(await say([])).toEqual({
      code: 1,
      out: [
        'a.test (A)  asked; tested 5 min ago; has 25 % of the latest clients',
        'b.test  SUSPENDED for 3 h: it lists 127.0.0.1; tested 5 min ago',
        'c.test  NO ANSWER: timeout; tested 20 s ago',
        'd.test  switched off',
      ],
      err: [],
    })
    expect((await say(['--json'])).out[1]).toMatch(/^\{"label":"b\.test","suspended":"it lists 127\.0\.0\.1"/)
    expect((await say([], NOON + 180 * MINUTE)).err).toEqual(['the daemon said so 3 h ago: is it running?'])
  })

  it('tests the lists from here, and keeps the key to itself', async () => {
    const { code, out } = await say(['--test'])
    expect(code).toBe(1)
    expect(out).toEqual([
      'good.test  asked; tested 0 s ago',
      '{key}.bad.test  SUSPENDED for 0 s: it lists 127.0.0.1 (127.0.0.2), which no list may; tested 0 s ago',
      'off.test  switched off',
    ])
  })

  it.each([[['frob']], [['--bogus']]])('refuses %j', async (args) => {
    await expect(say(args)).rejects.toThrow(UsageError)
  })
})
