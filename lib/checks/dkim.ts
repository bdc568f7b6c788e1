/**
 * DKIM signatures and the ARC chain of a mail, verified in one pass over it. The facts are for the checks `arc` and
 * `dmarc`, for rules and for Authentication-Results; the hits here speak of DKIM alone.
 */
import type { DkimFacts, SignatureFact } from '../auth/facts.ts'
import { unchecked } from '../auth/guards.ts'
import { mailauthResolver } from '../auth/resolver.ts'
import { verifySignatures } from '../auth/signatures.ts'
import type { Check, CheckResult, Hit } from './check.ts'
import { weigh, within } from './weigh.ts'

export const dkim: Check<'message'> = {
  name: 'dkim',
  stage: 'message',
  enabled: ({ authentication }) => authentication.dkim !== 'off' || authentication.arc !== 'off',
  async run(input, { config, dns, now, signal }) {
    const { authentication } = config
    const found = await verifySignatures(input, {
      resolver: mailauthResolver(dns, within(signal, authentication.timeout)),
      now: now(),
      clockTolerance: authentication.clock_tolerance,
      minimumBits: authentication.minimum_rsa_bits,
      arc: authentication.arc !== 'off',
      trustedSealers: authentication.trusted_sealers,
    })
    const facts = { from: { addresses: found.from, fields: found.fromFields }, arc: found.arc }
    if (authentication.dkim === 'off') return { kind: 'hits', hits: [], facts }
    const judged = judge(found.dkim)
    return {
      ...judged,
      hits: weigh(authentication.dkim, judged.hits ?? []),
      facts: { ...facts, dkim: found.dkim },
    }
  },
}

type Judged = Exclude<CheckResult, { kind: 'refuse' }>

export function judge(facts: DkimFacts): Judged {
  if (facts.skipped !== null && facts.present > 0)
    return {
      kind: 'unavailable',
      reason: `not verified: ${facts.skipped}`,
      hits: [{ name: 'DKIM_NOT_VERIFIED', detail: facts.skipped }],
    }
  const { signatures } = facts
  const hits: Hit[] = []
  const note = (name: string, some: readonly SignatureFact[]) => {
    if (some.length > 0) hits.push({ name, detail: some.slice(0, 5).map(describe).join(', ') })
  }
  const trusted = signatures.filter((one) => one.trusted)
  const aligned = trusted.filter((one) => one.aligned)
  note('DKIM_PASS_ALIGNED', aligned)
  note(
    'DKIM_PASS',
    trusted.filter((one) => !one.aligned),
  )
  const lost = signatures.filter(({ result }) => result === 'temperror')
  if (trusted.length === 0) {
    note(
      'DKIM_BROKEN',
      signatures.filter(({ result }) => result === 'fail' || result === 'neutral'),
    )
    note(
      'DKIM_WEAK',
      signatures.filter(({ result }) => result === 'policy'),
    )
  }
  if (facts.present > signatures.length && signatures.length > 0)
    hits.push({ name: 'DKIM_MANY_SIGNATURES', detail: `${facts.present} signatures` })
  const surplus = unchecked(facts.present)
  if (aligned.length === 0 && surplus > 0) {
    const reason = `not verified: ${surplus} of ${facts.present} signatures`
    hits.push({ name: 'DKIM_NOT_VERIFIED', detail: reason })
    return { kind: 'unavailable', reason, hits }
  }
  return aligned.length === 0 && lost.length > 0
    ? { kind: 'unavailable', reason: `key not found out: ${lost.slice(0, 3).map(describe).join(', ')}`, hits }
    : { kind: 'hits', hits }
}

const describe = ({ domain, selector, comment }: SignatureFact): string =>
  `${domain || '?'}${selector === '' ? '' : ` (${selector})`}${comment === undefined ? '' : `: ${comment}`}`
