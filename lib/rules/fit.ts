/**
 * Fits the scores of a rule set to labelled mail. Pure and deterministic: same corpora and settings, same scores.
 *
 * A logistic regression on the sum of scores, with three restraints. Each score is drawn back to the one its author
 * wrote (L2), so a rule that the corpora say nothing about keeps that; it keeps its sign, and how far it may rise is
 * bounded by how purely it hits spam. Each corpus weighs the same however large it is (or what it was given), and mails that hit the same
 * rules count with the square root of their number, so that one campaign does not decide. Lost ham weighs more than
 * missed spam. And where there are several corpora, a score may only grow beyond the author's as far as it grows with
 * every one of them left out: what a single corpus praises (a list's name, a relay's oddity) moves nothing, while a
 * single corpus suffices to take points away.
 */
import { purity, type FitCorpus, type FitRow } from './fit-corpus.ts'

export interface FitRule {
  readonly name: string
  /** What its author gave it; the sign is kept. */
  readonly authored: number
}

export interface FitSettings {
  /** The tag threshold. */
  readonly required: number
  /** Spam is wanted this far above the threshold, ham this far below. */
  readonly margin: number
  /** How quickly a mail stops to matter with its distance from there: 1 all mails pull, 3 only those near it. */
  readonly sharpness: number
  /** How much more a lost ham weighs than a missed spam. */
  readonly hamCost: number
  /** Strength of the pull towards the author's score. */
  readonly pull: number
  readonly maxScore: number
  readonly minScore: number
  /** Passes over all rules. */
  readonly passes: number
}

export const FIT_DEFAULTS: FitSettings = Object.freeze({
  required: 5,
  margin: 0.5,
  sharpness: 2,
  hamCost: 4,
  pull: 0.02,
  maxScore: 4,
  minScore: -3,
  passes: 400,
})

/** A score of 0 would switch the rule off, and with it the metas over it. */
const SMALLEST = 0.01
/** Test strings and switches (GTUBE) are no evidence. */
const UNTOUCHED_FROM = 20

export type Scores = ReadonlyMap<string, number>

export interface Fitted {
  readonly scores: Scores
  /** What one regression gives with each corpus left out, in the order of the corpora; empty for a single one. */
  readonly leftOut: readonly Scores[]
}

/**
 * What the whole procedure gives without each corpus, in their order: scores to judge that corpus by, as if its mail
 * were still to come. Empty for a single corpus.
 */
export function withoutEach(
  rules: readonly FitRule[],
  corpora: readonly FitCorpus[],
  settings: FitSettings = FIT_DEFAULTS,
): readonly Scores[] {
  if (corpora.length < 2) return []
  return corpora.map((out) => {
    const others = corpora.filter((corpus) => corpus !== out)
    return fitScores(rules, others, settings).scores
  })
}

/** Scores for `rules` from `corpora`. Rules that hit nothing keep their authored score. */
export function fitScores(
  rules: readonly FitRule[],
  corpora: readonly FitCorpus[],
  settings: FitSettings = FIT_DEFAULTS,
): Fitted {
  const whole = regress(rules, corpora, settings)
  const leftOut =
    corpora.length < 2
      ? []
      : corpora.map((out) =>
          regress(
            rules,
            corpora.filter((corpus) => corpus !== out),
            settings,
          ),
        )
  const scores = new Map<string, number>()
  for (const { name, authored } of rules) {
    const all = [whole, ...leftOut].map((fit) => fit.get(name) ?? authored)
    scores.set(name, rounded(agreed(authored, all), authored))
  }
  return { scores, leftOut }
}

/** The first value is the fit of everything. Growth needs every fit's consent, shrinking only that of the whole. */
function agreed(authored: number, fits: readonly number[]): number {
  const sign = authored < 0 ? -1 : 1
  const whole = (fits[0] ?? authored) * sign
  const author = authored * sign
  if (whole <= author) return whole * sign
  return Math.max(author, Math.min(...fits.map((fit) => fit * sign))) * sign
}

function rounded(score: number, authored: number): number {
  const size = Math.max(SMALLEST, Math.round(Math.abs(score) * 100) / 100)
  return authored < 0 ? -size : size
}

interface Variable {
  readonly authored: number
  readonly low: number
  readonly high: number
  readonly rows: readonly number[]
}

interface WeighedRow {
  readonly weight: number
  readonly spam: boolean
  readonly fixed: number
  readonly names: readonly string[]
}

