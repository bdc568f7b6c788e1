import { describe, expect, it } from '@jest/globals'
import type { DmarcFacts, SignatureFact, SpfFact } from '../../../lib/auth/facts.ts'
import { authRes } from '../../../lib/rules/evals/auth-res.ts'
import { parseAuthRes } from '../../../lib/rules/evals/authres-header.ts'
import { bayes } from '../../../lib/rules/evals/bayes.ts'
import { dkim } from '../../../lib/rules/evals/dkim.ts'
import { dmarc } from '../../../lib/rules/evals/dmarc.ts'
import { spf } from '../../../lib/rules/evals/spf.ts'
import { wlblEval } from '../../../lib/rules/evals/wlbl-eval.ts'
import type { Given } from './fake-input.ts'
import { signatureFact } from '../../support/auth-facts.ts'
import { call, fake } from './fake-input.ts'

const headers = { From: 'Ann <ann@shop.example>', EnvelopeFrom: 'bounce@shop.example' }

function signed(domain: string, more: Partial<SignatureFact> = {}): Given {
  return { headers, auth: { dkim: { signatures: [signatureFact(domain, more)], present: 1, skipped: null } } }
}

describe('DKIM', () => {
  const cases: readonly (readonly [string, readonly string[], Given, boolean])[] = [
    ['check_dkim_signed', [], { headers }, false],
    ['check_dkim_signed', [], signed('a.example', { result: 'fail' }), true],
    ['check_dkim_valid', [], signed('a.example', { result: 'fail' }), false],
    ['check_dkim_valid', [], signed('a.example'), true],
    ['check_dkim_valid', [], signed('a.example', { keyBits: 512 }), false],
    ['check_dkim_valid', ['other.example', '.example'], signed('a.example'), true],
    ['check_dkim_valid', ['other.example'], signed('a.example'), false],
    ['check_dkim_valid_author_sig', [], signed('a.example'), false],
    ['check_dkim_valid_author_sig', [], signed('shop.example'), true],
    ['check_dkim_valid_author_sig', [], signed('example', { identity: '@shop.example' }), true],
    ['check_dkim_valid_envelopefrom', [], signed('shop.example'), true],
    ['check_dkim_valid_envelopefrom', [], signed('a.example'), false],
    ['check_dkim_testing', [], signed('a.example', { testing: true }), true],
    ['check_dkim_dependable', [], signed('a.example'), true],
    ['check_dkim_dependable', [], { headers }, false],
  ]
  it.each(cases)('%s(%j) of case %#', (name, args, given, hit) => {
    expect(call(dkim, name, args, given)).toBe(hit)
  })

  it('adsp_override speaks only for authors who did not sign', () => {
    const lines = [
      [dkim, 'adsp_override', '*.shop.example custom_high'],
      [dkim, 'adsp_override', 'shop.example'],
    ] as const
    const unsigned = { ...signed('other.example'), lines }
    expect(call(dkim, 'check_dkim_adsp', ['D'], unsigned)).toBe(true)
    expect(call(dkim, 'check_dkim_adsp', ['3'], unsigned)).toBe(false)
    expect(call(dkim, 'check_dkim_adsp', ['*'], { ...signed('shop.example'), lines })).toBe(false)
  })

  it.each<readonly [string, Given]>([
    ['key of the author was not found out', signed('shop.example', { result: 'temperror' })],
    [
      'signatures were not looked at',
      {
        headers,
        auth: { dkim: { signatures: [], present: 1, skipped: 'the message is over the size limit' } },
      },
    ],
  ])(
    'adsp_override says nothing of a mail of which it is unknown whether the author signed it: %s',
    (_what, given) => {
      const lines = [[dkim, 'adsp_override', 'shop.example']] as const
      expect(call(dkim, 'check_dkim_adsp', ['*'], { ...given, lines })).toBe(false)
    },
  )

  const welcome: readonly (readonly [string, string, Given, boolean])[] = [
    ['own signature', '*@shop.example', signed('shop.example'), true],
    ['foreign signature', '*@shop.example', signed('bulk.example'), false],
    ['named signer', '*@shop.example bulk.example', signed('bulk.example'), true],
    ['signer below', '*@shop.example *.bulk.example', signed('x.bulk.example'), true],
    ['broken signature', '*@shop.example', signed('shop.example', { result: 'fail' }), false],
    ['another author', '*@bank.example', signed('shop.example'), false],
  ]
  it.each(welcome)('welcomelist_from_dkim: %s', (_, line, given, hit) => {
    for (const directive of ['welcomelist_from_dkim', 'whitelist_from_dkim']) {
      const all: Given = { ...given, lines: [[dkim, directive, line]] }
      expect(call(dkim, 'check_for_dkim_welcomelist_from', [], all)).toBe(hit)
    }
  })
  it('welcomelist_auth counts for DKIM', () => {
    const given: Given = {
      ...signed('shop.example'),
      lines: [[wlblEval, 'whitelist_auth', 'ann@shop.example']],
    }
    expect(call(dkim, 'check_for_dkim_whitelist_from', [], given)).toBe(true)
    expect(call(dkim, 'check_for_def_dkim_welcomelist_from', [], given)).toBe(false)
  })
})

