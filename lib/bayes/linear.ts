/**
 * The companion of the counts: two logistic regressions, one over the header and one over the body, each over words,
 * pairs of neighbours and character sequences, learned online. Each kind of feature has the same share whatever its
 * number, a feature is present or not, and a mail's length does not matter. Each learns only from mails it is not yet
 * sure of (a thick threshold), which keeps it quick and keeps a flood of one message from moving it far.
 */
import type { LearnedFeatures, MailClass } from '../store/bayes-store.ts'
import { BLOCKS_A_HALF } from './features.ts'

/** How far the score of a mail moves when it is learned against full conviction. */
const RATE = 15
/**
 * The largest error that counts: a mail that contradicts everything learned so far moves the model little further than
 * one it had no opinion of. Wrong labels then cost much less, and nothing is lost without them.
 */
const LARGEST_ERROR = 0.7
/** A mail whose class is given at least 1 - this probability teaches nothing. */
const SURE = 0.2

type Blocks = LearnedFeatures['blocks']

/** Log-odds of spam according to the weights, of the header alone and of the body alone. */
export function linearScores({ blocks }: LearnedFeatures, weights: Float32Array): readonly [number, number] {
  const [header, body] = halves(blocks)
  return [scoreOf(header, weights), scoreOf(body, weights)]
}

/** The step for the weights of each block when the mail is learned. */
export function linearSteps({ blocks }: LearnedFeatures, as: MailClass, weights: Float32Array): number[] {
  return halves(blocks).flatMap((half) => {
    const error = (as === 'spam' ? 1 : 0) - sigmoid(scoreOf(half, weights))
    if (Math.abs(error) < SURE) return half.map(() => 0)
    const counted = Math.max(-LARGEST_ERROR, Math.min(LARGEST_ERROR, error))
    return half.map(({ length }) => (length === 0 ? 0 : RATE * counted * shareOf(length)))
  })
}

export function sigmoid(logOdds: number): number {
  return 1 / (1 + Math.exp(-logOdds))
}

/** What one feature of a block of this many counts for: the squares of a half's features sum up to one. */
export function shareOf(length: number): number {
  return 1 / Math.sqrt(BLOCKS_A_HALF * length)
}

function halves(blocks: Blocks): readonly [Blocks, Blocks] {
  return [blocks.slice(0, BLOCKS_A_HALF), blocks.slice(BLOCKS_A_HALF)]
}

function scoreOf(half: Blocks, weights: Float32Array): number {
  const mask = weights.length - 1
  let score = 0
  for (const block of half) {
    if (block.length === 0) continue
    let sum = 0
    for (let at = 0; at < block.length; at++) sum += weights[block[at]! & mask]!
    score += sum * shareOf(block.length)
  }
  return score
}
