import { describe, expect, it } from '@jest/globals'
import { judgeDmarc } from '../../lib/auth/dmarc.ts'
import type { DmarcFacts, SignatureFact, SpfFact } from '../../lib/auth/facts.ts'
import { mailauthResolver } from '../../lib/auth/resolver.ts'
import { mailFromFact, signatureFact } from '../support/auth-facts.ts'
import { tableDns, type Zone } from '../support/table-dns.ts'

const signed = (domain: string, trusted = true): SignatureFact =>
  signatureFact(domain, { result: trusted ? 'pass' : 'policy', trusted })
const spf = mailFromFact
const record = (domain: string, text: string): Zone => ({ [`txt _dmarc.${domain}`]: [text] })

type Row = readonly [
  what: string,
  from: readonly string[],
  signatures: readonly SignatureFact[],
  spf: SpfFact | null,
  zone: Zone,
  expected: Partial<DmarcFacts>,
]
const rejects = record('bank.example', 'v=DMARC1; p=reject')

const rows: readonly Row[] = [
  [
    'signed by the author',
    ['a@bank.example'],
    [signed('bank.example')],
    null,
    rejects,
    { result: 'pass', alignedDkim: true, alignedSpf: false, policy: 'reject' },
  ],
  [
    'signed by a subdomain',
    ['a@bank.example'],
    [signed('mail.bank.example')],
    null,
    rejects,
    { result: 'pass', alignedDkim: true },
  ],
  [
    'SPF of the author',
    ['a@bank.example'],
    [],
    spf('bounce.bank.example'),
    rejects,
    { result: 'pass', alignedSpf: true, alignedDkim: false },
  ],
  [
    'nobody',
    ['a@bank.example'],
    [],
    null,
    rejects,
    { result: 'fail', policy: 'reject', domain: 'bank.example' },
  ],
  [
    'signed by another',
    ['a@bank.example'],
    [signed('spam.example')],
    spf('spam.example'),
    rejects,
    { result: 'fail' },
  ],
  ['SPF that fails', ['a@bank.example'], [], spf('bank.example', 'softfail'), rejects, { result: 'fail' }],
  [
    'a signature that is not trusted',
    ['a@bank.example'],
    [signed('bank.example', false)],
    null,
    rejects,
    { result: 'fail' },
  ],
  [
    'strict alignment',
    ['a@bank.example'],
    [signed('mail.bank.example')],
    null,
    record('bank.example', 'v=DMARC1; p=reject; adkim=s'),
    { result: 'fail' },
  ],
  [
    'the policy for subdomains',
    ['a@x.bank.example'],
    [],
    null,
    record('bank.example', 'v=DMARC1; p=reject; sp=quarantine'),
    { result: 'fail', policy: 'quarantine', domain: 'x.bank.example' },
  ],
  [
    'the policy for names that do not exist',
    ['a@x.bank.example'],
    [],
    null,
    record('bank.example', 'v=DMARC1; p=none; np=reject'),
    { result: 'fail', policy: 'reject' },
  ],
  [
    'the policy for subdomains where the name exists without an address',
    ['a@x.bank.example'],
    [],
    null,
    { ...record('bank.example', 'v=DMARC1; p=none; np=reject'), 'txt x.bank.example': ['something'] },
    { result: 'fail', policy: 'none' },
  ],
  [
    'a domain that is testing',
    ['a@bank.example'],
    [],
    null,
    record('bank.example', 'v=DMARC1; p=reject; t=y'),
    { result: 'fail', policy: 'quarantine' },
  ],
  ['no policy', ['a@bank.example'], [], null, {}, { result: 'none', policy: null }],
  [
    'two records',
    ['a@bank.example'],
    [],
    null,
    { 'txt _dmarc.bank.example': ['v=DMARC1; p=reject', 'v=DMARC1; p=none'] },
    { result: 'none' },
  ],
  [
    'a DNS that does not answer',
    ['a@bank.example'],
    [],
    null,
    { 'txt _dmarc.bank.example': '!timed out' },
    { result: 'temperror' },
  ],
  [
    'two addresses of one domain',
    ['a@bank.example', 'b@bank.example'],
    [signed('bank.example')],
    null,
    rejects,
    { result: 'pass' },
  ],
  [
    'two addresses of two domains',
    ['a@bank.example', 'b@spam.example'],
    [signed('spam.example')],
    null,
    rejects,
    { result: 'none', domain: '', reason: 'From names addresses of several domains' },
  ],
  ['an address that is none', ['nobody'], [], null, {}, { result: 'none' }],
]

describe('judgeDmarc', () => {
  it.each(rows)('%s', async (_what, from, signatures, spf, zone, expected) => {
    const dns = tableDns(zone, { absentByDefault: true })
    const facts = await judgeDmarc(
      { from, fromFields: 1, spf, dkim: { signatures, present: signatures.length, skipped: null } },
      mailauthResolver(dns, new AbortController().signal),
    )
    expect(facts).toMatchObject(expected)
  })

  it('finds no author in two From headers', async () => {
    const dns = tableDns(rejects)
    const facts = await judgeDmarc(
      { from: ['a@bank.example'], fromFields: 2, spf: null, dkim: null },
      mailauthResolver(dns, new AbortController().signal),
    )
    expect(facts).toMatchObject({ result: 'none', reason: '2 From headers' })
    expect(dns.asked).toEqual([])
  })
})
