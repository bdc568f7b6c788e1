import { describe, expect, it } from '@jest/globals'
import { guard, type HeaderField } from '../../lib/auth/guards.ts'
import { mailauthResolver } from '../../lib/auth/resolver.ts'
import { verifySignatures } from '../../lib/auth/signatures.ts'
import { tableDns } from '../support/table-dns.ts'

const none = Buffer.alloc(0)
const header = (name: string, value: string): HeaderField => ({ name, value })
const signature = (tags: string) => header('DKIM-Signature', ` v=1; a=rsa-sha256; d=a.example; s=s; ${tags}`)
const names = (count: number) => `h=${Array.from({ length: count }, () => 'x').join(':')}`
const crs = (count: number) => Buffer.from(`abc${'\r'.repeat(count)}def\r\n`)

describe('guard', () => {
  const rows: readonly (readonly [string, readonly HeaderField[], string | null])[] = [
    ['an ordinary mail', [header('Subject', ' Hi')], null],
    ['2000 headers', Array.from({ length: 2000 }, () => header('X', ' y')), null],
    ['2001 headers', Array.from({ length: 2001 }, () => header('X', ' y')), 'over 2000 headers'],
    ['256 KB of headers', [header('X', 'y'.repeat(256 * 1024 - 4))], null],
    ['one octet more', [header('X', 'y'.repeat(256 * 1024 - 3))], 'headers over 256 KB'],
    ['1000 folds', [header('X', '\n y'.repeat(1000))], null],
    ['1001 folds', [header('X', '\n y'.repeat(1001))], 'a header with over 1000 folds'],
    ['500 signed names', [signature(names(500))], null],
    ['520 signed names', [signature(names(520))], 'a signature over more than 500 header names'],
    ['1000 CR', [header('X', '\r'.repeat(999))], null],
    ['1001 CR', [header('X', '\r'.repeat(1001))], 'over 1000 carriage returns in a row'],
    ['a name of 1000 octets', [header(`X${' '.repeat(999)}`, 'y')], null],
    ['one octet more in a name', [header(`X${' '.repeat(1000)}`, 'y')], 'a header name over 1000 octets'],
    ['1000 blanks in a signature', [signature(`h=a${' '.repeat(1000)}b`)], null],
    [
      '1001 blanks in a signature',
      [signature(`h=a${' \t'.repeat(500)} b`)],
      'a signature with over 1000 blanks or dots in a row',
    ],
  ]
  it.each(rows)('%s', (_what, headers, expected) => expect(guard(headers)).toBe(expected))
})

describe('hostile mail is answered at once', () => {
  const one = signature('b=AAAA; bh=AAAA; h=from')
  const worst: readonly (readonly [string, readonly HeaderField[], Uint8Array])[] = [
    ['300,000 folds', [one, header('Subject', '\n x'.repeat(300_000))], none],
    ['h= with 45,000 names', [signature(`b=A; bh=A; ${names(45_000)}`)], none],
    ['50 KB of bare CR in a header', [one, header('Subject', '\r'.repeat(50_000))], none],
    ['50 KB of bare CR in the body', [one], crs(50_000)],
    ['a header name of 200 KB of blanks', [header(`Subject${' '.repeat(200_000)}a`, ' b')], none],
    ['h= with 200 KB of blanks', [signature(`b=A; bh=A; h=from${' '.repeat(200_000)}x`)], none],
    [
      'd= with 200,000 dots',
      [header('DKIM-Signature', ` v=1; d=${'.'.repeat(200_000)}x; s=s; b=A; bh=A`)],
      none,
    ],
    ['500 signatures', Array.from({ length: 500 }, () => one), none],
    [
      '500 signatures with their own settings',
      Array.from({ length: 500 }, (_, index) =>
        signature(`c=relaxed/simple; l=${index}; b=A; bh=A; ${names(499)}`),
      ),
      Buffer.alloc(1 << 20, 'text \r\n'),
    ],
    ['a tag list of 200,000 semicolons', [signature(';'.repeat(200_000))], none],
    ['2000 From headers', Array.from({ length: 2000 }, () => header('From', ' a@b.example')), none],
    ['a From of 200 KB of commas', [header('From', ','.repeat(200_000))], none],
    ['a From of 200 KB of addresses', [header('From', 'a@b.example,'.repeat(16_000))], none],
    ['a From of 100,000 open comments', [header('From', '('.repeat(100_000))], none],
    [
      'a Content-Type of 200 KB of parameters',
      [one, header('Content-Type', ` a/b${'; x*0*=1'.repeat(20_000)}`)],
      none,
    ],
    [
      '150 ARC headers',
      Array.from({ length: 50 }, (_, i) =>
        ['ARC-Seal', 'ARC-Message-Signature', 'ARC-Authentication-Results'].map((name) =>
          header(name, ` i=${i + 1}; a=rsa-sha256; cv=pass; d=a.example; s=s; b=A; bh=A; h=from; none`),
        ),
      ).flat(),
      none,
    ],
    ['20 MB of spaces', [one], Buffer.alloc(20 << 20, ' ')],
    [
      '20 MB of empty lines',
      [signature('c=relaxed/relaxed; b=A; bh=A; h=from')],
      Buffer.alloc(20 << 20, '\r\n'),
    ],
    [
      '20 signatures with 20 lengths over 20 MB of short lines',
      Array.from({ length: 20 }, (_, index) =>
        signature(`c=relaxed/${index % 2 === 0 ? 'simple' : 'relaxed'}; l=${1e7 + index}; b=A; bh=A; h=from`),
      ),
      Buffer.alloc(20 << 20, 'short\r\n'),
    ],
    ['20 MB of bare LF', [signature('c=relaxed/relaxed; b=A; bh=A; h=from')], Buffer.alloc(20 << 20, '\n')],
  ]
  it.each(worst)(
    '%s',
    async (_what, headers, body) => {
      // not by the clock: other programs may keep the machine busy
      const before = process.cpuUsage()
      const result = await verifySignatures(
        { headers, body, truncated: false },
        {
          resolver: mailauthResolver(tableDns({}, { absentByDefault: true }), new AbortController().signal),
          now: 0,
          clockTolerance: 300_000,
          minimumBits: 1024,
          arc: true,
          trustedSealers: [],
        },
      )
      const { user, system } = process.cpuUsage(before)
      const took = (user + system) / 1000
      expect(result.dkim.signatures.length).toBeLessThanOrEqual(20)
      if (process.env['SHOW_TIMES'])
        process.stderr.write(`${took.toFixed(0)} ms ${_what}: ${result.dkim.skipped ?? 'verified'}\n`)
      expect(took).toBeLessThan(5000)
    },
    60_000,
  )
})
