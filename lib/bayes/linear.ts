/**
 * The companion of the counts: a logistic regression over words, pairs of neighbours and character sequences, learned
 * online. Each kind of feature has the same share whatever its number, a feature is present or not, and a mail's
 * length does not matter. It learns only from mails it is not yet sure of (a thick threshold), which keeps it quick
 * and keeps a flood of one message from moving it far.
 */
import type { LearnedFeatures, MailClass } from '../store/bayes-store.ts'

/** How far the score of a mail moves when it is learned against full conviction. */
const RATE = 10
/** A mail whose class is given at least 1 - this probability teaches nothing. */
const SURE = 0.1

/** Log-odds of spam according to the weights. */
export function linearScore({ blocks }: LearnedFeatures, weights: Float32Array): number {
  const mask = weights.length - 1
  let score = 0
  for (const block of blocks) {
    if (block.length === 0) continue
    let sum = 0
    for (let at = 0; at < block.length; at++) sum += weights[block[at]! & mask]!
    score += sum / Math.sqrt(blocks.length * block.length)
  }
  return score
}

/** The step for the weights of each block when the mail is learned. */
export function linearSteps(features: LearnedFeatures, as: MailClass, weights: Float32Array): number[] {
  const { blocks } = features
  const error = (as === 'spam' ? 1 : 0) - sigmoid(linearScore(features, weights))
  if (Math.abs(error) < SURE) return blocks.map(() => 0)
  return blocks.map((block) =>
    block.length === 0 ? 0 : (RATE * error) / Math.sqrt(blocks.length * block.length),
  )
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}
