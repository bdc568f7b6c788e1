/** Figures of merit of rules on labelled mail. */
import type { RuleSet } from './ruleset.ts'

export interface RuleStatistics {
  readonly name: string
  readonly score: number
  /** 1 is best: ordered by the difference between the shares of spam and of ham it hits. */
  readonly rank: number
  /** Share of spam among its hits, had there been as much ham as spam: 0 to 1, 0.5 for a rule that never hits. */
  readonly spamOverall: number
  /** Percent of all spam and of all ham. */
  readonly spam: number
  readonly ham: number
  /** Mean cost of the rule itself in a message. */
  readonly microseconds: number
}

/** One entry a rule, best rank first; names that only checks report are left out. */
export function rankRules(
  set: RuleSet,
  hits: ReadonlyMap<string, { readonly ham: number; readonly spam: number }>,
  costs: ReadonlyMap<string, number>,
  totals: { readonly ham: number; readonly spam: number },
): RuleStatistics[] {
  const messages = Math.max(1, totals.ham + totals.spam)
  const rows = [...set.rules.values()].map(({ name, score }) => {
    const counted = hits.get(name) ?? { ham: 0, spam: 0 }
    const spam = (100 * counted.spam) / Math.max(1, totals.spam)
    const ham = (100 * counted.ham) / Math.max(1, totals.ham)
    const spamOverall = spam + ham === 0 ? 0.5 : spam / (spam + ham)
    return { name, score, spam, ham, spamOverall, microseconds: (1000 * (costs.get(name) ?? 0)) / messages }
  })
  rows.sort((one, other) => Math.abs(other.spam - other.ham) - Math.abs(one.spam - one.ham))
  return rows.map((row, at) => ({ ...row, rank: at + 1 }))
}
