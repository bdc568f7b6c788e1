/**
 * Why the classifier said what it said: every word, pair of words and sequence of characters of a mail with what it
 * added to the log-odds, in readable form, and how far the strongest of them would have to be missing for the other
 * answer. The parts of an explanation sum up to the score that was given.
 */
import type { ModelView } from '../store/bayes-store.ts'
import { classify, MODEL_SHARE, surenessOf, WORDS_SCALE, WORDS_SHARE } from './classify.ts'
import type { Classification } from './classify.ts'
import { evidenceOf, wordOdds } from './evidence.ts'
import { BLOCKS_A_HALF, featuresOf, namesOf } from './features.ts'
import type { Features, Names, Salt } from './features.ts'
import { shareOf } from './linear.ts'
import type { Tokens } from './tokens.ts'

export interface Reason {
  readonly kind: 'word' | 'pair' | 'characters'
  readonly name: string
  /** Added to the log-odds of spam. */
  readonly weight: number
  /** Mails of each class that had the word. */
  readonly spam?: number
  readonly ham?: number
}

export interface Explanation {
  readonly classification: Classification
  /** Strongest first. */
  readonly reasons: readonly Reason[]
  /** So many of the strongest reasons for the answer would have to be missing for the other one; null when none would do. */
  readonly turns: number | null
}

export function explain(tokens: Tokens, salt: Salt, model: ModelView): Explanation {
  const features = featuresOf(tokens, salt)
  const classification = classify(features, model)
  const halves = [tokens.header, tokens.body].map((half, index) =>
    reasonsOfHalf(namesOf(half, salt), features, index * BLOCKS_A_HALF, model),
  )
  const reasons = halves.flat().sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight))
  return { classification, reasons, turns: turningPoint(classification.logOdds, reasons) }
}

function reasonsOfHalf(names: Names, { blocks }: Features, first: number, model: ModelView): Reason[] {
  const [words, pairs, grams] = blocks.slice(first, first + BLOCKS_A_HALF)
  const named = (slots: Int32Array | undefined, kind: Reason['kind'], find: ReadonlyMap<number, string>) =>
    [...(slots ?? [])].map((slot) => ({
      kind,
      name: find.get(slot) ?? '(three header names in a row)',
      weight: linearWeight(slot, slots?.length ?? 0, model),
    }))
  return [
    ...reasonsOfWords(names.words, words?.length ?? 0, model),
    ...named(pairs, 'pair', names.pairs),
    ...named(grams, 'characters', names.grams),
  ].filter(({ weight }) => weight !== 0)
}

function reasonsOfWords(words: Names['words'], blockLength: number, model: ModelView): Reason[] {
  const counts = model.counts(Float64Array.from(words, ({ id }) => id))
  const odds = wordOdds(counts, model.totals)
  const { score } = evidenceOf(counts, model.totals)
  const strongest = odds.reduce((sum, value) => sum + Math.abs(value), 0)
  const total = odds.reduce((sum, value) => sum + value, 0)
  // The evidence bends at its limit; each word gets its part of what was counted in the end.
  const bent = surenessOf(model.totals) * WORDS_SHARE * Math.tanh(score / WORDS_SCALE)
  const factor = Math.abs(total) > 1e-9 * strongest ? bent / total : 0
  return words.map(({ name, slot }, index) => ({
    kind: 'word',
    name,
    weight: linearWeight(slot, blockLength, model) + factor * odds[index]!,
    spam: counts[2 * index]!,
    ham: counts[2 * index + 1]!,
  }))
}

function linearWeight(slot: number, blockLength: number, { totals, weights }: ModelView): number {
  return surenessOf(totals) * MODEL_SHARE * shareOf(blockLength) * weights[slot & (weights.length - 1)]!
}

function turningPoint(logOdds: number, reasons: readonly Reason[]): number | null {
  let left = logOdds
  let count = 0
  for (const { weight } of reasons) {
    if (Math.sign(weight) !== Math.sign(logOdds)) continue
    left -= weight
    count++
    if (Math.sign(left) !== Math.sign(logOdds)) return count
  }
  return null
}
