/** The classifier's answer for one mail: the evidence of its words and the linear models, put together. Pure. */
import type { BayesTotals, LearnedFeatures, MailClass, ModelView } from '../store/bayes-store.ts'
import { evidenceOf } from './evidence.ts'
import type { Features } from './features.ts'
import { linearScores, linearSteps, sigmoid } from './linear.ts'

export interface Classification {
  /** Log-odds of spam, natural logarithm, as far as the training goes; what accuracy is measured by. */
  readonly logOdds: number
  /** Probability of spam, drawn towards one half while little has been learned. */
  readonly probability: number
  /** 0 (knows nothing) to 1. */
  readonly confidence: number
  /** What the log-odds are the sum of: linear models and words' evidence, each of header and body. */
  readonly shares: Readonly<Record<'headerModel' | 'bodyModel' | 'headerWords' | 'bodyWords', number>>
}

/**
 * Share of each linear model: two judges of the same mail, not two independent witnesses. The shares are scaled so
 * that the sum is a probability one can believe (the reliability table in docs/classifier.md).
 */
export const MODEL_SHARE = 0.75
/** How much the words of a half can say, in log-odds, and the evidence at which that bends: word salad has its limit. */
export const WORDS_SHARE = 1.125
export const WORDS_SCALE = 24
/** Mails of each class from which on the classifier's word is taken for what it says. */
export const ENOUGH = 200

export function classify(features: Features, model: ModelView): Classification {
  const { words, headerWords } = features
  const [header, body] = linearScores(features, model.weights)
  const counts = model.counts(words)
  const sure = surenessOf(model.totals)
  const say = (some: Float64Array) =>
    sure * WORDS_SHARE * Math.tanh(evidenceOf(some, model.totals).score / WORDS_SCALE)
  const shares = {
    headerModel: sure * MODEL_SHARE * header,
    bodyModel: sure * MODEL_SHARE * body,
    headerWords: say(counts.subarray(0, 2 * headerWords)),
    bodyWords: say(counts.subarray(2 * headerWords)),
  }
  const logOdds = shares.headerModel + shares.bodyModel + shares.headerWords + shares.bodyWords
  const confidence = confidenceOf(model.totals)
  return { logOdds, confidence, shares, probability: sigmoid(logOdds * confidence) }
}

/** What a lesson changes in the weights. */
export function teach(features: LearnedFeatures, as: MailClass, model: ModelView): readonly number[] {
  return linearSteps(features, as, model.weights)
}

/**
 * What few mails can say at all: after the first, everything looks like it. One half after one mail, two thirds after
 * two, and nothing that could be noticed after a hundred.
 */
export function surenessOf({ spam, ham }: BayesTotals): number {
  return (spam + ham) / (spam + ham + 1)
}

/** Grows smoothly with the rarer class; 1 from `ENOUGH` of each on. */
export function confidenceOf({ spam, ham }: BayesTotals): number {
  return Math.min(1, Math.min(spam, ham) / ENOUGH)
}

/** "needs 140 more ham", or null when enough of both was learned. */
export function missing(totals: BayesTotals): string | null {
  const needs = shortages(totals).map(({ kind, count }) => `${count} more ${kind}`)
  return needs.length === 0 ? null : `needs ${needs.join(' and ')}`
}

/** The same as one word for headers and the journal: "140-ham", "60-spam,140-ham"; null when enough was learned. */
export function missingWord(totals: BayesTotals): string | null {
  return (
    shortages(totals)
      .map(({ kind, count }) => `${count}-${kind}`)
      .join(',') || null
  )
}

function shortages({ spam, ham }: BayesTotals) {
  return (['spam', 'ham'] as const)
    .map((kind) => ({ kind, count: ENOUGH - (kind === 'spam' ? spam : ham) }))
    .filter(({ count }) => count > 0)
}
