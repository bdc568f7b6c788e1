/**
 * Known correspondents: people our own users write to. The address is remembered when one of us writes to it; it is
 * worth something only when SPF or DKIM proves that a mail comes from that address's own domain, so that a forged
 * sender gains nothing. The kind of proof that was seen first is the least that is asked for from then on.
 */
import { getDomain } from 'tldts'
import type { AuthFacts } from '../auth/facts.ts'
import type { Config } from '../config/schema.ts'
import { CLEAN, type Check, type CheckResult, type Outcome, type Recorder } from './check.ts'
import { authFacts, factsOf } from './facts.ts'

/** At MAIL: is the sender somebody we write to? A fact for greylisting and for the end of the message; no hit yet. */
export const correspondentLookup: Check<'sender'> = {
  name: 'correspondents',
  stage: 'sender',
  enabled: ({ correspondents }) => correspondents.enabled,
  async run({ sender }, { config, store, now }) {
    const address = normalAddress(sender.address)
    if (address === null) return CLEAN
    const known = store.correspondents.find(address, now(), config.correspondents.keep)
    return known === null
      ? CLEAN
      : { kind: 'hits', hits: [], facts: { correspondent: { address, identity: known.identity } } }
  },
}

/** At the end of the message: does the proof hold, and is the author the one the envelope names? */
export const knownCorrespondent: Check<'message'> = {
  name: 'known_correspondent',
  stage: 'message',
  after: ['dkim'],
  enabled: ({ correspondents }) => correspondents.enabled,
  async run({ user }, { results }) {
    const { correspondent, from } = factsOf(results)
    return correspondent === undefined
      ? CLEAN
      : judge(correspondent, from?.addresses ?? [], authFacts(results, user))
  },
}

export interface KnownFact {
  readonly address: string
  /** What proved an earlier mail, `dkim:example.org`; null as long as none was proved. */
  readonly identity: string | null
}

export function judge(
  { address, identity }: KnownFact,
  authors: readonly string[],
  auth: Pick<AuthFacts, 'spf' | 'dkim'>,
): CheckResult {
  // No author, or one that nobody proved, is what a forger would send.
  if (authors.length === 0 || authors.some((author) => normalAddress(author) !== address)) return CLEAN
  const proofs = proofsFor(address, auth)
  const proof = identity === null ? proofs[0] : proofs.find((one) => isEnough(one, identity))
  return proof === undefined
    ? CLEAN
    : { kind: 'hits', hits: [{ name: 'KNOWN_CORRESPONDENT', detail: `${address} by ${proof}` }] }
}

/** What proves that a mail is from the address's own domain, the stronger first. */
function proofsFor(address: string, { spf, dkim }: Pick<AuthFacts, 'spf' | 'dkim'>): readonly string[] {
  const domain = organization(address.slice(address.lastIndexOf('@') + 1))
  const signers = (dkim?.signatures ?? []).filter((one) => one.trusted && organization(one.domain) === domain)
  const proofs = signers.map((one) => `dkim:${one.domain}`)
  const { mailFrom } = spf
  if (mailFrom?.result === 'pass' && organization(mailFrom.domain) === domain)
    proofs.push(`spf:${mailFrom.domain}`)
  return proofs
}

/** A signature is always enough; SPF is, as long as nothing stronger was seen. */
function isEnough(proof: string, identity: string): boolean {
  return proof.startsWith('dkim:') || identity.startsWith('spf:')
}

/** Remembers whom our users write to, and what first proved a mail from them. */
export const correspondentRecorder: Recorder = {
  name: 'correspondents',
  record(outcome, { config, store, now }) {
    if (!config.correspondents.enabled || outcome.verdict !== 'deliver' || outcome.message === null) return
    if (isOurs(outcome, config)) {
      const addresses = outcome.recipients.map(normalAddress).filter((one) => one !== null)
      if (outcome.sender !== '' && addresses.length <= config.correspondents.most_recipients)
        store.correspondents.wrote(addresses, now())
      return
    }
    const { correspondent } = factsOf(outcome.results)
    if (correspondent === undefined || correspondent.identity !== null) return
    if (!outcome.hits.some(({ name }) => name === 'KNOWN_CORRESPONDENT')) return
    const proof = proofsFor(correspondent.address, authFacts(outcome.results))[0]
    if (proof !== undefined) store.correspondents.bind(correspondent.address, proof)
  },
}

function isOurs({ user, session }: Outcome, { correspondents }: Config): boolean {
  return user !== null || (correspondents.from_trusted && session.trusted)
}

/** Lower case, without the tag that BATV puts before a sender (`prvs=…=name@…`); null for what is no address. */
export function normalAddress(address: string): string | null {
  const text = address.toLowerCase().replace(/^prvs=[0-9a-f]{4,12}=/, '')
  const at = text.lastIndexOf('@')
  return at > 0 && at < text.length - 1 && text.length <= 320 ? text.replace(/\.$/, '') : null
}

/** The registered domain; `example.co.uk` for `mx.example.co.uk`, and the name itself where there is none. */
function organization(domain: string): string {
  const name = domain.toLowerCase().replace(/\.$/, '')
  return getDomain(name, { allowPrivateDomains: true }) ?? name
}
