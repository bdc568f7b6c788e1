/**
 * DKIM (RFC 6376) and ARC (RFC 8617) of one mail through mailauth, behind the guards, as facts.
 *
 * DKIM is verified leniently, because signers in the wild stretch the syntax, and what the leniency let pass is then
 * weighed here: a signature that verifies but covers only the beginning of the body, comes from the future, or broke a
 * rule that an attacker could use, is not trusted. ARC is verified to the letter: a sealer is a machine that knows how.
 */
import { arc as verifyArc } from 'mailauth/lib/arc/index.js'
import { codeOf, messageOf } from '../fault.ts'
import { bodyHashes, type BodyHashes } from './body-hash.ts'
import type { ArcFacts, DkimFacts, DkimResult, SignatureFact } from './facts.ts'
import { organizationalDomain } from './domains.ts'
import { AUTH_LIMITS, guard, unchecked, type HeaderField } from './guards.ts'
import type { MailauthResolver } from './resolver.ts'
import { sealedFacts } from './sealed.ts'
import { verifyHeaders } from './verifier.ts'

export interface SignaturesInput {
  readonly headers: readonly HeaderField[]
  readonly body: Uint8Array
  /** The body is not whole: body hashes cannot match, which says nothing about the mail. */
  readonly truncated: boolean
}
export interface SignaturesOptions {
  readonly resolver: MailauthResolver
  /** Milliseconds since the epoch. */
  readonly now: number
  /** Milliseconds by which the clocks of signers may differ from ours: for t= in the future and for x=. */
  readonly clockTolerance: number
  /** RSA keys with fewer bits are not accepted (RFC 8301: at least 1024). */
  readonly minimumBits: number
  readonly arc: boolean
  readonly trustedSealers: readonly string[]
}
export interface Signatures {
  readonly dkim: DkimFacts
  readonly arc: ArcFacts
  /** Addresses of the From: fields as mailauth reads them, and how many such fields there are. */
  readonly from: readonly string[]
  readonly fromFields: number
}

type Verified = Awaited<ReturnType<typeof verifyHeaders>>
type ArcInput = Parameters<typeof verifyArc>[0]
type OneSignature = Verified['results'][number]

const NO_ARC: ArcFacts = { result: 'none', instance: 0, sealers: [], trusted: false, sealed: null }
const UNTRUSTED_WARNINGS: ReadonlySet<string> = new Set(['identity-domain', 'query-method', 'tag-syntax'])

/** Never rejects for what a mail contains; DNS trouble is `temperror` in the facts. */
export async function verifySignatures(
  input: SignaturesInput,
  options: SignaturesOptions,
): Promise<Signatures> {
  const present = input.headers.filter(isSignature).length
  const skipped =
    guard(input.headers) ?? (input.truncated && present > 0 ? 'the message is over the size limit' : null)
  if (skipped !== null)
    return {
      dkim: { signatures: [], present, skipped },
      arc: {
        ...NO_ARC,
        result: hasArc(input.headers) ? 'temperror' : 'none',
        comment: `not verified: ${skipped}`,
      },
      from: [],
      fromFields: input.headers.filter(({ name }) => name.trim().toLowerCase() === 'from').length,
    }
  const headers = withoutSurplus(input.headers)
  const block = headerBlock(headers)
  const hashes = bodyHashes(input.body)
  const unanswered: Unanswered = new Map()
  const settings = {
    resolver: noting(unanswered, options.resolver),
    minBitLength: options.minimumBits,
    // what the verifier itself compares with its clock is x= alone, in whole seconds
    curTime: new Date(options.now - options.clockTolerance),
  }
  const latest = options.now + options.clockTolerance
  askKeysAhead(headers, options)
  const verified = await verifyHeaders(block, { ...settings, rejectRsaSha1: true }, hashes)
  return {
    dkim: {
      signatures: verified.results.flatMap((one) => signatureFact(one, unanswered, latest)),
      present,
      skipped: null,
    },
    arc:
      options.arc && hasArc(input.headers)
        ? await arcFacts(block, hashes, input.headers, settings, options, unanswered)
        : NO_ARC,
    from: verified.headerFrom,
    fromFields: verified.fromFields,
  }
}

