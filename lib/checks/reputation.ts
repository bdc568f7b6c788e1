/**
 * Reputation: the average score of a sender's earlier mails pulls the present score towards it. The sender is the
 * address together with what proves it, or the network it comes from where nothing does, so that a forger has a
 * reputation of their own. Bounded on every side: one mail's score, the weight of the past, and the points given.
 */
import { domainOf, organizationalDomain } from '../auth/domains.ts'
import type { AuthFacts } from '../auth/facts.ts'
import type { Config } from '../config/schema.ts'
import { faded, type Reputation } from '../store/reputation-store.ts'
import type { Outcome, Recorder, ScoredHit } from './check.ts'
import { authFacts, factsOf } from './facts.ts'

export const REPUTATION = 'REPUTATION'
/** A single mail counts for no more than this, whatever it scored: one test mail must not ruin or make anybody. */
const LOWEST = -10
const HIGHEST = 20

export interface Identity {
  readonly address: string
  readonly identity: string
}

/** Who sent this, as reputation knows them; null where there is no address at all. */
export function identityOf(
  authors: readonly string[],
  sender: string | null,
  { spf, dkim }: Pick<AuthFacts, 'spf' | 'dkim'>,
  clientAddress: string | null,
): Identity | null {
  const address = (authors[0] ?? sender ?? '').toLowerCase().slice(0, 320)
  if (!address.includes('@')) return null
  const organization = organizationalDomain(domainOf(address))
  const signers = (dkim?.signatures ?? []).filter((one) => one.trusted).map(({ domain }) => domain)
  const signer = signers.find((one) => organizationalDomain(one) === organization) ?? signers[0]
  if (signer !== undefined) return { address, identity: `dkim:${organizationalDomain(signer)}` }
  if (spf.mailFrom?.result === 'pass')
    return { address, identity: `spf:${organizationalDomain(spf.mailFrom.domain)}` }
  return { address, identity: `net:${network(clientAddress)}` }
}

/** The /24 of an IPv4 address, the /48 of an IPv6 one. */
function network(address: string | null): string {
  if (address === null) return 'unknown'
  if (!address.includes(':')) return `${address.split('.').slice(0, 3).join('.')}.0/24`
  const groups = address.toLowerCase().split('::')[0]?.split(':') ?? []
  const first = [0, 1, 2].map((index) => (groups[index] ?? '0').replace(/^0+(?=.)/, '') || '0')
  return `${first.join(':')}::/48`
}

/** The hit that pulls `score` towards the sender's average; null while there is nothing to go by. */
export function judge(
  known: Reputation | null,
  score: number,
  now: number,
  config: Config['reputation'],
): ScoredHit | null {
  if (known === null || known.mails < config.minimum_mails) return null
  const { mails, total } = faded(known, now, { halfLife: config.half_life, most: config.most_mails })
  if (mails <= 0) return null
  const average = total / mails
  // a past that has faded pulls less
  const pull = (average - clamp(score)) * config.weight * Math.min(1, mails / config.minimum_mails)
  const points = Math.round(Math.max(-config.most, Math.min(config.most, pull)) * 100) / 100
  if (points === 0) return null
  const detail = `${known.address} (${known.identity}): ${known.mails.toFixed(0)} mails, ${average.toFixed(1)} on average`
  return { name: REPUTATION, score: points, detail }
}

const clamp = (score: number): number => Math.max(LOWEST, Math.min(HIGHEST, score))

/** Remembers what a mail scored without the reputation itself, else it would feed on itself. */
export const reputationRecorder: Recorder = {
  name: 'reputation',
  record(outcome, { config, store, now }) {
    if (!config.reputation.enabled || !outcome.judged || outcome.message === null) return
    const who = identityOfOutcome(outcome)
    if (who === null) return
    const score = outcome.hits.reduce((sum, hit) => (hit.name === REPUTATION ? sum : sum + hit.score), 0)
    const { half_life: halfLife, most_mails: most } = config.reputation
    store.reputation.add(who.address, who.identity, clamp(score), now(), { halfLife, most })
  },
}

function identityOfOutcome({ results, sender, session }: Outcome): Identity | null {
  const { from } = factsOf(results)
  return identityOf(from?.addresses ?? [], sender, authFacts(results), session.client.address)
}