function checked(result: SpfFact['result'], identity: SpfFact['identity'] = 'mailfrom'): Given {
  const fact: SpfFact = { result, identity, domain: 'shop.example', value: 'bounce@shop.example' }
  const spfFacts = identity === 'helo' ? { mailFrom: null, helo: fact } : { mailFrom: fact, helo: null }
  return { headers, auth: { spf: spfFacts } }
}

describe('SPF', () => {
  it.each(['pass', 'fail', 'softfail', 'neutral', 'none', 'permerror', 'temperror'] as const)(
    '%s',
    (result) => {
      expect(call(spf, `check_for_spf_${result}`, [], checked(result))).toBe(true)
      expect(call(spf, `check_for_spf_helo_${result}`, [], checked(result))).toBe(false)
      expect(call(spf, `check_for_spf_helo_${result}`, [], checked(result, 'helo'))).toBe(true)
      expect(call(spf, `check_for_spf_${result}`, [], { headers })).toBe(false)
    },
  )
  it('a pass makes a listed sender welcome, anything else does not', () => {
    const lines = [[spf, 'welcomelist_from_spf', '*@shop.example']] as const
    expect(call(spf, 'check_for_spf_welcomelist_from', [], { ...checked('pass'), lines })).toBe(true)
    expect(call(spf, 'check_for_spf_whitelist_from', [], { ...checked('softfail'), lines })).toBe(false)
    expect(call(spf, 'check_for_def_spf_welcomelist_from', [], { ...checked('pass'), lines })).toBe(false)
  })
})

describe('DMARC', () => {
  const found = (result: DmarcFacts['result'], policy: DmarcFacts['policy']): Given => ({
    auth: { dmarc: { result, policy, domain: 'shop.example', alignedSpf: false, alignedDkim: false } },
  })
  const all = ['pass', 'reject', 'quarantine', 'none', 'missing'].map((word) => `check_dmarc_${word}`)
  const cases: readonly (readonly [string, Given, string | undefined])[] = [
    ['pass', found('pass', 'reject'), 'check_dmarc_pass'],
    ['fail under p=reject', found('fail', 'reject'), 'check_dmarc_reject'],
    ['fail under p=quarantine', found('fail', 'quarantine'), 'check_dmarc_quarantine'],
    ['fail under p=none', found('fail', 'none'), 'check_dmarc_none'],
    ['no record', found('none', null), 'check_dmarc_missing'],
    ['nobody knows', found('temperror', null), undefined],
    ['not asked', {}, undefined],
  ]
  it.each(cases)('%s', (_, given, hit) => {
    expect(all.filter((name) => call(dmarc, name, [], given) === true)).toEqual(
      hit === undefined ? [] : [hit],
    )
  })
})

