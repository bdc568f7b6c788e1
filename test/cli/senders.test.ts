import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { run as senders } from '../../lib/cli/senders.ts'
import { runList } from '../../lib/cli/sender-list.ts'
import { openState } from '../../lib/store/state.ts'
import { recordedTerminal } from '../support/terminal.ts'

const folder = mkdtempSync(join(tmpdir(), 'hamlet-senders-'))
afterAll(() => rmSync(folder, { recursive: true }))
const file = join(folder, 'hamlet.yaml')
writeFileSync(file, 'state: ./state\n')

const NOW = Date.UTC(2026, 10, 21)
function call(verb: (terminal: Parameters<typeof senders>[1]) => number) {
  const terminal = recordedTerminal()
  return { code: verb(terminal), ...terminal.lines }
}
const allow = (...args: string[]) =>
  call((terminal) => runList('allow', ['--config', file, ...args], terminal, NOW))
const block = (...args: string[]) =>
  call((terminal) => runList('block', ['--config', file, ...args], terminal, NOW))
const show = (...args: string[]) => call((terminal) => senders(['--config', file, ...args], terminal, NOW))

describe('hamlet allow and block', () => {
  it('bind a sender to what proved earlier mails', () => {
    const state = openState(join(folder, 'state'))
    const fade = { halfLife: 1e9, most: 50 }
    state.reputation.add('billing@bank.example', 'net:192.0.2.0/24', 1, NOW, fade)
    state.reputation.add('billing@bank.example', 'dkim:bank.example', 1, NOW, fade)
    state.close()
    expect(allow('Billing@Bank.example', '--note', 'invoices')).toEqual({
      code: 0,
      out: ['allow billing@bank.example by dkim:bank.example (invoices)'],
      err: [],
    })
  })
  it('say so when nothing was proven yet, and when nothing is asked for', () => {
    expect(allow('new@shop.example').err[0]).toMatch(/no proven mail was seen yet/)
    expect(allow('old@shop.example', '--unproven').err[0]).toMatch(/anybody who writes this address/)
  })
  it('list and remove', () => {
    expect(block('@spam.example', '--for', 'home.example', '--expires', '10d').out).toEqual([
      'block @spam.example for home.example until 2026-12-01',
    ])
    expect(allow('--list').out).toHaveLength(3)
    expect(block('--list', '--json').out.map((line) => JSON.parse(line).sender)).toEqual(['@spam.example'])
    expect(block('--remove', 'spam.example')).toMatchObject({
      code: 1,
      out: ['@spam.example: was not there'],
    })
    expect(block('--remove', 'spam.example', '--for', 'home.example').code).toBe(0)
  })
  it.each([
    [['nobody'], /expected name@example.org/],
    [[], /at least one sender/],
    [['a@b.example', '--by', 'x'], /--by wants/],
    [['a@b.example', '--expires', 'soon'], /--expires wants/],
    [['a@b.example', '--frobnicate'], /unknown option/],
  ])('refuse %j in one line', (args, message) => expect(() => allow(...args)).toThrow(message))
})

describe('hamlet senders', () => {
  it('shows, forgives and forgets', () => {
    expect(show('show', 'bank').out[0]).toMatch(
      /^billing@bank\.example \((dkim|net):.*1\.0 on average of 1\.0 mails, last 2026-11-21/,
    )
    expect(show('forgive', 'billing@bank.example').out).toEqual(['billing@bank.example: forgiven'])
    expect(show('show', 'bank').out[0]).toMatch(/0\.0 on average of 0\.0 mails/)
    expect(show('forget', 'billing@bank.example').code).toBe(0)
    expect(show('show', 'bank')).toMatchObject({ code: 1, out: [] })
  })
})
