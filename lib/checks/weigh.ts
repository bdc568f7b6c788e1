/** Common small change of the checks. */
import type { Hit } from './check.ts'

/** Under `log` a hit is shown with 0 points; else its `score` line counts. */
export const weigh = (mode: string, hits: readonly Hit[]): readonly Hit[] =>
  mode === 'log' ? hits.map((hit) => ({ ...hit, score: 0 })) : hits

/** Aborted when the check's own time is over or when whoever asked gives up. */
export const within = (signal: AbortSignal, milliseconds: number): AbortSignal =>
  AbortSignal.any([signal, AbortSignal.timeout(milliseconds)])
