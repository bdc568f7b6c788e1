/**
 * What the classifier thinks of a message: one of BAYES_00 to BAYES_99 (SpamAssassin's names and limits), and while it
 * has learned little BAYES_LEARNING, which says what it needs. Little training draws the probability towards one half,
 * and the hits count by a part that grows with it.
 */
import { messageOf } from '../fault.ts'
import { classify, missing, missingWord } from '../bayes/classify.ts'
import { messageFeatures } from '../bayes/lesson.ts'
import type { Classification } from '../bayes/classify.ts'
import type { BayesTotals } from '../store/bayes-store.ts'
import type { Check, CheckResult, Hit } from './check.ts'

/** Name and the probability above which it stands, as in SpamAssassin's 23_bayes.cf: one name for each probability. */
const LEVELS = [
  ['BAYES_99', 0.99],
  ['BAYES_95', 0.95],
  ['BAYES_80', 0.8],
  ['BAYES_60', 0.6],
  ['BAYES_50', 0.4],
  ['BAYES_40', 0.2],
  ['BAYES_20', 0.05],
  ['BAYES_05', 0.01],
  ['BAYES_00', 0],
] as const

export const bayes: Check<'message'> = {
  name: 'bayes',
  stage: 'message',
  enabled: ({ bayes: { enabled } }) => enabled,
  async run({ head, sender }, { store, scores }) {
    try {
      const model = store.bayes.model()
      const features = messageFeatures(head, store.bayes.salt, sender.address)
      return judge(classify(features, model), model.totals, scores)
    } catch (error) {
      return { kind: 'unavailable', reason: messageOf(error) }
    }
  },
}

/** `scores`: what the hits are worth once the classifier is trained; until then they count by as much as it is sure. */
export function judge(
  classification: Classification,
  totals: BayesTotals,
  scores: ReadonlyMap<string, number> = new Map(),
): CheckResult {
  const { probability, confidence } = classification
  const needs = missing(totals)
  const facts = { bayes: { probability, confidence, needs: missingWord(totals) } }
  const learning: Hit[] = needs === null ? [] : [{ name: 'BAYES_LEARNING', detail: needs }]
  if (confidence === 0) return { kind: 'hits', hits: learning, facts }
  const name = LEVELS.find(([, from]) => probability > from)?.[0] ?? 'BAYES_00'
  const names = [name, ...(probability > 0.999 ? ['BAYES_999'] : [])]
  const hits = names.map((one) => weighed(one, probability.toFixed(4), confidence, scores.get(one)))
  return { kind: 'hits', hits: [...hits, ...learning], facts }
}

/** Little training makes the hit worth less, and its detail says by how much. */
function weighed(name: string, detail: string, confidence: number, score: number | undefined): Hit {
  if (confidence >= 1 || score === undefined) return { name, detail }
  const part = Math.round(1000 * confidence) / 1000
  return {
    name,
    score: Math.round(1000 * score * part) / 1000,
    detail: `${detail}, counts ${Math.round(100 * part)} %`,
  }
}
