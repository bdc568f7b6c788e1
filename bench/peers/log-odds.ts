/** Probabilities of other programs as log-odds. */

/** Programs say 0 and 1 where they are sure; their log-odds are infinite. No answer is as good as one half. */
export function logOdds(probability: number | null): number {
  const bounded = Math.min(1 - 1e-12, Math.max(1e-12, probability ?? 0.5))
  return Math.log(bounded / (1 - bounded))
}
