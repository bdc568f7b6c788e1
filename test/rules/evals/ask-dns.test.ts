import { describe, expect, it } from '@jest/globals'
import type { SignatureFact } from '../../../lib/auth/facts.ts'
import { askDns } from '../../../lib/rules/evals/ask-dns.ts'
import { hashBl } from '../../../lib/rules/evals/hash-bl.ts'
import { uriDnsbl } from '../../../lib/rules/evals/uri-dnsbl.ts'
import type { Given } from './fake-input.ts'
import { signatureFact } from '../../support/auth-facts.ts'
import { call, link, questions } from './fake-input.ts'

const signature = (domain: string, result: SignatureFact['result'] = 'pass'): SignatureFact =>
  signatureFact(domain, { result, trusted: result === 'pass' })
const auth = (...signatures: readonly SignatureFact[]): NonNullable<Given['auth']> => ({
  dkim: { signatures, present: signatures.length, skipped: null },
})

describe('askdns', () => {
  const given = (line: string, more: Given = {}): Given => ({ lines: [[askDns, 'askdns', line]], ...more })

  it('asks once for each value of its tags, and not at all without one', () => {
    const line = 'R _DKIMDOMAIN_.l.test'
    expect(questions(askDns, 'check_askdns', ['R'], given(line))).toEqual([])
    const signed = given(line, {
      auth: auth(signature('a.example'), signature('b.example'), signature('c.example', 'fail')),
    })
    expect(questions(askDns, 'check_askdns', ['R'], signed)).toEqual([
      'a:a.example.l.test',
      'a:b.example.l.test',
    ])
  })
  it('knows the author and the sender', () => {
    const headers = { From: 'a@From.example', EnvelopeFrom: 'b@env.example' }
    expect(
      questions(
        askDns,
        'check_askdns',
        ['R'],
        given('R _AUTHORDOMAIN_._SENDERDOMAIN_.test TXT', { headers }),
      ),
    ).toEqual(['txt:from.example.env.example.test'])
  })

  const cases: readonly (readonly [string, string, readonly string[] | 'absent' | 'unavailable', boolean])[] =
    [
      ['any answer', 'R x.test A', ['192.0.2.1'], true],
      ['no error code', 'R x.test A', ['127.255.255.254'], false],
      ['a pattern', 'R x.test A /^127\\.0\\.0\\.2$/', ['127.0.0.2'], true],
      ['a quoted text', 'R x.test TXT "yes"', ['no', 'yes'], true],
      ['another text', 'R x.test TXT "yes"', ['no'], false],
      ['a mask', 'R x.test A 6', ['127.0.0.4'], true],
      ['a name that does not exist', 'R x.test A [NXDOMAIN]', 'absent', true],
      ['a failure is no "does not exist"', 'R x.test A [NXDOMAIN]', 'unavailable', false],
      ['any answer at all', 'R x.test A [NOERROR]', ['192.0.2.1'], true],
    ]
  it.each(cases)('%s', (_, line, records, hit) => {
    const key = `${line.split(' ')[2]?.toLowerCase()}:x.test`
    expect(call(askDns, 'check_askdns', ['R'], given(line, { answers: { [key]: records } }))).toBe(hit)
  })
})

describe('HashBL', () => {
  const sha1 = 'a:567159d622ffbb50b11b0efd307be358624a26ee.l.test'
  const headers = { From: 'x <Bad.Guy@Spam.example>' }

  it('asks for hashes of addresses', () => {
    const args = ['l.test', 'md5/max=10', 'From']
    expect(questions(hashBl, 'check_hashbl_emails', args, { headers })).toEqual([
      'a:ec7de338e66556a5003c798c8c96f07e.l.test',
    ])
  })
  it('leaves out domains that links are not asked about', () => {
    const lines = [[uriDnsbl, 'uridnsbl_skip_domain', 'spam.example']] as const
    expect(questions(hashBl, 'check_hashbl_emails', ['l.test', 'md5', 'From'], { headers, lines })).toEqual(
      [],
    )
  })
  it('asks for hashes of links and of text that a pattern finds', () => {
    expect(
      questions(hashBl, 'check_hashbl_uris', ['l.test', 'sha1'], { uris: [link('http://example.com/')] }),
    ).toHaveLength(1)
    const given: Given = { rendered: ['send to 1BoatSLRHtKNngkdXEeobR76b53LETtpyT now'] }
    const args = ['l.test', 'raw/case', '\\b([13][a-km-zA-HJ-NP-Z1-9]{25,34})\\b']
    expect(questions(hashBl, 'check_hashbl_bodyre', args, given, { kind: 'body' })).toEqual([
      'a:1BoatSLRHtKNngkdXEeobR76b53LETtpyT.l.test',
    ])
  })
  it('takes 127/8 for a hit and an error code for none', () => {
    const given = (record: string): Given => ({
      headers: { From: 'test@example.com' },
      answers: { [sha1]: [record] },
    })
    expect(questions(hashBl, 'check_hashbl_emails', ['l.test', 'sha1', 'From'], given('127.0.0.2'))).toEqual([
      sha1,
    ])
    expect(call(hashBl, 'check_hashbl_emails', ['l.test', 'sha1', 'From'], given('127.0.0.2'))).toBe(true)
    expect(call(hashBl, 'check_hashbl_emails', ['l.test', 'sha1', 'From'], given('127.255.255.254'))).toBe(
      false,
    )
  })
})
