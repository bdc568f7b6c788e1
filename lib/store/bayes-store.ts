/** What the classifier keeps: token counts, totals, and which messages were learned as what. */
export interface BayesTotals {
  readonly spam: number
  readonly ham: number
}
export type MailClass = 'spam' | 'ham'
export type Lesson = 'learned' | 'relearned' | 'known' | 'forgotten' | 'unknown'

export interface BayesStore {
  totals(): BayesTotals
}
