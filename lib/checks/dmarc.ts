/**
 * DMARC: is the From: address proven, and if not, what does its domain ask for? A failure on the way of a trusted
 * forwarder, or under the seal of a trusted one that saw a pass, is forgiven: that is how mailing lists survive. What
 * SPF and DKIM were not asked, or could not find out, is no failure.
 */
import { aligned, domainOf } from '../auth/domains.ts'
import { judgeDmarc } from '../auth/dmarc.ts'
import type { ArcFacts, DkimFacts, DmarcFacts, SpfFact } from '../auth/facts.ts'
import { unchecked } from '../auth/guards.ts'
import { mailauthResolver } from '../auth/resolver.ts'
import { parseAddresses } from '../mail/address.ts'
import {
  unknownOf,
  type Check,
  type CheckResult,
  type Hit,
  type MessageInput,
  type Unknown,
} from './check.ts'
import { factsOf, type CheckFacts } from './facts.ts'
import { weigh, within } from './weigh.ts'

export type DmarcMode = 'log' | 'score' | 'obey'

export const dmarc: Check<'message'> = {
  name: 'dmarc',
  stage: 'message',
  after: ['dkim'],
  enabled: ({ authentication }) => authentication.dmarc !== 'off',
  async run(input, { config, dns, results, signal }) {
    const { authentication } = config
    const known = factsOf(results)
    const { mailFrom, helo } = known.spf ?? { mailFrom: null, helo: null }
    const proof = input.sender.address === '' ? helo : mailFrom
    const verified = await judgeDmarc(
      { ...authors(input, known), dkim: known.dkim ?? null, spf: proof },
      mailauthResolver(dns, within(signal, authentication.timeout)),
    )
    const facts = withUnknown(verified, {
      spf: unknownSpf(proof, results),
      spfDomain: domainOf(input.sender.address === '' ? `@${input.helo}` : input.sender.address),
      dkim: known.dkim ?? null,
      dkimUnknown: unknownOf(results.get('dkim')),
      signed: input.headers.some(({ name }) => name.trim().toLowerCase() === 'dkim-signature'),
    })
    const forgiven = forgiveness(
      facts,
      known.arc ?? null,
      authentication.trusted_forwarders.find((group) => input.groups.has(group)),
    )
    const mode = authentication.dmarc === 'off' ? 'log' : authentication.dmarc
    return judge(forgiven === null ? facts : { ...facts, comment: forgiven }, forgiven, mode)
  },
}

/** As the verifier read them; with DKIM off or skipped, as our own parser does. */
function authors(input: MessageInput, known: CheckFacts) {
  if (known.from !== undefined && (known.from.addresses.length > 0 || known.from.fields === 0))
    return { from: known.from.addresses, fromFields: known.from.fields }
  const fields = input.headers.filter(({ name }) => name.trim().toLowerCase() === 'from')
  const addresses = fields.slice(0, 2).flatMap(({ value }) => parseAddresses(value.slice(0, 20_000)))
  return { from: addresses.flatMap(({ address }) => address ?? []), fromFields: fields.length }
}

/** Why the answer of SPF that DMARC looks at is unknown; the other identity's does not matter. */
function unknownSpf(proof: SpfFact | null, results: ReadonlyMap<string, CheckResult>): Unknown | null {
  if (proof === null) return unknownOf(results.get('spf'))
  return proof.result === 'temperror' ? { asked: true, reason: proof.comment ?? 'DNS failed' } : null
}

/** What a failure of DMARC rests on. */
export interface Grounds {
  readonly spf: Unknown | null
  /** The domain whose policy SPF asks for. */
  readonly spfDomain: string
  readonly dkim: DkimFacts | null
  readonly dkimUnknown: Unknown | null
  /** The mail has a DKIM-Signature header. */
  readonly signed: boolean
}

