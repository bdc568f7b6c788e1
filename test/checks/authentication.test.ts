import { describe, expect, it } from '@jest/globals'
import type { ArcFacts, DkimFacts, DmarcFacts, SignatureFact } from '../../lib/auth/facts.ts'
import { judge as judgeArc } from '../../lib/checks/arc.ts'
import { authenticationResults } from '../../lib/auth/results.ts'
import type { CheckResult } from '../../lib/checks/check.ts'
import { judge as judgeDkim } from '../../lib/checks/dkim.ts'
import { forgiveness, judge as judgeDmarc, withUnknown, type Grounds } from '../../lib/checks/dmarc.ts'
import { NO_AUTH_FACTS, signatureFact } from '../support/auth-facts.ts'

const names = (result: CheckResult) =>
  result.kind === 'refuse' ? [result.hit.name] : (result.hits ?? []).map(({ name }) => name)

const signature = (change: Partial<SignatureFact>): SignatureFact =>
  signatureFact('shop.example', { aligned: true, ...change })
const dkim = (signatures: readonly SignatureFact[], change: Partial<DkimFacts> = {}): DkimFacts => ({
  signatures,
  present: signatures.length,
  skipped: null,
  ...change,
})
const failed = signature({ result: 'fail', trusted: false })

describe('dkim', () => {
  it.each([
    ['no signature', dkim([]), 'hits', []],
    ['aligned', dkim([signature({})]), 'hits', ['DKIM_PASS_ALIGNED']],
    ['another domain', dkim([signature({ aligned: false })]), 'hits', ['DKIM_PASS']],
    ['one of two broken', dkim([failed, signature({})]), 'hits', ['DKIM_PASS_ALIGNED']],
    ['all broken', dkim([failed]), 'hits', ['DKIM_BROKEN']],
    ['a weak key', dkim([signature({ result: 'policy', trusted: false })]), 'hits', ['DKIM_WEAK']],
    ['no answer', dkim([signature({ result: 'temperror', trusted: false })]), 'unavailable', []],
    [
      'too many',
      dkim([signature({})], { present: 30 }),
      'hits',
      ['DKIM_PASS_ALIGNED', 'DKIM_MANY_SIGNATURES'],
    ],
    ['skipped', dkim([], { present: 1, skipped: 'over 2000 headers' }), 'unavailable', ['DKIM_NOT_VERIFIED']],
    ['skipped and unsigned', dkim([], { skipped: 'over 2000 headers' }), 'hits', []],
  ] as const)('%s', (_what, facts, kind, expected) => {
    const result = judgeDkim(facts)
    expect([result.kind, names(result)]).toEqual([kind, expected])
  })
})

const arc = (change: Partial<ArcFacts>): ArcFacts => ({
  result: 'pass',
  instance: 1,
  sealers: ['lists.example'],
  trusted: true,
  sealed: { spf: 'pass', dkim: 'pass', dmarc: 'pass', from: 'bank.example' },
  ...change,
})

describe('arc', () => {
  it.each([
    [arc({}), 'hits', ['ARC_TRUSTED']],
    [arc({ trusted: false }), 'hits', ['ARC_PASS']],
    [arc({ result: 'fail' }), 'hits', ['ARC_BROKEN']],
    [arc({ result: 'none' }), 'hits', []],
    [arc({ result: 'temperror' }), 'unavailable', []],
  ] as const)('%j', (facts, kind, expected) => {
    const result = judgeArc(facts)
    expect([result.kind, names(result)]).toEqual([kind, expected])
  })
})

const dmarc = (change: Partial<DmarcFacts>): DmarcFacts => ({
  result: 'fail',
  domain: 'bank.example',
  policy: 'reject',
  alignedSpf: false,
  alignedDkim: false,
  ...change,
})

