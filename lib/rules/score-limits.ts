/**
 * shortcircuit_min_ham_score and shortcircuit_max_spam_score: rules of priorities after the one in which the score passed a
 * limit do not count. They have run nevertheless; what SpamAssassin saves by it is little here.
 */
import type { Evaluated, ScoredHit } from './evaluate.ts'
import type { RuleSet } from './ruleset.ts'

/** Points of the hit that says so, as in SpamAssassin. */
const POINTS = 0.001

export function withinLimits(set: RuleSet, result: Evaluated): Evaluated {
  const { ham, spam } = set.scoreLimits
  if ((ham === -Infinity && spam === Infinity) || result.shortCircuit !== undefined) return result
  const end = lastPriority(set, result.hits)
  if (end === undefined) return result
  const counts = (name: string): boolean => priorityOf(set, name) <= end
  const kept = result.hits.filter(({ name }) => counts(name))
  const hits = [...kept, { name: 'SHORTCIRCUIT', score: total(kept) < 0 ? -POINTS : POINTS }]
  return {
    ...result,
    hits,
    score: total(hits),
    subhits: result.subhits.filter(counts),
    actions: result.actions.filter(({ rule }) => counts(rule)),
  }
}

/** Hits of checks count from the beginning. */
function priorityOf(set: RuleSet, name: string): number {
  return set.rules.get(name)?.priority ?? -Infinity
}

function lastPriority(set: RuleSet, hits: readonly ScoredHit[]): number | undefined {
  const sorted = hits
    .map(({ name, score }) => ({ priority: priorityOf(set, name), score }))
    .toSorted((one, other) => (one.priority < other.priority ? -1 : Number(one.priority > other.priority)))
  let sum = 0
  for (const { priority, score } of sorted) {
    sum += score
    if (sum < set.scoreLimits.ham || sum > set.scoreLimits.spam) return priority
  }
  return undefined
}

function total(hits: readonly ScoredHit[]): number {
  return Math.round(hits.reduce((sum, { score }) => sum + score, 0) * 1e6) / 1e6
}
