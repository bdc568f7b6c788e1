/** What is used of mailauth's verifier beyond its published types. */
declare module 'mailauth/lib/dkim/dkim-verifier.js' {
  import type { Writable } from 'node:stream'
  import type { DKIMVerifyOptions, DKIMVerifyResult } from 'mailauth'

  /** What it wants of a body hash. */
  export interface BodyHasher {
    readonly canonicalizedLength: number
    readonly bodyHashedBytes: number
    setContentType(type: unknown): void
    update(chunk: Uint8Array): void
    digest(encoding: 'base64'): string
    getMimeStructureStart(): number | false
  }
  export class DkimVerifier extends Writable {
    constructor(options: DKIMVerifyOptions)
    readonly bodyHashes: Map<string, BodyHasher>
    readonly results: DKIMVerifyResult['results']
    readonly headerFrom: string[]
    readonly fromFields: number
    readonly arc: DKIMVerifyResult['arc']
    /** Called for each signature; returns the key under which the hasher stands in `bodyHashes`. */
    addBodyHash(form: string, algorithm: string, length: number | ''): string
  }
}