/** Names of keys that the DNS did not answer for -> why. */
type Unanswered = Map<string, string>

/** mailauth keeps only the code of a failure, and of a chain whose key is missing it says the same as of a broken one. */
const noting =
  (unanswered: Unanswered, resolver: MailauthResolver): MailauthResolver =>
  async (name, type) => {
    try {
      return await resolver(name, type)
    } catch (error) {
      if (codeOf(error) === 'ETIMEOUT')
        unanswered.set(name.toLowerCase(), messageOf(error).replace(/^\S+: /, ''))
      throw error
    }
  }

const isSignature = ({ name }: HeaderField): boolean => name.trim().toLowerCase() === 'dkim-signature'
const isSealed = ({ name }: HeaderField): boolean => /^\s*arc-(?:seal|message-signature)\s*$/i.test(name)
const hasArc = (headers: readonly HeaderField[]): boolean =>
  headers.some(({ name }) => name.trim().toLowerCase().startsWith('arc-'))

/** The headers as they went over the wire and the empty line behind them. */
function headerBlock(headers: readonly HeaderField[]): Buffer {
  const block = headers.map(({ name, value }) => `${name}:${value.replace(/\r?\n/g, '\r\n')}\r\n`).join('')
  return Buffer.from(`${block}\r\n`, 'latin1')
}

/** Of more signatures than are looked at those that can prove From come first: junk put before them hides nothing. */
function withoutSurplus(headers: readonly HeaderField[]): readonly HeaderField[] {
  const places = [...headers.keys()].filter((place) => isSignature(headers[place]!))
  if (unchecked(places.length) === 0) return headers
  const authors = new Set(
    headers
      .filter(({ name }) => name.trim().toLowerCase() === 'from')
      .flatMap(({ value }) => [...value.slice(-2000).matchAll(/@([\w.-]{1,253})/g)])
      .map(([, domain = '']) => organizationalDomain(domain)),
  )
  const proving = new Set(places.filter((place) => authors.has(signerOf(headers[place]!))))
  const inOrder = [...proving, ...places.filter((place) => !proving.has(place))]
  const kept = new Set(inOrder.slice(0, AUTH_LIMITS.signatures))
  return headers.filter((header, place) => !isSignature(header) || kept.has(place))
}

/** The organizational domain of a signature; '' where it cannot be read at a glance. */
function signerOf(header: HeaderField): string {
  const key = keyNameOf(header) ?? ''
  return organizationalDomain(key.slice(key.indexOf(KEY_LABEL) + KEY_LABEL.length))
}

/** Starts the questions for all keys at once: mailauth asks one after the other, and a slow server would cost 20 times. */
function askKeysAhead(
  headers: readonly HeaderField[],
  { resolver, arc }: Pick<SignaturesOptions, 'resolver' | 'arc'>,
): void {
  for (const header of headers) {
    if (!isSignature(header) && !(arc && isSealed(header))) continue
    const name = keyNameOf(header)
    if (name !== null) resolver(name, 'TXT').catch(() => {})
  }
}

/** Where the key of a signature or seal lies, as far as its header can be read at a glance. */
function keyNameOf({ value }: HeaderField): string | null {
  const tags = value.replace(/[ \t\r\n]+/g, '').slice(0, 20_000)
  const domain = /(?:^|;)d=([\w.-]{1,253})(?:;|$)/.exec(tags)?.[1]
  const selector = /(?:^|;)s=([\w.-]{1,253})(?:;|$)/.exec(tags)?.[1]
  return domain === undefined || selector === undefined ? null : `${selector}${KEY_LABEL}${domain}`
}
const KEY_LABEL = '._domainkey.'

