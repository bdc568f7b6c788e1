import { describe, expect, it } from '@jest/globals'
import type { ArcFacts, DkimFacts, DmarcFacts, SignatureFact } from '../../lib/auth/facts.ts'
import { judge as judgeArc } from '../../lib/checks/arc.ts'
import type { CheckResult } from '../../lib/checks/check.ts'
import { judge as judgeDkim } from '../../lib/checks/dkim.ts'
import { forgiveness, judge as judgeDmarc } from '../../lib/checks/dmarc.ts'
import { signatureFact } from '../support/auth-facts.ts'

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
})
