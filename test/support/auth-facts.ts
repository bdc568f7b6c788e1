/** What authentication found out, for tests that need no more of it than a line. */
import type { AuthFacts, SignatureFact, SpfFact } from '../../lib/auth/facts.ts'

/** A sound signature by this domain, aligned with nobody. */
export const signatureFact = (domain: string, change: Partial<SignatureFact> = {}): SignatureFact => ({
  result: 'pass',
  domain,
  selector: 's1',
  identity: '',
  algorithm: 'rsa-sha256',
  tag: '',
  aligned: false,
  keyBits: 2048,
  testing: false,
  trusted: true,
  ...change,
})

/** What SPF says of MAIL FROM in this domain. */
export const mailFromFact = (domain: string, result: SpfFact['result'] = 'pass'): SpfFact => ({
  result,
  identity: 'mailfrom',
  domain,
  value: `a@${domain}`,
})

export const NO_AUTH_FACTS: AuthFacts = Object.freeze({
  spf: Object.freeze({ mailFrom: null, helo: null }),
  dkim: null,
  dmarc: null,
  arc: null,
  user: null,
})
