import { describe, expect, it } from '@jest/globals'
import { uriDnsbl } from '../../../lib/rules/evals/uri-dnsbl.ts'
import type { Given } from './fake-input.ts'
import { call, fake, link, questions } from './fake-input.ts'

const uris = [link('http://www.spam.example/x'), link('http://203.0.113.7/'), link('mailto:a@mail.example')]
const with_ = (directive: string, value: string, more: Given = {}): Given => ({
  uris,
  lines: [[uriDnsbl, directive, value]],
  ...more,
})
const ask = (given: Given, tflags: readonly string[] = []): readonly string[] =>
  questions(uriDnsbl, 'check_uridnsbl', ['R'], given, { tflags })
const hit = (given: Given, tflags: readonly string[] = []): boolean | number =>
  call(uriDnsbl, 'check_uridnsbl', ['R'], given, { tflags })

describe('urirhsbl', () => {
  it('asks about domains and about addresses in reverse', () => {
    expect(ask(with_('urirhsbl', 'R l.test. A'))).toEqual(['a:spam.example.l.test', 'a:7.113.0.203.l.test'])
  })
  it('tflags domains_only, ips_only and notrim choose', () => {
    expect(ask(with_('urirhsbl', 'R l.test A'), ['domains_only'])).toEqual(['a:spam.example.l.test'])
    expect(ask(with_('urirhsbl', 'R l.test A'), ['ips_only'])).toEqual(['a:7.113.0.203.l.test'])
    expect(ask(with_('urirhsbl', 'R l.test A'), ['notrim', 'domains_only'])).toEqual([
      'a:www.spam.example.l.test',
    ])
  })
  it('skips domains that the rules skip', () => {
    const given: Given = {
      uris,
      lines: [
        [uriDnsbl, 'urirhsbl', 'R l.test A'],
        [uriDnsbl, 'uridnsbl_skip_domain', 'Spam.example other.example'],
      ],
    }
    expect(ask(given, ['domains_only'])).toEqual([])
    expect(uriDnsbl.trace?.(fake(given).input)).toEqual([
      'uridnsbl: domain spam.example in skip list, host www.spam.example',
    ])
  })
  it('asks about mailto: only when told to', () => {
    const given: Given = {
      uris,
      lines: [
        [uriDnsbl, 'urirhsbl', 'R l.test A'],
        [uriDnsbl, 'uridnsbl_skip_mailto', '0'],
      ],
    }
    expect(ask(given, ['domains_only'])).toContain('a:mail.example.l.test')
  })
})

describe('urirhssub', () => {
  const key = 'a:spam.example.l.test'
  const cases: readonly (readonly [string, string, string, boolean])[] = [
    ['a mask', '2', '127.0.0.6', true],
    ['a mask without that bit', '2', '127.0.0.4', false],
    ['a mask outside 127/8', '2', '10.0.0.2', false],
    ['one address', '127.0.1.2', '127.0.1.2', true],
    ['another address', '127.0.1.2', '127.0.1.3', false],
    ['a range', '127.0.1.2-127.0.1.99', '127.0.1.50', true],
    ['a masked value', '127.0.1.0/255.255.255.0', '127.0.1.77', true],
    ['an error code through a mask', '254', '127.255.255.254', false],
    ['an error code through a range over everything', '127.0.0.0-127.255.255.255', '127.255.255.255', false],
    ['the rule that tells of the error code', '127.255.255.254', '127.255.255.254', true],
  ]
  it.each(cases)('%s', (_, subtest, record, expected) => {
    expect(hit(with_('urirhssub', `R l.test A ${subtest}`, { answers: { [key]: [record] } }))).toBe(expected)
  })
})

describe('uridnsbl', () => {
  it('asks for name servers, then their addresses, then the list', () => {
    const given = (answers: NonNullable<Given['answers']>): Given =>
      with_('uridnsbl', 'R l.test TXT', { answers })
    expect(ask(given({}))).toEqual(['ns:spam.example'])
    const servers = { 'ns:spam.example': ['NS1.dns.example.'] }
    expect(ask(given(servers))).toEqual(['ns:spam.example', 'a:ns1.dns.example'])
    const addresses = { ...servers, 'a:ns1.dns.example': ['198.51.100.3'] }
    expect(ask(given(addresses))).toEqual(['ns:spam.example', 'a:ns1.dns.example', 'txt:3.100.51.198.l.test'])
    expect(hit(given(addresses))).toBe(false)
    expect(hit(given({ ...addresses, 'txt:3.100.51.198.l.test': ['listed'] }))).toBe(true)
  })
  it('with tflags a asks for the host itself', () => {
    expect(ask(with_('uridnsbl', 'R l.test A'), ['a'])).toEqual(['a:www.spam.example'])
  })
  it('urinsrhsbl and urifullnsrhsbl ask about the servers by name', () => {
    const answers = { 'ns:spam.example': ['ns1.dns.example'] }
    expect(ask(with_('urinsrhsbl', 'R l.test A', { answers }))).toContain('a:dns.example.l.test')
    expect(ask(with_('urifullnsrhsbl', 'R l.test A', { answers }))).toContain('a:ns1.dns.example.l.test')
  })
})

describe('lines that make no sense', () => {
  it.each([
    ['urirhsbl', 'R l.test'],
    ['urirhsbl', 'R l.test MX'],
    ['urirhssub', 'R l.test A'],
    ['urirhssub', 'R l.test A nonsense'],
  ])('%s %s', (directive, value) => {
    expect(() => call(uriDnsbl, 'check_uridnsbl', ['R'], with_(directive, value))).toThrow(directive)
  })
})
