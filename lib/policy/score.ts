/** Scores are added in whole thousandths, so that the sum is the sum of the lines and not of their binary fractions. */
import type { ScoredHit } from '../checks/check.ts'

export const sumScores = (hits: readonly Pick<ScoredHit, 'score'>[]): number =>
  hits.reduce((sum, { score }) => sum + Math.round(score * 1000), 0) / 1000

/** At least one decimal, at most three, none of them superfluous: 5 -> '5.0', 0.25 -> '0.25'. */
export function formatScore(score: number): string {
  const rounded = Math.round(score * 1000) / 1000
  const text = String(Object.is(rounded, -0) ? 0 : rounded)
  return text.includes('.') ? text : `${text}.0`
}