describe('Bayes', () => {
  const cases: readonly (readonly [number | undefined, string, string, boolean])[] = [
    [undefined, '0.00', '0.01', false],
    [0, '0.00', '0.01', true],
    [0.01, '0.00', '0.01', true],
    [0.01, '0.01', '0.05', false],
    [0.5, '0.40', '0.60', true],
    [0.9995, '0.99', '1.00', true],
    [0.9995, '0.999', '1.00', true],
  ]
  it.each(cases)('probability %p between %s and %s', (probability, min, max, hit) => {
    expect(
      call(bayes, 'check_bayes', [min, max], probability === undefined ? {} : { bayes: probability }),
    ).toBe(hit)
  })
  it('use_bayes_rules 0 switches them off', () => {
    expect(call(bayes, 'check_bayes', ['0', '1'], { bayes: 0.5, settings: { use_bayes_rules: ['0'] } })).toBe(
      false,
    )
  })
})

describe('Authentication-Results', () => {
  const good: readonly (readonly [string, string])[] = [
    ['mx.example; spf=pass smtp.mailfrom=a.example; dkim=fail header.d=a.example', 'spf=pass dkim=fail'],
    [
      'mx.example; iprev=pass policy.iprev=2001:db8::1 (mx); auth=pass smtp.auth=2a00:1@x.example',
      'iprev=pass auth=pass',
    ],
    ['mx.example 1; auth=pass (cram-md5) smtp.auth=sender@a.example', 'auth=pass'],
    [
      'mx.example; dkim=pass reason="good (signature)" header.i=@a.example; dmarc=none',
      'dkim=pass dmarc=none',
    ],
    ['(a (nested) comment) mx.example; spf=neutral', 'spf=neutral'],
  ]
  it.each(good)('%s', (value, results) => {
    const parsed = parseAuthRes(value.replace(/^\(.*\) /, ''), false)
    expect(parsed?.results.map(({ method, result }) => `${method}=${result}`).join(' ')).toBe(results)
  })
  it.each([
    'mx.example',
    'mx.example; none',
    'mx.example; spf=maybe',
    'mx.example; unheard=pass',
    'mx.example; spf=pass smtp.mailfrom=',
    'spf=pass; dkim=pass',
  ])('refuses %s', (value) => {
    expect(parseAuthRes(value, false)).toBeUndefined()
  })
  it('says what it did with each field', () => {
    const headers = {
      ALL: 'Authentication-Results: a.example; spf=pass\nauthentication-results: b.example; nonsense\n',
    }
    const { input } = fake({ headers, lines: [[authRes, 'authres_networks', 'all']] })
    expect(authRes.trace?.(input)).toEqual([
      'authres: parsing Authentication-Results: a.example; spf=pass',
      'authres: parsing authentication-results: b.example; nonsense',
      'authres: skipping header, not in the form of RFC 8601',
      'authres: results: spf=pass',
    ])
  })
  it('a pass of any trusted server wins; missing is a result of its own', () => {
    const given: Given = {
      headers: {
        'ALL-INTERNAL':
          'Authentication-Results: mx.example; spf=fail\nAuthentication-Results: evil.example; spf=pass; dkim=pass\n',
      },
    }
    expect(call(authRes, 'check_authres_result', ['spf', 'pass'], given)).toBe(true)
    const trusting: Given = { ...given, lines: [[authRes, 'authres_trusted_authserv', 'mx.example']] }
    expect(call(authRes, 'check_authres_result', ['spf', 'fail'], trusting)).toBe(true)
    expect(call(authRes, 'check_authres_result', ['dkim', 'missing'], trusting)).toBe(true)
    const ignoring: Given = { ...given, lines: [[authRes, 'authres_ignored_authserv', 'evil.example']] }
    expect(call(authRes, 'check_authres_result', ['spf', 'pass'], ignoring)).toBe(false)
  })
})
