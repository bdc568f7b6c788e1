/** Signatures, seals and From headers made of the grammar's own pieces in any disorder: never an exception, always a header. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { judgeDmarc } from '../../lib/auth/dmarc.ts'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import { mailauthResolver } from '../../lib/auth/resolver.ts'
import { authenticationResults } from '../../lib/auth/results.ts'
import { verifySignatures } from '../../lib/auth/signatures.ts'
import { keyOf } from '../support/signed-mail.ts'
import { tableDns } from '../support/table-dns.ts'

const KEY = keyOf('a.example', 's')
const pieces = fc.constantFrom(
  'v=1',
  'a=rsa-sha256',
  'a=ed25519-sha256',
  'a=rsa-sha1',
  'c=relaxed/relaxed',
  'c=simple',
  'd=a.example',
  'd=',
  'd=\xff',
  's=s',
  's=../..',
  'h=from',
  'h=from:from:x',
  'h=',
  'i=1',
  'i=2',
  'i=51',
  'i=@a.example',
  'i="x y"@b.a.example',
  'bh=AAAA',
  'bh=47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=',
  'b=AAAA',
  'b=',
  'l=0',
  'l=99999999999999999999',
  'l=-1',
  't=0',
  'x=1',
  't=99999999999',
  'q=dns/txt',
  'q=x',
  'cv=none',
  'cv=pass',
  'cv=fail',
  'z=a|b',
  ';',
  '=',
  '\n ',
  '(',
  ')',
  '"',
  '\\',
  ' ',
  'dmarc=pass',
  'header.i.x=1',
  '__proto__=1',
  'constructor=1',
  'toString=2',
)
const value = fc.array(pieces, { maxLength: 14 }).map((all) => ` ${all.join('; ')}`)
const header = fc.record({
  name: fc.constantFrom(
    'DKIM-Signature',
    'ARC-Seal',
    'ARC-Message-Signature',
    'ARC-Authentication-Results',
    'Content-Type',
    'dkim-signature ',
  ),
  value,
})
const from = fc.record({
  name: fc.constant('From'),
  value: fc
    .array(
      fc.constantFrom(
        'a@a.example',
        '<a@a.example>',
        '"',
        '(',
        ')',
        ',',
        ':',
        ';',
        '@',
        'x',
        ' ',
        '=?utf-8?q?=40?=',
        '\xff',
        '\n ',
        '<',
        '>',
        'b@[192.0.2.1]',
        'c@\xfc.example',
      ),
      { maxLength: 12 },
    )
    .map((all) => all.join('')),
})

describe('authentication of nonsense', () => {
  it('always ends in facts and a header', async () => {
    let seen = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(header, from), { maxLength: 8 }),
        fc.string({ maxLength: 40 }),
        async (headers, body) => {
          const resolver = mailauthResolver(
            tableDns(KEY, { absentByDefault: true }),
            new AbortController().signal,
          )
          const found = await verifySignatures(
            { headers, body: Buffer.from(body), truncated: false },
            {
              resolver,
              now: 0,
              clockTolerance: 300_000,
              minimumBits: 1024,
              arc: true,
              trustedSealers: ['a.example'],
            },
          )
          const dmarc = await judgeDmarc(
            { from: found.from, fromFields: found.fromFields, dkim: found.dkim, spf: null },
            resolver,
          )
          if (found.dkim.signatures.length > 0 || found.arc.result === 'fail') seen++
          const text = authenticationResults('mx.example', {
            ...NO_AUTH_FACTS,
            dkim: found.dkim,
            dmarc,
            arc: found.arc,
          })
          expect(text).toMatch(/^mx\.example;\n\tdkim=[\x20-\x7e\n\t]*$/)
          expect(found.dkim.signatures.every(({ trusted }) => !trusted)).toBe(true)
          expect(found.arc.trusted).toBe(false)
        },
      ),
      { numRuns: 3000 },
    )
    // a vacuous pass would be one in which nothing got as far as a signature
    expect(seen).toBeGreaterThan(500)
  }, 60_000)
})
