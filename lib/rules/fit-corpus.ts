/**
 * Labelled mail as the fit sees it: which rules hit, and how often the same pattern of hits occurs. Pure.
 */

export interface FitRow {
  readonly spam: boolean
  /** Names of rules with a score, sorted. */
  readonly hits: readonly string[]
  /** Messages of this label with exactly these hits. */
  readonly count: number
}

export interface FitCorpus {
  readonly name: string
  readonly rows: readonly FitRow[]
  /** What it counts against the other corpora; default 1. Old mail says less about today's. */
  readonly weight?: number
}

export interface LabelledHits {
  readonly spam: boolean
  readonly hits: readonly string[]
}

/** Messages with the same label and hits become one row; rows come in the order of first appearance. */
export function fitCorpus(name: string, messages: Iterable<LabelledHits>, weight = 1): FitCorpus {
  const counts = new Map<string, { spam: boolean; hits: readonly string[]; count: number }>()
  for (const { spam, hits } of messages) {
    const sorted = [...new Set(hits)].sort()
    const key = `${spam ? 's' : 'h'} ${sorted.join(' ')}`
    const row = counts.get(key)
    if (row === undefined) counts.set(key, { spam, hits: sorted, count: 1 })
    else row.count++
  }
  return { name, rows: [...counts.values()], weight }
}

export interface Tally {
  readonly ham: number
  readonly spam: number
}

/** Messages of each label in a corpus; with a name, those that the rule hits. */
export function tally(corpus: FitCorpus, name?: string): Tally {
  let ham = 0
  let spam = 0
  for (const row of corpus.rows) {
    if (name !== undefined && !row.hits.includes(name)) continue
    if (row.spam) spam += row.count
    else ham += row.count
  }
  return { ham, spam }
}

/** Messages at or above `required` under `scores`. A name without a score counts 0. */
export function flagged(corpus: FitCorpus, scores: ReadonlyMap<string, number>, required: number): Tally {
  let ham = 0
  let spam = 0
  for (const row of corpus.rows) {
    const sum = row.hits.reduce((total, name) => total + (scores.get(name) ?? 0), 0)
    // Hundredths are summed in binary; a mail that reaches the threshold exactly must count.
    if (sum < required - 1e-9) continue
    if (row.spam) spam += row.count
    else ham += row.count
  }
  return { ham, spam }
}

/** The author's word counts like hits in this share of the messages, at least... */
const AUTHOR_SHARE = 0.0015
/** ...and like this many messages, so that in a corpus of a few hundred a stray hit does not condemn a rule either. */
const AUTHOR_MESSAGES = 3

/**
 * How purely a rule hits what its author meant, 0 to 1: the share of spam (for `nice` rules ham) among its hits, each
 * corpus' classes taken as equally large, and the author's word being worth a few hits.
 */
export function purity(name: string, nice: boolean, corpora: readonly FitCorpus[]): number {
  let meant = 0
  let other = 0.0001
  let word = 0
  const total = corpora.reduce((sum, { weight = 1 }) => sum + weight, 0)
  for (const corpus of corpora) {
    const all = tallies(corpus).get('') ?? { ham: 0, spam: 0 }
    const hit = tallies(corpus).get(name) ?? { ham: 0, spam: 0 }
    const part = (corpus.weight ?? 1) / total
    const ham = (part * hit.ham) / Math.max(1, all.ham)
    const spam = (part * hit.spam) / Math.max(1, all.spam)
    meant += nice ? ham : spam
    other += nice ? spam : ham
    word += (part * AUTHOR_MESSAGES) / Math.max(1, nice ? all.ham : all.spam)
  }
  meant += Math.max(AUTHOR_SHARE, word)
  return meant / (meant + other)
}

const TALLIES = new WeakMap<FitCorpus, ReadonlyMap<string, Tally>>()

/** Tallies of all rules of a corpus, '' being all messages; counted once. */
export function tallies(corpus: FitCorpus): ReadonlyMap<string, Tally> {
  const known = TALLIES.get(corpus)
  if (known !== undefined) return known
  const made = new Map<string, { ham: number; spam: number }>()
  for (const row of corpus.rows) {
    for (const name of ['', ...row.hits]) {
      const entry = made.get(name) ?? { ham: 0, spam: 0 }
      if (row.spam) entry.spam += row.count
      else entry.ham += row.count
      made.set(name, entry)
    }
  }
  TALLIES.set(corpus, made)
  return made
}
