/**
 * What authentication found out about a mail: plain values that pass between threads, that rules read and that
 * `results.ts` writes as Authentication-Results. Nothing here decides anything; a result that could not be found out
 * is `temperror` with its reason, never a missing entry.
 */

/** RFC 8601 section 2.7.2; SPF's own words (RFC 7208 section 2.6). */
export type SpfResult = 'pass' | 'fail' | 'softfail' | 'neutral' | 'none' | 'temperror' | 'permerror'

export interface SpfFact {
  readonly result: SpfResult
  /** Which identity was checked: the MAIL FROM domain, or the HELO name. */
  readonly identity: 'mailfrom' | 'helo'
  /** Domain whose record was asked; lower case, A-labels. */
  readonly domain: string
  /** The address as written in MAIL FROM (`mailfrom`) or the HELO name (`helo`), for the report. */
  readonly value: string
  /** Why, in a few words; not trusted to be free of control characters. */
  readonly comment?: string
}

/** RFC 8601 section 2.7.1. `policy` is a signature that verifies but is not accepted (weak key, l= with text after it). */
export type DkimResult = 'pass' | 'fail' | 'neutral' | 'policy' | 'temperror' | 'permerror' | 'none'

export interface SignatureFact {
  readonly result: DkimResult
  /** d=, lower case, A-labels; '' when the signature has none. */
  readonly domain: string
  /** s= */
  readonly selector: string
  /** i=, as written; '' when absent. */
  readonly identity: string
  /** a=, such as rsa-sha256. */
  readonly algorithm: string
  /** The first octets of b=, enough to tell signatures of one domain apart (RFC 6008). */
  readonly tag: string
  /** Same organizational domain as the From: address. */
  readonly aligned: boolean
  /** Bits of the key, 0 when unknown. */
  readonly keyBits: number
  /** The key record says t=y: the domain is testing DKIM. */
  readonly testing: boolean
  /** The signature counts for DMARC and for identities. False for everything but a sound pass. */
  readonly trusted: boolean
  readonly comment?: string
}

export interface DkimFacts {
  /** At most 20, of more the aligned ones first, in order of appearance; empty when the mail is not signed. */
  readonly signatures: readonly SignatureFact[]
  /** How many DKIM-Signature headers there are. */
  readonly present: number
  /** Why signatures were not looked at (a guard against hostile input), else null. */
  readonly skipped: string | null
}

export type DmarcPolicy = 'none' | 'quarantine' | 'reject'

export interface DmarcFacts {
  readonly result: 'pass' | 'fail' | 'none' | 'temperror' | 'permerror'
  /** Domain of the From: address, lower case, A-labels; '' when there is none or not exactly one. */
  readonly domain: string
  /** The policy to apply (p, sp or np after t=y); null when no record was found. */
  readonly policy: DmarcPolicy | null
  readonly alignedSpf: boolean
  readonly alignedDkim: boolean
  /** Why there is no author domain: several From fields, several domains, none. Suspicious by itself. */
  readonly reason?: string
  /**
   * Why a mail that nothing proved did not fail all the same: what would have proved it was not asked. The result is
   * then `temperror`, and no header speaks of it.
   */
  readonly notJudged?: string
  readonly comment?: string
}

export interface ArcFacts {
  readonly result: 'pass' | 'fail' | 'none' | 'temperror' | 'permerror'
  /** Highest instance, 0 when there is no chain. */
  readonly instance: number
  /** d= of each ARC-Seal, oldest first; only of a chain that passed. */
  readonly sealers: readonly string[]
  /** The newest sealer stands in the list of trusted sealers. */
  readonly trusted: boolean
  /** What the oldest trusted sealer said of DMARC, DKIM or SPF when it got the mail. */
  readonly sealed: {
    readonly spf: string
    readonly dkim: string
    readonly dmarc: string
    /** Domain the sealer's DMARC result is about; '' when it did not say. */
    readonly from: string
  } | null
  readonly comment?: string
}

export interface AuthFacts {
  readonly spf: { readonly mailFrom: SpfFact | null; readonly helo: SpfFact | null }
  /** null: DKIM was not looked at at all (switched off, own mail). */
  readonly dkim: DkimFacts | null
  readonly dmarc: DmarcFacts | null
  readonly arc: ArcFacts | null
  /** Login name of an authenticated user, for `auth=pass`; null when none. */
  readonly user: string | null
}