/** A failure stands only where all that could have proved the author was looked at. */
export function withUnknown(facts: DmarcFacts, grounds: Grounds): DmarcFacts {
  if (facts.result !== 'fail') return facts
  const { spf, spfDomain, dkim, dkimUnknown, signed } = grounds
  const lost = (comment: string): DmarcFacts => ({ ...facts, result: 'temperror', comment })
  const unverified =
    dkim === null ? lostReason(dkimUnknown) : (dkim.skipped ?? temporary(dkim) ?? surplus(dkim))
  if (signed && unverified !== null) return lost(`signatures not verified: ${unverified}`)
  // an exempt client hands on what others sent, also under an envelope of its own: that its domain is another one says
  // nothing about what SPF would have found where the mail came from
  if (spf?.asked === false) return { ...facts, result: 'temperror', notJudged: `no SPF: ${spf.reason}` }
  if (signed && dkim === null) return { ...facts, result: 'temperror', notJudged: 'DKIM is switched off' }
  return spf !== null && aligned(spfDomain, facts.domain) ? lost(`SPF not found out: ${spf.reason}`) : facts
}

const lostReason = (unknown: Unknown | null): string | null =>
  unknown?.asked === true ? unknown.reason : null

const temporary = ({ signatures }: DkimFacts): string | null =>
  signatures.some(({ result, aligned }) => result === 'temperror' && aligned) ? 'key not found out' : null

/** Aligned ones were looked at first, so one among the rest means that all 20 were. */
const surplus = ({ signatures, present }: DkimFacts): string | null =>
  unchecked(present) > 0 && signatures.every(({ aligned }) => aligned)
    ? `${unchecked(present)} of ${present} signatures`
    : null

/** Why a failure does not count, in words for the report; null when it does. */
export function forgiveness(
  facts: DmarcFacts,
  arc: ArcFacts | null,
  forwarder: string | undefined,
): string | null {
  if (facts.result !== 'fail') return null
  if (forwarder !== undefined) return `forwarded by the trusted group ${forwarder}`
  if (arc?.result !== 'pass' || !arc.trusted || arc.sealed?.dmarc !== 'pass') return null
  const about = arc.sealed.from
  return about === '' || domainOf(`@${about}`) === facts.domain
    ? `dmarc=pass under the seal of ${arc.sealers.at(-1) ?? '?'}`
    : null
}

export function judge(facts: DmarcFacts, forgiven: string | null, mode: DmarcMode): CheckResult {
  const answer = (hits: readonly Hit[]): CheckResult => ({
    kind: 'hits',
    hits: weigh(mode, hits),
    facts: { dmarc: facts },
  })
  if (facts.reason !== undefined) return answer([{ name: 'DMARC_NO_AUTHOR', detail: facts.reason }])
  if (facts.notJudged !== undefined)
    return { kind: 'hits', hits: [], notAsked: facts.notJudged, facts: { dmarc: facts } }
  switch (facts.result) {
    case 'temperror':
    case 'permerror':
      return {
        kind: 'unavailable',
        reason: `policy of ${facts.domain} not found out: ${facts.comment ?? facts.result}`,
        facts: { dmarc: facts },
      }
    case 'pass':
      return answer([{ name: 'DMARC_OK', detail: facts.domain }])
    case 'none':
      return answer([{ name: 'DMARC_NO_POLICY', detail: facts.domain }])
    case 'fail':
      return forgiven === null
        ? failure(facts, mode, answer)
        : answer([{ name: 'DMARC_FORGIVEN', detail: `${facts.domain}: ${forgiven}` }])
  }
}

function failure(
  { domain, policy }: DmarcFacts,
  mode: DmarcMode,
  answer: (hits: readonly Hit[]) => CheckResult,
): CheckResult {
  const asked = policy ?? 'none'
  const hit = { name: `DMARC_FAIL_${asked.toUpperCase()}`, detail: `${domain} asks for ${asked}` }
  const result = answer([hit])
  if (mode !== 'obey' || asked === 'none' || result.kind !== 'hits') return result
  const text = `The mail does not come from ${domain}, which asks to ${asked} such mail (DMARC)`
  return { ...result, demands: [{ action: asked, source: 'dmarc', hit: hit.name, text }] }
}