describe('dmarc', () => {
  it.each([
    [dmarc({ result: 'pass' }), 'obey', ['DMARC_OK'], undefined],
    [dmarc({ result: 'none', policy: null }), 'obey', ['DMARC_NO_POLICY'], undefined],
    [
      dmarc({ result: 'none', policy: null, reason: '2 From headers' }),
      'score',
      ['DMARC_NO_AUTHOR'],
      undefined,
    ],
    [dmarc({}), 'score', ['DMARC_FAIL_REJECT'], undefined],
    [dmarc({}), 'obey', ['DMARC_FAIL_REJECT'], 'reject'],
    [dmarc({ policy: 'quarantine' }), 'obey', ['DMARC_FAIL_QUARANTINE'], 'quarantine'],
    [dmarc({ policy: 'none' }), 'obey', ['DMARC_FAIL_NONE'], undefined],
  ] as const)('%j under %s', (facts, mode, expected, demanded) => {
    const result = judgeDmarc(facts, null, mode)
    expect(names(result)).toEqual(expected)
    expect(result.kind === 'hits' ? result.demands?.[0]?.action : 'other').toBe(demanded)
  })

  it('gives no points in log mode', () => {
    const result = judgeDmarc(dmarc({}), null, 'log')
    expect(result.kind === 'hits' && result.hits[0]?.score).toBe(0)
  })

  it('is unavailable when the policy was not found out', () => {
    expect(judgeDmarc(dmarc({ result: 'temperror', policy: null }), null, 'score').kind).toBe('unavailable')
  })

  it('forgives and says so', () => {
    const result = judgeDmarc(dmarc({}), 'forwarded by the trusted group lists', 'obey')
    expect(names(result)).toEqual(['DMARC_FORGIVEN'])
    expect(result).not.toHaveProperty('demands')
  })

  it.each([
    ['a pass needs none', dmarc({ result: 'pass' }), arc({}), 'lists', null],
    ['a forwarder', dmarc({}), null, 'lists', 'forwarded by the trusted group lists'],
    ['a trusted seal', dmarc({}), arc({}), undefined, 'dmarc=pass under the seal of lists.example'],
    ['a seal by anybody', dmarc({}), arc({ trusted: false }), undefined, null],
    ['a broken seal', dmarc({}), arc({ result: 'fail' }), undefined, null],
    [
      'a sealer that saw a failure',
      dmarc({}),
      arc({ sealed: { spf: '', dkim: '', dmarc: 'fail', from: '' } }),
      undefined,
      null,
    ],
    [
      'a seal about another domain',
      dmarc({}),
      arc({ sealed: { spf: '', dkim: '', dmarc: 'pass', from: 'shop.example' } }),
      undefined,
      null,
    ],
    [
      'a seal that names no domain',
      dmarc({}),
      arc({ sealed: { spf: '', dkim: '', dmarc: 'pass', from: '' } }),
      undefined,
      'dmarc=pass under the seal of lists.example',
    ],
  ])('forgiveness: %s', (_what, facts, chain, forwarder, expected) =>
    expect(forgiveness(facts, chain, forwarder)).toBe(expected),
  )

  const notAsked = { asked: false, reason: 'the client is in the group private' }
  const unanswered = { asked: true, reason: 'no answer within 8000 ms' }
  const KNOWN: Grounds = {
    spf: null,
    spfDomain: 'bank.example',
    dkim: dkim([]),
    dkimUnknown: null,
    signed: false,
  }
  const lost = signature({ result: 'temperror', trusted: false })
  type Row = readonly [what: string, Partial<Grounds>, kind: 'hits' | 'unavailable', string]
  it.each<Row>([
    ['all was looked at', {}, 'hits', 'DMARC_FAIL_REJECT'],
    ['SPF was not asked', { spf: notAsked }, 'hits', ''],
    ['SPF was not asked about a forwarder', { spf: notAsked, spfDomain: 'lists.example' }, 'hits', ''],
    ['SPF of its domain was not answered', { spf: unanswered }, 'unavailable', ''],
    [
      'SPF of a subdomain was not answered',
      { spf: unanswered, spfDomain: 'x.bank.example' },
      'unavailable',
      '',
    ],
    [
      'SPF that could not have proved it was not answered',
      { spf: unanswered, spfDomain: 'spam.example' },
      'hits',
      'DMARC_FAIL_REJECT',
    ],
    ['DKIM is off, the mail is signed', { dkim: null, dkimUnknown: null, signed: true }, 'hits', ''],
    ['DKIM is off, the mail is not signed', { dkim: null }, 'hits', 'DMARC_FAIL_REJECT'],
    ['DKIM did not finish', { dkim: null, dkimUnknown: unanswered, signed: true }, 'unavailable', ''],
    ['its key was not found out', { dkim: dkim([lost]), signed: true }, 'unavailable', ''],
    [
      "another's key was not found out",
      { dkim: dkim([{ ...lost, aligned: false }]), signed: true },
      'hits',
      'DMARC_FAIL_REJECT',
    ],
  ])('no failure for what is unknown: %s', (_what, change, kind, hit) => {
    const result = judgeDmarc(withUnknown(dmarc({}), { ...KNOWN, ...change }), null, 'obey')
    expect([result.kind, names(result).join(' ')]).toEqual([kind, hit])
    expect(result.kind === 'hits' && result.demands !== undefined).toBe(hit !== '')
  })

  it('a proof is a proof, whatever was not asked', () => {
    const facts = withUnknown(dmarc({ result: 'pass', alignedDkim: true }), { ...KNOWN, spf: notAsked })
    expect(names(judgeDmarc(facts, null, 'obey'))).toEqual(['DMARC_OK'])
  })

  it('what was not judged is not in the header', () => {
    const facts = withUnknown(dmarc({}), { ...KNOWN, spf: notAsked })
    expect(authenticationResults('mx.example', { ...NO_AUTH_FACTS, dmarc: facts })).toBe('mx.example; none')
  })
})
