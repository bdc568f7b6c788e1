/** `hamlet check-config` says everything that is wrong in one pass: configuration, places, groups, rules. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { main } from '../../lib/cli.ts'
import { recordedTerminal } from '../support/terminal.ts'

let folder = ''
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'hamlet-check-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

/** Exit code and lines of diagnostics, the test's folder left out. */
async function check(files: Readonly<Record<string, string>>): Promise<readonly [number, readonly string[]]> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text)
  const terminal = recordedTerminal()
  const code = await main(['check-config', '--config', join(folder, 'hamlet.yaml')], terminal)
  return [
    code,
    terminal.lines.err.flatMap((text) => text.split('\n')).map((line) => line.replaceAll(`${folder}/`, '')),
  ]
}

describe('hamlet check-config', () => {
  it('says errors of keys, group names, rule files and group files in one pass, by file and line', async () => {
    const [code, lines] = await check({
      'hamlet.yaml': [
        'listen: inet:99999@127.0.0.1',
        'rules: rules.cf',
        'scores: { tagg: 5 }',
        'limits:',
        '  exempt: nobody',
        '  connections: 1.5',
        'authentication: { trusted_forwarders: [office] }',
        'groups:',
        '  1st: 192.0.2.1',
        '  own: [file:own.txt, 192.0.2.0/99]',
        '  net: file:net.txt',
      ].join('\n'),
      'net.txt': '192.0.2.0/24\nnonsense\n',
      'rules.cf': 'header A Subject =~ /(/\nscore A 1\nscore NOBODY 1\nbody B /ü\\b/\n',
    })
    expect(code).toBe(78)
    expect(lines.map((line) => line.replace(/^(\w+: [\w.]+:\d+: \S+).*$/, '$1'))).toEqual([
      'error: hamlet.yaml:1: listen:',
      'error: hamlet.yaml:3: scores:',
      'error: hamlet.yaml:5: limits.exempt:',
      'error: hamlet.yaml:6: limits.connections:',
      'error: hamlet.yaml:7: authentication.trusted_forwarders.0:',
      'error: hamlet.yaml:9: groups.1st:',
      'error: hamlet.yaml:10: groups.own.1:',
      'error: rules.cf:1: invalid',
      'warning: rules.cf:2: score',
      'warning: rules.cf:3: score',
      'warning: rules.cf:4: B:',
      'error: net.txt:2: not',
      expect.stringMatching(/^hamlet\.yaml: 9 errors, 3 warnings, /),
    ])
  })

  it.each([
    ['listen: inet:99999', '"99999" is no port (0 to 65535)'],
    ['listen: [inet:0.0.0.0]', 'is no port'],
    ['listen: [unix:relative]', 'must start with /'],
    ['listen: ["unix:/run/x.sock,mode=999"]', '999 is no mode such as 660'],
    ['milter: { socket_mode: "888" }', 'expected an octal mode such as 0660'],
    ['dns: { servers: [localhost] }', 'expected an IP address'],
    ['dns: { servers: ["127.0.0.1:99999"] }', 'expected an IP address'],
    ["attachments: { relay: '[::1]:0' }", 'expected host:port with a port from 1 to 65535'],
    ["attachments: { relay: '[mail.example]:25' }", 'expected host:port with a port from 1 to 65535'],
    ['scanners: [{ type: clamd, name: a, address: "127.0.0.1:99999" }]', 'a port from 1 to 65535'],
    ['scanners: [{ type: clamd, name: a, address: "[nowhere]:3310" }]', 'a port from 1 to 65535'],
    ['helo: { own_names: ["a..b"] }', 'expected a host name'],
    ['links: { protected_domains: ["a b"] }', 'expected a domain name'],
    ['bayes: { train: { spam: [spam] } }', 'expected a mail address'],
    ['bayes: { domains: [Example] }', 'expected a domain'],
    ['answer: { authserv_id: "a b" }', 'expected a name without blanks'],
    ['limits: { message_size_of: { nobody: 1MB } }', 'there is no group named nobody'],
    ['state: hamlet.yaml/databases', 'is no folder: expected one for the databases'],
    ['listen: unix:/etc/passwd/x.sock', 'is no folder: expected one for the socket'],
    ['listen: unix:/etc/passwd', '/etc/passwd is there and is no socket'],
  ])('does not take %s', async (text, said) => {
    const [code, lines] = await check({ 'hamlet.yaml': `\n${text}\n` })
    expect([code, lines[0]]).toEqual([78, expect.stringContaining(said)])
    expect(lines[0]).toMatch(/^error: hamlet\.yaml:2: /)
    expect(lines[1]).toMatch(/^hamlet\.yaml: 1 error, 0 warnings/)
  })

  it.each([
    ['listen: unix:/nowhere/hamlet.sock', "listen.0: the socket's folder /nowhere is not there"],
    ['milter: { socket_group: no-such-group }', 'there is no group no-such-group on this machine'],
    ['quarantine: { config: /nowhere }', '/nowhere is not there'],
    ['scanners: [{ type: clamd, name: a, address: unix:/nowhere/clamd }]', 'is not there: /nowhere/clamd'],
  ])('warns of what this machine does not have: %s', async (text, said) => {
    const [code, lines] = await check({ 'hamlet.yaml': `\n${text}\n` })
    expect([code, lines[0]]).toEqual([0, expect.stringContaining(said)])
    expect(lines[0]).toMatch(/^warning: hamlet\.yaml:2: /)
  })

  it('takes a relay and a scanner at an IPv6 address', async () => {
    mkdirSync(join(folder, 'state'), { recursive: true })
    const text = `state: state\nattachments: { relay: '[::1]:25' }\nscanners: [{ type: spamd, name: a, address: '[::1]:783' }]\n`
    expect(await check({ 'hamlet.yaml': text })).toEqual([
      0,
      [expect.stringMatching(/^hamlet\.yaml: 0 errors, 0 warnings, \d+ rules$/)],
    ])
  })
})
