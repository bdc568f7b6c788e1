/**
 * Which of several wishes is granted. One pure function; docs/actions.md has the same table in words.
 *
 * 1. Demands that override allow lists (malware and phishing found by a scanner, a scanner that must not be missing).
 * 2. Otherwise a listed sender: allowed mail is delivered whatever rules, scanners and score say; a blocked sender's is
 *    not saved by a rule.
 * 3. Otherwise the final rule that decided (the first in file order that hit): accept delivers, and what else it says is
 *    done whatever the score, unless something besides rules asks for more.
 * 4. Otherwise a rule that says accept.
 * 5. Otherwise everything asked for is the least that happens: the strongest of all demands and of what the score says.
 *
 * Among several the strongest wins: reject, discard, defer, quarantine, redirect, junk, tag. Among equals the first.
 */
import type { Action, Demand } from '../checks/demand.ts'

/** What the score alone would lead to; `deliver` below every threshold. */
export type Wish = Exclude<Action, 'accept'> | 'deliver'

export interface Decision {
  readonly action: Wish
  /** The demand that won; null when the score did. */
  readonly demand: Demand | null
}

const STRONGEST_FIRST: readonly Wish[] = [
  'reject',
  'discard',
  'defer',
  'quarantine',
  'redirect',
  'junk',
  'tag',
  'deliver',
]
const rank = (action: Wish): number => STRONGEST_FIRST.indexOf(action)

export function precedence(demands: readonly Demand[], byScore: Wish): Decision {
  const overriding = strongest(demands.filter(({ overridesAllow }) => overridesAllow === true))
  const shield = shieldOf(demands)
  if (shield !== null) return overriding ?? { action: 'deliver', demand: shield }
  const demanded = strongest(demands)
  if (demands.some(({ final }) => final === true) && demanded !== null) return demanded
  return demanded !== null && rank(demanded.action) <= rank(byScore)
    ? demanded
    : { action: byScore, demand: null }
}

/** The acceptance that protects this mail: a list's, or a rule's when no list blocks the sender. */
function shieldOf(demands: readonly Demand[]): Demand | null {
  const accepting = demands.filter(({ action }) => action === 'accept')
  const listed = accepting.find(({ source }) => source === 'allow-list')
  if (listed !== undefined) return listed
  return demands.some(({ source }) => source === 'block-list') ? null : (accepting[0] ?? null)
}

function strongest(demands: readonly Demand[]): Decision | null {
  let best: Decision | null = null
  for (const demand of demands) {
    const { action } = demand
    if (action !== 'accept' && (best === null || rank(action) < rank(best.action))) best = { action, demand }
  }
  return best
}
