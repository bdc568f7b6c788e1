import { describe, expect, it } from '@jest/globals'
import { dnsEval } from '../../../lib/rules/evals/dns-eval.ts'
import type { Given } from './fake-input.ts'
import { call, questions, relay } from './fake-input.ts'

const first = relay({ ip: '203.0.113.7' })
const second = relay({ ip: '198.51.100.9' })
const inner = relay({ ip: '10.0.0.1', private: true })
const relays = { untrusted: [inner, first, second], external: [inner, first, second] }

describe('which relays a set asks about', () => {
  const cases: readonly (readonly [set: string, names: readonly string[]])[] = [
    ['zen', ['a:9.100.51.198.zen.test', 'a:7.113.0.203.zen.test']],
    ['zen-lastexternal', ['a:7.113.0.203.zen.test']],
    ['zen-firsttrusted', ['a:7.113.0.203.zen.test']],
    ['zen-untrusted', ['a:9.100.51.198.zen.test']],
    ['zen-notfirsthop', ['a:7.113.0.203.zen.test']],
  ]
  it.each(cases)('%s', (set, names) => {
    expect(questions(dnsEval, 'check_rbl', [set, 'zen.test.'], { relays })).toEqual(names)
  })

  it('leaves trusted addresses out, but for welcome lists', () => {
    const given: Given = { relays, trusted: ['203.0.113.7'] }
    expect(questions(dnsEval, 'check_rbl', ['s-lastexternal', 'l.test'], given)).toEqual([])
    expect(
      questions(dnsEval, 'check_rbl', ['s-lastexternal', 'l.test'], given, { tflags: ['net', 'nice'] }),
    ).toEqual(['a:7.113.0.203.l.test'])
  })

  it('takes the address of a webmail user from the headers that hold it', () => {
    const given: Given = {
      headers: { 'X-Originating-IP': '[192.0.2.44]' },
      settings: { originating_ip_headers: ['X-Originating-IP'] },
    }
    expect(questions(dnsEval, 'check_rbl', ['s', 'l.test'], given)).toEqual(['a:44.2.0.192.l.test'])
  })

  it('asks nothing in local mode', () => {
    expect(questions(dnsEval, 'check_rbl', ['s', 'l.test'], { relays, local: true })).toEqual([])
  })

  it('writes IPv6 addresses as nibbles', () => {
    const given: Given = { relays: { untrusted: [relay({ ip: '2001:db8::1' })] } }
    expect(questions(dnsEval, 'check_rbl', ['s', 'l.test'], given)).toEqual([
      'a:1.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.0.8.b.d.0.1.0.0.2.l.test',
    ])
  })
})

describe('what an answer means', () => {
  const key = 'a:7.113.0.203.l.test'
  const cases: readonly (readonly [
    string,
    string | undefined,
    readonly string[] | 'absent' | 'unavailable',
    boolean,
  ])[] = [
    ['any listing', undefined, ['127.0.0.2'], true],
    ['an exact code', '127.0.0.4', ['127.0.0.4'], true],
    ['another code', '127.0.0.4', ['127.0.0.2'], false],
    ['a pattern', '^127\\.0\\.0\\.[45]$', ['127.0.0.5'], true],
    ['a mask', '4', ['127.0.0.6'], true],
    ['a mask without that bit', '4', ['127.0.0.2'], false],
    ['not listed', undefined, 'absent', false],
    ['no answer is no listing', undefined, 'unavailable', false],
    ['outside 127/8 is a broken list', undefined, ['203.0.113.1'], false],
    ['error code: you may not ask', undefined, ['127.255.255.254'], false],
    ['error code: too many questions', undefined, ['127.255.255.255'], false],
    ['error code through a wide pattern', '^127\\.', ['127.255.255.252'], false],
    ['error code through a mask', '2', ['127.255.255.254'], false],
    ['error code for the rule that reports it', '^127\\.255\\.255\\.254$', ['127.255.255.254'], true],
    ['a listing beside an error code', undefined, ['127.255.255.254', '127.0.0.2'], true],
  ]
  it.each(cases)('%s', (_, subtest, records, hit) => {
    const args = ['s-lastexternal', 'l.test.', ...(subtest === undefined ? [] : [subtest])]
    expect(call(dnsEval, 'check_rbl', args, { relays, answers: { [key]: records } })).toBe(hit)
  })
})

describe('check_rbl_sub', () => {
  const asker = {
    name: '__ANY',
    kind: 'header',
    args: ['s-lastexternal', 'l.test.'],
    tflags: [],
    calls: 'check_rbl',
  } as const
  const given = (record: string): Given => ({
    relays,
    rules: [asker],
    answers: { 'a:7.113.0.203.l.test': [record], 'a:9.100.51.198.l.test': ['127.0.0.9'] },
  })

  it('looks at the answers of the rule that asks for its set', () => {
    expect(call(dnsEval, 'check_rbl_sub', ['s-lastexternal', '127.0.0.3'], given('127.0.0.3'))).toBe(true)
    expect(call(dnsEval, 'check_rbl_sub', ['s-lastexternal', '127.0.0.3'], given('127.0.0.2'))).toBe(false)
  })
  it('does not look at another set', () => {
    expect(call(dnsEval, 'check_rbl_sub', ['s', '127.0.0.9'], given('127.0.0.2'))).toBe(false)
  })
  it('takes no error code for a listing', () => {
    expect(call(dnsEval, 'check_rbl_sub', ['s-lastexternal', '^127'], given('127.255.255.254'))).toBe(false)
  })
})

describe('domains of addresses', () => {
  const headers = { From: 'A <a@mail.spam.example>', EnvelopeFrom: 'b@Bounce.example' }
  it('check_rbl_from_host asks about the host, check_rbl_from_domain about the domain', () => {
    expect(questions(dnsEval, 'check_rbl_from_host', ['s', 'l.test'], { headers })).toEqual([
      'a:mail.spam.example.l.test',
      'a:bounce.example.l.test',
    ])
    expect(questions(dnsEval, 'check_rbl_from_domain', ['s', 'l.test'], { headers })).toEqual([
      'a:spam.example.l.test',
      'a:bounce.example.l.test',
    ])
  })
  it('check_rbl_envfrom asks about the envelope sender', () => {
    expect(questions(dnsEval, 'check_rbl_envfrom', ['s', 'l.test'], { headers })).toEqual([
      'a:bounce.example.l.test',
    ])
  })
})

describe('check_dns_sender', () => {
  const headers = { EnvelopeFrom: 'a@gone.example' }
  const cases: readonly (readonly [
    string,
    'absent' | 'unavailable' | readonly string[],
    'absent' | 'unavailable',
    boolean,
  ])[] = [
    ['neither address nor exchanger', 'absent', 'absent', true],
    ['an address', ['192.0.2.1'], 'absent', false],
    ['nobody knows', 'unavailable', 'absent', false],
  ]
  it.each(cases)('%s', (_, a, mx, hit) => {
    const answers = { 'a:gone.example': a, 'mx:gone.example': mx }
    expect(call(dnsEval, 'check_dns_sender', [], { headers, answers })).toBe(hit)
  })
})
