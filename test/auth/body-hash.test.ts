/** Body hashes against those of mailauth, and what they cost. */
import { createRequire } from 'node:module'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { bodyHashes } from '../../lib/auth/body-hash.ts'

interface Hasher {
  update(chunk: Uint8Array): void
  digest(encoding: 'base64'): string
  bodyHashedBytes: number
  canonicalizedLength: number
}
const { dkimBody } = createRequire(import.meta.url)('mailauth/lib/dkim/body/index.js') as {
  dkimBody(form: string, algorithm: string, length: number | ''): Hasher
}

/** What mailauth makes of a body, whose bare LF its parser has made CRLF before. */
function expected(body: string, form: string, algorithm: string, length: number | null) {
  const hasher = dkimBody(form, algorithm, length ?? '')
  hasher.update(Buffer.from(body.replace(/(?<!\r)\n/g, '\r\n'), 'latin1'))
  const hash = hasher.digest('base64')
  return { hash, hashed: hasher.bodyHashedBytes, canonical: hasher.canonicalizedLength }
}

const piece = fc.constantFrom('\r\n', '\r\n', '\n', '\r', ' ', '\t', 'a', 'word', '\xe9', '  x', 'y \r\n')
const body = fc.array(piece, { maxLength: 40 }).map((pieces) => pieces.join(''))
const length = fc.option(fc.integer({ min: 0, max: 60 }))

describe('bodyHashes', () => {
  it.each(['simple', 'relaxed'] as const)('hashes the %s form as mailauth does, for any length', (form) => {
    fc.assert(
      fc.property(body, fc.array(length, { minLength: 1, maxLength: 6 }), (text, lengths) => {
        const hashes = bodyHashes(Buffer.from(text, 'latin1'))
        for (const one of lengths) hashes.announce(form, 'sha256', one)
        for (const one of lengths)
          expect(hashes.hash(form, 'sha256', one)).toEqual(expected(text, form, 'sha256', one))
      }),
      { numRuns: 2000 },
    )
  })

  it('answers for a length that nobody announced, and beyond what fits into one chunk', () => {
    const text = 'words  and\tmore words \r\n\r\n'.repeat(10_000)
    const hashes = bodyHashes(Buffer.from(text, 'latin1'))
    for (const one of [null, 65_536, 65_537, 1, 200_000, 1e9])
      expect(hashes.hash('relaxed', 'sha1', one)).toEqual(expected(text, 'relaxed', 'sha1', one))
  })

  it('20 lengths in both forms cost two passes', () => {
    const text = Buffer.alloc(100_000, 'short\r\n')
    const hashes = bodyHashes(text)
    const forms = ['simple', 'relaxed'] as const
    for (let at = 0; at < 20; at++) for (const form of forms) hashes.announce(form, 'sha256', 1000 * at)
    for (let at = 0; at < 20; at++) for (const form of forms) hashes.hash(form, 'sha256', 1000 * at)
    expect(hashes.work()).toBeLessThan(2 * text.length + 10)
  })
})
