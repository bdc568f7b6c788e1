/** What a set of results amounts to: the hits with their worth, the actions asked for, and the checks that could not answer. */
import type { CheckResult, Hit, ScoredHit } from './check.ts'
import type { Demand } from './demand.ts'

/** What one result brings; a refusal that did not end the mail counts as the hit it is. */
export const hitsOf = (result: CheckResult): readonly Hit[] =>
  result.kind === 'refuse' ? [result.hit] : (result.hits ?? [])

/** Actions that one result asks for besides points. */
export const demandsOf = (result: CheckResult): readonly Demand[] =>
  result.kind === 'refuse' ? [] : (result.demands ?? [])

/** All hits of results in list order; a score of the configuration goes before one of the rule files. */
export function scoredHits(
  results: ReadonlyMap<string, CheckResult>,
  scores: ReadonlyMap<string, number>,
): readonly ScoredHit[] {
  return [...results.values()]
    .flatMap(hitsOf)
    .map((hit) => ({ ...hit, score: hit.score ?? scores.get(hit.name) ?? 0 }))
}

export function unavailableOf(
  results: ReadonlyMap<string, CheckResult>,
): readonly { readonly check: string; readonly reason: string }[] {
  return [...results].flatMap(([check, result]) =>
    result.kind === 'unavailable' ? [{ check, reason: result.reason }] : [],
  )
}
