/**
 * mailauth's DKIM verifier, with the hashes of the body taken out of its hands: it would read the whole body once for
 * every length that a signature names.
 */
import { finished } from 'node:stream/promises'
import type { DKIMVerifyOptions } from 'mailauth'
import { DkimVerifier } from 'mailauth/lib/dkim/dkim-verifier.js'
import type { Algorithm, BodyHashes, Form } from './body-hash.ts'

/** A verifier that is given the headers alone. Its methods are called by mailauth. */
class HeaderVerifier extends DkimVerifier {
  readonly #hashes: BodyHashes

  constructor(options: DKIMVerifyOptions, hashes: BodyHashes) {
    super(options)
    this.#hashes = hashes
  }

  override addBodyHash(form: string, algorithm: string, length: number | ''): string {
    const key = [form, algorithm, length].join(':')
    if (!this.bodyHashes.has(key)) this.bodyHashes.set(key, this.#hasher(form, algorithm, length))
    return key
  }

  #hasher(form: string, algorithm: string, length: number | '') {
    const asked: readonly [Form, Algorithm, number | null] = [
      form === 'relaxed' ? 'relaxed' : 'simple',
      algorithm === 'sha1' ? 'sha1' : 'sha256',
      length === '' ? null : length,
    ]
    const hashes = this.#hashes
    hashes.announce(...asked)
    return {
      get bodyHashedBytes() {
        return hashes.hash(...asked).hashed
      },
      get canonicalizedLength() {
        return hashes.hash(...asked).canonical
      },
      digest: () => hashes.hash(...asked).hash,
      setContentType: () => {},
      update: () => {},
      getMimeStructureStart: () => false as const,
    }
  }
}

/** Verifies the signatures of a header block (CRLF, with the empty line that ends it) over the body of `hashes`. */
export async function verifyHeaders(headers: Buffer, options: DKIMVerifyOptions, hashes: BodyHashes) {
  const verifier = new HeaderVerifier(options, hashes)
  verifier.end(headers)
  await finished(verifier)
  return verifier
}