function signatureFact(one: OneSignature, unanswered: Unanswered, latest: number): readonly SignatureFact[] {
  const { status } = one
  // mailauth reports "none" for an unsigned mail as if it were a signature
  if (one.signingDomain === undefined && status.result === 'none') return []
  const doubt = status.result === 'pass' ? doubtOf(one, latest) : null
  const result = doubt?.result ?? knownResult(status.result)
  const key = `${plain(one.selector) ?? ''}._domainkey.${plain(one.signingDomain) ?? ''}`.toLowerCase()
  const comment =
    doubt?.comment ?? (result === 'temperror' ? unanswered.get(key) : undefined) ?? plain(status.comment)
  return [
    {
      result,
      domain: plain(one.signingDomain)?.toLowerCase() ?? '',
      selector: plain(one.selector) ?? '',
      identity: plain(status.header?.['i']) ?? '',
      algorithm: plain(one.algo) ?? '',
      tag: (plain(one.signature) ?? '').replace(/\s+/g, '').slice(0, 8),
      aligned: typeof status.aligned === 'string',
      keyBits: Number(one.modulusLength ?? 0) || 0,
      testing: status.testing === true,
      trusted: result === 'pass',
      ...(comment === undefined ? {} : { comment }),
    },
  ]
}

/** Why a signature that verifies is not taken for one: what could have been added or changed without breaking it. */
function doubtOf(
  one: OneSignature,
  latest: number,
): { readonly result: DkimResult; readonly comment: string } | null {
  const { status } = one
  if ((status.underSized ?? 0) > 0)
    return { result: 'policy', comment: `${status.underSized} octets of the body are not signed` }
  if (typeof one.signTime === 'string' && Date.parse(one.signTime) > latest)
    return { result: 'policy', comment: 'signed in the future' }
  const broken = status.warnings?.find((warning) => UNTRUSTED_WARNINGS.has(warning))
  return broken === undefined ? null : { result: 'neutral', comment: broken.replaceAll('-', ' ') }
}

const RESULTS: readonly DkimResult[] = ['pass', 'fail', 'neutral', 'policy', 'temperror', 'permerror', 'none']
const knownResult = (result: unknown): DkimResult => RESULTS.find((known) => known === result) ?? 'neutral'

const plain = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 1000) : undefined

async function arcFacts(
  block: Buffer,
  hashes: BodyHashes,
  headers: readonly HeaderField[],
  settings: { readonly resolver: MailauthResolver; readonly minBitLength: number; readonly curTime: Date },
  options: SignaturesOptions,
  unanswered: Unanswered,
): Promise<ArcFacts> {
  const strict = await verifyHeaders(block, { ...settings, strict: true }, hashes)
  if (strict.arc === undefined) return NO_ARC
  // read first: the verifier takes the results out of the newest set while it works
  const worth = sealedFacts(strict.arc.chain || [], options.trustedSealers)
  const outcome = await verifyArc(strict.arc as ArcInput, {
    resolver: settings.resolver,
    minBitLength: settings.minBitLength,
    strict: true,
  })
  const { result } = outcome.status
  const comment = plain(outcome.status.comment)
  const instance = Number(outcome.i ?? 0) || 0
  const missing = result === 'fail' ? missingKey(headers, unanswered) : null
  if (missing !== null)
    return { ...NO_ARC, result: 'temperror', instance, comment: `key not found out: ${missing}` }
  // the comment of a pass repeats what the sealer said, which is not ours to repeat
  if (result !== 'pass')
    return {
      ...NO_ARC,
      result: result === 'fail' ? 'fail' : 'none',
      instance,
      ...(comment === undefined || result !== 'fail' ? {} : { comment }),
    }
  return { result: 'pass', instance, ...worth }
}

/** The first key of a chain that the DNS did not answer for, with the reason. */
function missingKey(headers: readonly HeaderField[], unanswered: Unanswered): string | null {
  for (const header of headers) {
    if (!isSealed(header)) continue
    const name = keyNameOf(header)?.toLowerCase() ?? ''
    const reason = unanswered.get(name)
    if (reason !== undefined) return `${name}: ${reason}`
  }
  return null
}
