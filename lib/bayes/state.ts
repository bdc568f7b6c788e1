/** The state of the classifier in words: for the journal at start and for `hamlet stats`. Pure. */
import type { BayesTotals } from '../store/bayes-store.ts'
import { brakeReason } from './autolearn.ts'
import type { AutolearnRecord } from './autolearn.ts'
import { confidenceOf, missing } from './classify.ts'

interface Autolearning {
  readonly enabled: boolean
  readonly brake: number
}

/** "523 spam and 60 ham learned, needs 140 more ham; until then it counts for 30 %". */
export function trainingState(totals: BayesTotals): string {
  const learned = `${totals.spam} spam and ${totals.ham} ham learned`
  const needs = missing(totals)
  const share = Math.floor(1000 * confidenceOf(totals)) / 10
  return needs === null ? learned : `${learned}, ${needs}; until then its word counts for ${share} %`
}

/** "on, 2 of the last 180 lessons corrected", "off", or why it has stopped. */
export function autolearnState({ enabled, brake }: Autolearning, record: AutolearnRecord): string {
  if (!enabled) return 'off'
  const { lessons, corrected } = record
  return (
    brakeReason(record, brake)?.replace(/^autolearn has /, '') ??
    `on, ${corrected} of the last ${lessons} lessons corrected`
  )
}
