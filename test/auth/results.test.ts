import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { AuthFacts, SignatureFact } from '../../lib/auth/facts.ts'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import { addressValue, authenticationResults, claimsAuthservId, value } from '../../lib/auth/results.ts'

const signature: SignatureFact = {
  result: 'pass',
  domain: 'shop.example',
  selector: 's1',
  identity: '',
  algorithm: 'rsa-sha256',
  tag: 'Ab/d+f==',
  aligned: true,
  keyBits: 2048,
  testing: false,
  trusted: true,
}

const full: AuthFacts = {
  user: null,
  spf: {
    mailFrom: { result: 'pass', identity: 'mailfrom', domain: 'shop.example', value: 'a@shop.example' },
    helo: null,
  },
  dkim: { signatures: [signature], present: 1, skipped: null },
  dmarc: {
    result: 'pass',
    domain: 'shop.example',
    policy: 'reject',
    alignedSpf: true,
    alignedDkim: true,
  },
  arc: { result: 'none', instance: 0, sealers: [], trusted: false, sealed: null },
}

describe('authenticationResults', () => {
  it('writes one statement per method in a fixed order', () => {
    expect(authenticationResults('mx.example', full)).toBe(
      [
        'mx.example;',
        '\tspf=pass smtp.mailfrom=a@shop.example;',
        '\tdkim=pass header.d=shop.example header.s=s1 header.a=rsa-sha256',
        '\t header.b="Ab/d+f==";',
        '\tdmarc=pass policy.dmarc=reject header.from=shop.example;',
        '\tarc=none',
      ].join('\n'),
    )
  })

  it('says none when nothing was looked at', () => {
    expect(authenticationResults('mx.example', NO_AUTH_FACTS)).toBe('mx.example; none')
  })

  it('says dkim=none for an unsigned mail and neutral with the reason for one that was not looked at', () => {
    const unsigned = { ...NO_AUTH_FACTS, dkim: { signatures: [], present: 0, skipped: null } }
    expect(authenticationResults('mx.example', unsigned)).toBe('mx.example;\n\tdkim=none')
    const skipped = { ...NO_AUTH_FACTS, dkim: { signatures: [], present: 3, skipped: 'over 2000 headers' } }
    expect(authenticationResults('mx.example', skipped)).toBe(
      'mx.example;\n\tdkim=neutral reason="not verified: over 2000 headers"',
    )
  })

  it('names the authenticated user', () => {
    expect(authenticationResults('mx.example', { ...NO_AUTH_FACTS, user: 'anna@home.example' })).toBe(
      'mx.example;\n\tauth=pass smtp.auth=anna@home.example',
    )
  })

  it('is a header of the grammar whatever the mail says', () => {
    const text = fc.string({ unit: 'binary', maxLength: 300 })
    fc.assert(
      fc.property(text, text, text, text, (domain, selector, tag, comment) => {
        const one: SignatureFact = { ...signature, domain, selector, tag, identity: comment, comment }
        const spf = {
          result: 'pass',
          identity: 'mailfrom',
          domain,
          value: `${tag}@${domain}`,
          comment,
        } as const
        const header = authenticationResults(selector, {
          ...full,
          spf: { mailFrom: spf, helo: null },
          dkim: { signatures: [one], present: 1, skipped: null },
        })
        expect(statementsOf(header)).toHaveLength(5)
      }),
      { numRuns: 2000 },
    )
  })
})

/** A reader of RFC 8601 without comments: throws on what the grammar does not allow, returns the parts. */
function statementsOf(header: string): string[] {
  const word =
    /^(?:"(?:[^"\\\x00-\x1f\x7f-\uffff]|\\[\x20-\x7e])*"|[^\s"\\()<>,;:[\]?=\x00-\x1f\x7f-\uffff]+)$/
  const parts = header
    .replace(/\n[\t ]+/g, ' ')
    .match(/(?:"(?:[^"\\]|\\.)*"|[^;"])+/g)
    ?.map((part) => part.trim())
  if (!parts) throw new Error('empty')
  if (!word.test(parts[0]!)) throw new Error(`id ${parts[0]}`)
  for (const part of parts.slice(1)) {
    for (const pair of part.match(/(?:"(?:[^"\\]|\\.)*"|[^\s"])+/g) ?? []) {
      const equals = pair.indexOf('=')
      if (!/^[a-z]+(\.[a-z-]+)?$/.test(pair.slice(0, equals))) throw new Error(`name ${pair}`)
      const right = pair.slice(equals + 1)
      if (!word.test(right.replace('@', '').replaceAll('/', '').replaceAll('=', '').replaceAll('?', '')))
        throw new Error(`value ${pair}`)
    }
  }
  return parts
}

describe('value', () => {
  it.each([
    ['plain', 'plain'],
    ['two words', '"two words"'],
    ['say "hi" \\', String.raw`"say \"hi\" \\"`],
    ['a\r\nX: y\0', '"aX: y"'],
    ['', null],
    ['x'.repeat(300), null],
  ])('%j -> %j', (text, written) => expect(value(text)).toBe(written))
})

describe('addressValue', () => {
  it.each([
    ['a@b.example', 'a@b.example'],
    ['@b.example', '@b.example'],
    ['b.example.', 'b.example'],
    ['"a b"@b.example', 'b.example'],
    ['gr\u00fc\u00dfe@b.example', 'b.example'],
    ['a@b example', '"a@b example"'],
    ['a@[192.0.2.1]', '"a@[192.0.2.1]"'],
  ])('%j -> %j', (address, written) => expect(addressValue(address)).toBe(written))
})

describe('claimsAuthservId', () => {
  it.each([
    [' mx.example; none', true],
    ['MX.Example. 1; spf=pass', true],
    [' (hello (x;\\)) ) "mx.example"; spf=pass', true],
    [' (hello) "mx.example"; spf=pass', true],
    ['\n\tmx.example\n\t; spf=pass', true],
    [' mx.example.org; spf=pass', false],
    ['', false],
  ])('%j is ours: %s', (text, ours) => expect(claimsAuthservId(text, 'mx.example')).toBe(ours))
})
