/**
 * DKIM (RFC 6376) and ARC (RFC 8617) of one mail through mailauth, behind the guards, as facts.
 *
 * DKIM is verified leniently, because signers in the wild stretch the syntax, and what the leniency let pass is then
 * weighed here: a signature that verifies but covers only the beginning of the body, comes from the future, or broke a
 * rule that an attacker could use, is not trusted. ARC is verified to the letter: a sealer is a machine that knows how.
 */
import { arc as verifyArc } from 'mailauth/lib/arc/index.js'
import { dkimVerify } from 'mailauth/lib/dkim/verify.js'
import { codeOf, messageOf } from '../fault.ts'
import type { ArcFacts, DkimFacts, DkimResult, SignatureFact } from './facts.ts'
import { AUTH_LIMITS, guard, type HeaderField } from './guards.ts'
import type { MailauthResolver } from './resolver.ts'
import { sealedFacts } from './sealed.ts'

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

type Verified = Awaited<ReturnType<typeof dkimVerify>>
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
    guard(input.headers, input.body) ??
    (input.truncated && present > 0 ? 'the message is over the size limit' : null)
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
  // without a signature only From is to be read, and the body may be large
  const verifiable = present > 0 || (options.arc && hasArc(input.headers))
  const octets = wholeMessage(input.headers, verifiable ? input.body : new Uint8Array(0))
  const unanswered: Unanswered = new Map()
  const settings = {
    resolver: noting(unanswered, options.resolver),
    minBitLength: options.minimumBits,
    curTime: new Date(options.now),
  }
  askKeysAhead(input.headers, options.resolver)
  const verified = await dkimVerify(octets, { ...settings, rejectRsaSha1: true })
  return {
    dkim: {
      signatures: verified.results.flatMap((one) => signatureFact(one, unanswered)),
      present,
      skipped: null,
    },
    arc:
      options.arc && hasArc(input.headers)
        ? await arcFacts(octets, input.headers, settings, options, unanswered)
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
const hasArc = (headers: readonly HeaderField[]): boolean =>
  headers.some(({ name }) => name.trim().toLowerCase().startsWith('arc-'))

/** The mail as it went over the wire, with only the first signatures of many. */
function wholeMessage(headers: readonly HeaderField[], body: Uint8Array): Buffer {
  let signatures = 0
  const kept = headers.filter((header) => !isSignature(header) || ++signatures <= AUTH_LIMITS.signatures)
  const block = kept.map(({ name, value }) => `${name}:${value.replace(/\r?\n/g, '\r\n')}\r\n`).join('')
  return Buffer.concat([Buffer.from(`${block}\r\n`, 'latin1'), withCrLf(body)])
}

/**
 * Bare LF made CRLF, as mailauth does it too, but at one blow: it makes a chunk of every line, and 20 MB of bare LF
 * took ten seconds.
 */
function withCrLf(body: Uint8Array): Uint8Array {
  let bare = 0
  for (let at = 0; at < body.length; at++) if (body[at] === LF && body[at - 1] !== CR) bare++
  if (bare === 0) return body
  const whole = new Uint8Array(body.length + bare)
  let to = 0
  for (let at = 0; at < body.length; at++) {
    if (body[at] === LF && body[at - 1] !== CR) whole[to++] = CR
    whole[to++] = body[at] ?? 0
  }
  return whole
}
const CR = 0x0d
const LF = 0x0a

/** Starts the questions for all keys at once: mailauth asks one after the other, and a slow server would cost 20 times. */
function askKeysAhead(headers: readonly HeaderField[], resolver: MailauthResolver): void {
  let signatures = 0
  for (const header of headers) {
    if (!isSignature(header) || ++signatures > AUTH_LIMITS.signatures) continue
    const name = keyNameOf(header)
    if (name !== null) resolver(name, 'TXT').catch(() => {})
  }
}

/** Where the key of a signature or seal lies, as far as its header can be read at a glance. */
function keyNameOf({ value }: HeaderField): string | null {
  const tags = value.replace(/[ \t\r\n]+/g, '').slice(0, 20_000)
  const domain = /(?:^|;)d=([\w.-]{1,253})(?:;|$)/.exec(tags)?.[1]
  const selector = /(?:^|;)s=([\w.-]{1,253})(?:;|$)/.exec(tags)?.[1]
  return domain === undefined || selector === undefined ? null : `${selector}._domainkey.${domain}`
}

function signatureFact(one: OneSignature, unanswered: Unanswered): readonly SignatureFact[] {
  const { status } = one
  // mailauth reports "none" for an unsigned mail as if it were a signature
  if (one.signingDomain === undefined && status.result === 'none') return []
  const doubt = status.result === 'pass' ? doubtOf(one) : null
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
function doubtOf(one: OneSignature): { readonly result: DkimResult; readonly comment: string } | null {
  const { status } = one
  if ((status.underSized ?? 0) > 0)
    return { result: 'policy', comment: `${status.underSized} octets of the body are not signed` }
  if (one.signatureTimeValid === false)
    return { result: 'policy', comment: 'signed in the future or expired' }
  const broken = status.warnings?.find((warning) => UNTRUSTED_WARNINGS.has(warning))
  return broken === undefined ? null : { result: 'neutral', comment: broken.replaceAll('-', ' ') }
}

const RESULTS: readonly DkimResult[] = ['pass', 'fail', 'neutral', 'policy', 'temperror', 'permerror', 'none']
const knownResult = (result: unknown): DkimResult => RESULTS.find((known) => known === result) ?? 'neutral'

const plain = (value: unknown): string | undefined =>
  typeof value === 'string' && value !== '' ? value.slice(0, 1000) : undefined

async function arcFacts(
  octets: Buffer,
  headers: readonly HeaderField[],
  settings: { readonly resolver: MailauthResolver; readonly minBitLength: number; readonly curTime: Date },
  options: SignaturesOptions,
  unanswered: Unanswered,
): Promise<ArcFacts> {
  const strict = await dkimVerify(octets, { ...settings, strict: true })
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
    if (!/^\s*arc-(?:seal|message-signature)\s*$/i.test(header.name)) continue
    const name = keyNameOf(header)?.toLowerCase() ?? ''
    const reason = unanswered.get(name)
    if (reason !== undefined) return `${name}: ${reason}`
  }
  return null
}
