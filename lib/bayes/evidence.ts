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

/** Log-odds of each word that is among those which speak, 0 for the others. `counts`: two numbers a word. */
export function wordOdds(counts: Float64Array, totals: BayesTotals): Float64Array {
  const odds = new Float64Array(counts.length / 2)
  let speaking = 0
  for (let at = 0; at < odds.length; at++) {
    const spam = counts[2 * at]!
    const ham = counts[2 * at + 1]!
    if (spam + ham === 0) continue
    const probability = wordProbability(spam, ham, totals)
    if (Math.abs(probability - 0.5) <= LEAST_DEVIATION) continue
    odds[at] = Math.log(probability / (1 - probability))
    speaking++
  }
  if (speaking > MOST_WORDS) silenceWeak(odds)
  return odds
}

/** Only the strongest `MOST_WORDS` keep their word; among equals the earlier ones. */
function silenceWeak(odds: Float64Array): void {
  const strengths = odds.map(Math.abs).sort()
  const least = strengths[strengths.length - MOST_WORDS]!
  let room = MOST_WORDS - strengths.reduce((count, value) => count + (value > least ? 1 : 0), 0)
  for (let at = 0; at < odds.length; at++) {
    const strength = Math.abs(odds[at]!)
    if (strength < least || (strength === least && --room < 0)) odds[at] = 0
  }
}

/** The evidence of half a mail. */
export function evidenceOf(counts: Float64Array, totals: BayesTotals): Evidence {
  let sum = 0
  let words = 0
  for (const value of wordOdds(counts, totals)) {
    if (value === 0) continue
    sum += value
    words++
  }
  return { score: words === 0 ? 0 : sum / Math.sqrt(words), words }
}
