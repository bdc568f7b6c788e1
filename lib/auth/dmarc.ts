/**
 * DMARC (RFC 9989, formerly 7489) of one mail from what SPF and DKIM found, through mailauth in its strict mode.
 */
import { dmarc as verifyDmarc } from 'mailauth/lib/dmarc/index.js'
import { domainOf } from './domains.ts'
import type { DkimFacts, DmarcFacts, DmarcPolicy, SpfFact } from './facts.ts'
import type { MailauthResolver } from './resolver.ts'

export interface DmarcInput {
  /** Addresses of all From: fields. */
  readonly from: readonly string[]
  readonly fromFields: number
  readonly dkim: DkimFacts | null
  /** The SPF result of MAIL FROM or, for the null sender, of HELO. */
  readonly spf: SpfFact | null
}

/** An address list beyond this is no author's; RFC 9989 wants one domain. */
const MOST_AUTHORS = 200

/** DNS trouble is `temperror`; never rejects for what a mail contains. */
export async function judgeDmarc(input: DmarcInput, resolver: MailauthResolver): Promise<DmarcFacts> {
  const signatures = (input.dkim?.signatures ?? []).filter(({ trusted }) => trusted)
  const authors = [...new Set(input.from)]
  const outcome =
    authors.length > MOST_AUTHORS
      ? false
      : await verifyDmarc({
          headerFrom: authors,
          fromFields: input.fromFields,
          spfDomains: input.spf?.result === 'pass' ? [input.spf.domain] : [],
          dkimDomains: signatures.map(({ domain }) => ({ domain })),
          resolver,
          strict: true,
        })
  if (outcome === false)
    return {
      result: 'none',
      domain: '',
      policy: null,
      alignedSpf: false,
      alignedDkim: false,
      reason: noAuthor(input),
    }
  const result = RESULTS.find((known) => known === outcome.status.result) ?? 'none'
  const domain = String(outcome.status.header?.['from'] ?? domainOf(authors[0] ?? ''))
  return {
    result,
    domain,
    policy: POLICIES.find((known) => known === outcome.policy) ?? null,
    alignedSpf: typeof outcome.alignment?.spf?.result === 'string',
    alignedDkim: typeof outcome.alignment?.dkim?.result === 'string',
    ...(result === 'temperror' && outcome.error !== undefined ? { comment: String(outcome.error) } : {}),
  }
}

const RESULTS: readonly DmarcFacts['result'][] = ['pass', 'fail', 'none', 'temperror', 'permerror']
const POLICIES: readonly DmarcPolicy[] = ['none', 'quarantine', 'reject']

function noAuthor({ from, fromFields }: DmarcInput): string {
  if (fromFields === 0) return 'no From header'
  if (fromFields > 1) return `${fromFields} From headers`
  return new Set(from.map(domainOf)).size > 1
    ? 'From names addresses of several domains'
    : 'From names no usable domain'
}
