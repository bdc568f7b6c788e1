/** `hamlet ping` against milters that judge, are slow, put off, refuse, or are not there. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it } from '@jest/globals'
import { main } from '../../lib/cli.ts'
import { createMilterServer, type MilterHandler } from '../../lib/milter/index.ts'
import { recordedTerminal } from '../support/terminal.ts'

const running: { stop(graceMs: number): Promise<void> }[] = []
afterEach(async () => {
  for (const server of running.splice(0)) await server.stop(0)
})

async function listening(handler: MilterHandler): Promise<string> {
  const server = createMilterServer({ listen: ['inet:0@127.0.0.1'], handler: () => handler })
  running.push(server)
  const [address] = await server.start()
  return address?.text ?? ''
}

async function ping(...args: string[]): Promise<{ code: number; said: string }> {
  const terminal = recordedTerminal()
  const code = await main(['ping', ...args], terminal)
  return { code, said: [...terminal.lines.out, ...terminal.lines.err].join('\n') }
}

it.each<[string, MilterHandler, readonly string[], number, RegExp]>([
  [
    'one that accepts',
    { message: () => ({ reply: { kind: 'accept' }, edits: [] }) },
    [],
    0,
    /^HAMLET OK: inet:127\.0\.0\.1:\d+ judged a mail in \d+ ms \| time=\d+ms;2000;10000;0$/,
  ],
  [
    'one that is slower than -w',
    { message: async () => (await sleep(60), { reply: { kind: 'accept' }, edits: [] }) },
    ['-w', '50'],
    1,
    /^HAMLET WARNING: .* judged a mail in \d+ ms \| time=\d+ms;50;10000;0$/,
  ],
  [
    'one that is slower than -c',
    { message: async () => (await sleep(60), { reply: { kind: 'accept' }, edits: [] }) },
    ['-w', '10', '--critical', '50'],
    2,
    /^HAMLET CRITICAL: /,
  ],
  [
    'one that puts the recipient off',
    { recipient: () => ({ kind: 'tempfail' }) },
    [],
    1,
    /^HAMLET WARNING: .* mail is put off/,
  ],
  [
    'one that refuses a harmless mail',
    { message: () => ({ reply: { kind: 'reject' }, edits: [] }) },
    [],
    2,
    /^HAMLET CRITICAL: .* a harmless mail got reject/,
  ],
  [
    'one that never answers',
    { message: () => new Promise(() => undefined) },
    ['-t', '100'],
    2,
    /^HAMLET CRITICAL: .*(?:time|answer)/i,
  ],
])('%s', async (_, handler, options, code, said) => {
  expect(await ping(...options, await listening(handler))).toEqual({
    code,
    said: expect.stringMatching(said),
  })
})

it('nobody there', async () => {
  expect(await ping('inet:1@127.0.0.1')).toEqual({
    code: 2,
    said: expect.stringMatching(/^HAMLET CRITICAL: inet:1@127\.0\.0\.1: .*ECONNREFUSED/),
  })
})

it.each([[['-w', 'soon']], [['--config', '/nowhere.yaml']], [['a', 'b']], [['--frobnicate']]])(
  'wrong usage %j is UNKNOWN, in one line',
  async (args) => {
    expect(await ping(...args)).toEqual({ code: 3, said: expect.stringMatching(/^HAMLET UNKNOWN: [^\n]+$/) })
  },
)
