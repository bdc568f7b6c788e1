/** The classifier's answer for one mail: the words' evidence and the linear model, put together. Pure. */
import type { BayesTotals, LearnedFeatures, MailClass, ModelView } from '../store/bayes-store.ts'
import { evidenceOf } from './evidence.ts'
import { linearScore, linearSteps, sigmoid } from './linear.ts'

export interface Classification {
  /** Log-odds of spam, natural logarithm, as far as the training goes; what accuracy is measured by. */
  readonly logOdds: number
  /** Probability of spam, drawn towards one half while little has been learned. */
  readonly probability: number
  /** 0 (knows nothing) to 1. */
  readonly confidence: number
  /** Of the log-odds, what the linear model gave and what the words gave. */
  readonly linear: number
  readonly words: number
}

/** How much the words' evidence counts at most, in log-odds, and the evidence at which it bends. */
const WORDS_WEIGHT = 1.5
const WORDS_SCALE = 24
/** Mails of each class from which on the classifier's word is taken for what it says. */
export const ENOUGH = 200

export function classify(features: LearnedFeatures, model: ModelView): Classification {
  const linear = linearScore(features, model.weights)
  const evidence = evidenceOf(model.counts(features.words), model.totals)
  const words = WORDS_WEIGHT * Math.tanh(evidence.score / WORDS_SCALE)
  const logOdds = linear + words
  const confidence = confidenceOf(model.totals)
  return { logOdds, confidence, linear, words, probability: sigmoid(logOdds * confidence) }
}

/** What a lesson changes in the weights. */
export function teach(features: LearnedFeatures, as: MailClass, model: ModelView): readonly number[] {
  return linearSteps(features, as, model.weights)
}

/** Grows smoothly with the rarer class; 1 from `ENOUGH` of each on. */
export function confidenceOf({ spam, ham }: BayesTotals): number {
  return Math.min(1, Math.sqrt(Math.min(spam, ham) / ENOUGH))
}

/** "needs 140 more ham", or null when enough of both was learned. */
export function missing({ spam, ham }: BayesTotals): string | null {
  const needs = (['spam', 'ham'] as const)
    .map((kind) => ({ kind, count: ENOUGH - (kind === 'spam' ? spam : ham) }))
    .filter(({ count }) => count > 0)
  return needs.length === 0
    ? null
    : `needs ${needs.map(({ kind, count }) => `${count} more ${kind}`).join(' and ')}`
}
