import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { run } from '../../lib/cli/limits.ts'
import { UsageError } from '../../lib/cli/verb.ts'
import { openState } from '../../lib/store/state.ts'
import { NOON } from '../support/session.ts'
import { recordedTerminal } from '../support/terminal.ts'

const HOUR = 3_600_000

describe('hamlet limits', () => {
  let folder = ''
  let config = ''
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'limits-'))
    config = join(folder, 'hamlet.yaml')
    writeFileSync(config, 'state: state\nlimits: { messages_per_hour: 100 }\n')
    const { counters, blocks, close } = openState(join(folder, 'state'))
    counters.add('messages:192.0.2.1', 7, NOON - 1000, HOUR)
    counters.add('messages:192.0.2.2', 9, NOON - HOUR, HOUR)
    counters.add('recipients:192.0.2.1', 12, NOON - 1000, HOUR)
    counters.add('unknown:2001:db8::/64', 51, NOON - 1000, HOUR)
    counters.add('user-messages:bob@example.test', 500, NOON - 1000, HOUR)
    counters.add('alert:user-messages:bob@example.test', 1, NOON - 1000, HOUR)
    blocks.block('2001:db8::/64', '51 unknown recipients in an hour', NOON, NOON + HOUR)
    close()
  })
  afterAll(() => rmSync(folder, { recursive: true }))

  const say = (...args: string[]) => {
    const terminal = recordedTerminal()
    return { code: run(['--config', config, ...args], terminal, NOON), ...terminal.lines }
  }

  it('shows who used how much of what, and who is shut out', () => {
    expect(say().out).toEqual([
      '2001:db8::/64  shut out for 60 min: 51 unknown recipients in an hour',
      '192.0.2.1  7 of 100 messages in the last hour',
      '192.0.2.1  12 recipients in the last hour, no limit',
      '2001:db8::/64  51 of 50 unknown recipients in the last hour',
      'bob@example.test  500 of 500 messages of the user in the last hour',
    ])
  })

  it('shows one client or user, by any address of its network and in any case', () => {
    expect(say('show', '2001:db8::77').out).toHaveLength(2)
    expect(say('show', 'BOB@example.test').out).toHaveLength(1)
    expect(say('show', '192.0.2.9')).toEqual({ code: 1, out: [], err: ['nothing is known of 192.0.2.9'] })
  })

  it('prints objects for programs', () => {
    expect(say('--json', 'show', '192.0.2.1').out.map((line): unknown => JSON.parse(line))).toEqual([
      { kind: 'counter', counter: 'messages', whom: '192.0.2.1', count: 7 },
      { kind: 'counter', counter: 'recipients', whom: '192.0.2.1', count: 12 },
    ])
  })

  it('resets counters, lifts blocks, and says when there is nothing', () => {
    expect(say('reset', '2001:db8::1', 'nobody')).toMatchObject({
      code: 1,
      out: ['2001:db8::1: counters reset, let in again', 'nobody: nothing to reset'],
    })
    expect(say('reset', 'bob@example.test').code).toBe(0)
    expect(say('show', 'bob@example.test').code).toBe(1)
    const { counters, close } = openState(join(folder, 'state'))
    expect(counters.count('alert:user-messages:bob@example.test', NOON, HOUR)).toBe(0)
    close()
  })

  it.each([[['reset']], [['frob']], [['show', 'a', 'b']], [['--top', 'x']], [['--bogus']]])(
    'refuses %j',
    (args) => {
      expect(() => say(...args)).toThrow(UsageError)
    },
  )

  it('says in one sentence when the store cannot be used', () => {
    writeFileSync(join(folder, 'other.yaml'), 'state: hamlet.yaml/below\n')
    expect(() => run(['--config', join(folder, 'other.yaml')], recordedTerminal(), NOON)).toThrow(
      /state\.sqlite cannot be/,
    )
  })
})