function regress(rules: readonly FitRule[], corpora: readonly FitCorpus[], settings: FitSettings): Scores {
  const authored = new Map(rules.map(({ name, authored: score }) => [name, score]))
  const rows = corpora.flatMap((corpus) => weighed(corpus, authored, settings))
  const where = new Map<string, number[]>()
  rows.forEach((row, at) => {
    for (const name of row.names) {
      const list = where.get(name)
      if (list === undefined) where.set(name, [at])
      else list.push(at)
    }
  })
  const fitted = new Map<string, number>(authored)
  const variables = new Map<string, Variable>()
  for (const [name, at] of where) {
    const variable = bounded(name, authored.get(name) ?? 0, corpora, at, settings)
    variables.set(name, variable)
    fitted.set(name, clamp(variable.authored, variable))
  }
  descend(rows, variables, fitted, settings)
  return fitted
}

/** Square roots of how often a pattern of hits occurs, scaled so that each class of each corpus sums to 1 (ham: its cost). */
function weighed(corpus: FitCorpus, authored: Scores, settings: FitSettings): WeighedRow[] {
  const total = (spam: boolean): number =>
    corpus.rows.reduce((sum, row) => sum + (row.spam === spam ? Math.sqrt(row.count) : 0), 0)
  const { weight = 1 } = corpus
  const scale = {
    spam: weight / Math.max(1, total(true)),
    ham: (weight * settings.hamCost) / Math.max(1, total(false)),
  }
  return corpus.rows.map((row) => ({
    weight: Math.sqrt(row.count) * (row.spam ? scale.spam : scale.ham),
    spam: row.spam,
    fixed: fixedPart(row, authored),
    names: row.hits.filter((name) => isFree(name, authored)),
  }))
}

function isFree(name: string, authored: Scores): boolean {
  const score = authored.get(name)
  return score !== undefined && score !== 0 && Math.abs(score) < UNTOUCHED_FROM
}

function fixedPart(row: FitRow, authored: Scores): number {
  return row.hits.reduce((sum, name) => sum + (isFree(name, authored) ? 0 : (authored.get(name) ?? 0)), 0)
}

/** A rule that hits as much ham as spam may have no points; one that hits spam alone may have all there are. */
function bounded(
  name: string,
  authored: number,
  corpora: readonly FitCorpus[],
  rows: readonly number[],
  settings: FitSettings,
): Variable {
  const nice = authored < 0
  const room = Math.max(0, 2 * purity(name, nice, corpora) - 1)
  if (nice) return { authored, low: Math.min(-SMALLEST, settings.minScore * room), high: -SMALLEST, rows }
  return { authored, low: SMALLEST, high: Math.max(SMALLEST, settings.maxScore * room), rows }
}

function clamp(value: number, { low, high }: Variable): number {
  return Math.min(high, Math.max(low, value))
}

/**
 * Coordinate descent with the logistic loss's largest curvature (a quarter of the sharpness) as step: every step lowers the loss, the loss is
 * convex, and no step size has to be chosen.
 */
function descend(
  rows: readonly WeighedRow[],
  variables: ReadonlyMap<string, Variable>,
  fitted: Map<string, number>,
  settings: FitSettings,
): void {
  const sums = rows.map((row) => row.names.reduce((sum, name) => sum + (fitted.get(name) ?? 0), row.fixed))
  for (let pass = 0; pass < settings.passes; pass++) {
    let moved = 0
    for (const [name, variable] of variables) {
      const before = fitted.get(name) ?? 0
      const after = clamp(before - step(rows, sums, variable, before, settings), variable)
      if (after === before) continue
      for (const at of variable.rows) sums[at] = (sums[at] ?? 0) + after - before
      fitted.set(name, after)
      moved = Math.max(moved, Math.abs(after - before))
    }
    if (moved < 1e-5) break
  }
}

function step(
  rows: readonly WeighedRow[],
  sums: readonly number[],
  variable: Variable,
  value: number,
  { required, margin, pull, sharpness }: FitSettings,
): number {
  let slope = pull * (value - variable.authored)
  let curvature = pull
  for (const at of variable.rows) {
    const row = rows[at]
    if (row === undefined) continue
    const distance = row.spam ? required + margin - (sums[at] ?? 0) : (sums[at] ?? 0) - (required - margin)
    // The loss is log(1 + e^(s d)) / s; its derivative by the score is +-1/(1 + e^(-s d)).
    slope += (row.spam ? -row.weight : row.weight) / (1 + Math.exp(-sharpness * distance))
    curvature += (sharpness * row.weight) / 4
  }
  return slope / curvature
}
