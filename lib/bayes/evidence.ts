/**
 * Words as evidence, after Robinson: of how many mails of each class had the word follows a probability, drawn
 * towards one half while the word has been seen rarely; the strongest words of the mail are summed as log-odds and
 * divided by the root of their number, so that long mails do not shout.
 */
import type { BayesTotals } from '../store/bayes-store.ts'

/** Weight of the assumption "one half", in mails. */
const STRENGTH = 0.01
/** Words closer to one half than this say nothing. */
const LEAST_DEVIATION = 0.3
const MOST_WORDS = 150

export interface Evidence {
  /** Sum of the words' log-odds over the root of their number; 0 when no word says anything. */
  readonly score: number
  /** How many words spoke. */
  readonly words: number
}

/** Probability of spam given one word, from its counts. */
export function wordProbability(spam: number, ham: number, totals: BayesTotals): number {
  const inSpam = spam / Math.max(1, totals.spam)
  const inHam = ham / Math.max(1, totals.ham)
  const seen = spam + ham
  if (seen === 0) return 0.5
  return (STRENGTH * 0.5 + (seen * inSpam) / (inSpam + inHam)) / (STRENGTH + seen)
}

/** `counts`: spam and ham of each word, two numbers a word. */
export function evidenceOf(counts: Float64Array, totals: BayesTotals): Evidence {
  const odds: number[] = []
  for (let at = 0; at < counts.length; at += 2) {
    const spam = counts[at]!
    const ham = counts[at + 1]!
    if (spam + ham === 0) continue
    const probability = wordProbability(spam, ham, totals)
    if (Math.abs(probability - 0.5) > LEAST_DEVIATION) odds.push(Math.log(probability / (1 - probability)))
  }
  if (odds.length > MOST_WORDS) {
    odds.sort((a, b) => Math.abs(b) - Math.abs(a))
    odds.length = MOST_WORDS
  }
  const sum = odds.reduce((total, value) => total + value, 0)
  return { score: odds.length === 0 ? 0 : sum / Math.sqrt(odds.length), words: odds.length }
}
