/** What the fit hands out: the score file, and the table that says how good it is on mail it did not see. Pure. */
import { type Fitted, type FitRule, type FitSettings, type Scores, withoutEach } from './fit.ts'
import { type FitCorpus, flagged, tallies } from './fit-corpus.ts'

/** The lines of a rule file with one `score` line a rule; the comment gives the author's score and the hits. */
export function scoreFile(
  rules: readonly FitRule[],
  corpora: readonly FitCorpus[],
  fitted: Fitted,
  settings: FitSettings,
): string[] {
  const width = Math.max(0, ...rules.map(({ name }) => name.length))
  const lines = [
    '# Fitted scores. Written by `hamlet rules fit`; the scores beside the rules are what their authors gave.',
    '# After each score: that of the author, then the hits in ham and spam of each corpus:',
    ...corpora.map((corpus, at) => {
      const { ham = 0, spam = 0 } = tallies(corpus).get('') ?? {}
      return `#   ${at + 1}  ${corpus.name}, ${ham} ham, ${spam} spam, weight ${corpus.weight ?? 1}`
    }),
    `# Settings: ${Object.entries(settings)
      .map(([key, value]) => `${key} ${String(value)}`)
      .join(', ')}.`,
    '',
  ]
  for (const { name, authored } of rules) {
    const hits = corpora.map((corpus) => tallies(corpus).get(name) ?? { ham: 0, spam: 0 })
    const score = (fitted.scores.get(name) ?? authored).toFixed(2)
    const seen = hits.map(({ ham, spam }) => `${ham}/${spam}`).join('  ')
    lines.push(`score ${name.padEnd(width)} ${score.padStart(6)}  # ${authored}  ${seen}`)
  }
  return lines
}

/** One line a corpus: ham lost and spam caught with the authors' scores, the fitted ones, and those fitted without it. */
export function fitTable(
  rules: readonly FitRule[],
  corpora: readonly FitCorpus[],
  fitted: Fitted,
  settings: FitSettings,
): string[] {
  const authored = new Map(rules.map(({ name, authored: score }) => [name, score]))
  const without = withoutEach(rules, corpora, settings)
  const width = Math.max(6, ...corpora.map(({ name }) => name.length))
  const cell = (corpus: FitCorpus, scores: Scores | undefined): string => {
    if (scores === undefined) return '-'.padStart(13)
    const hit = flagged(corpus, scores, settings.required)
    return `${hit.ham}/${hit.spam}`.padStart(13)
  }
  return [
    `${'corpus'.padEnd(width)}  ${'ham/spam'.padStart(13)}  ${'authored'.padStart(13)}  ${'fitted'.padStart(13)}  ${'fit without'.padStart(13)}`,
    ...corpora.map((corpus, at) => {
      const { ham = 0, spam = 0 } = tallies(corpus).get('') ?? {}
      const cells = [cell(corpus, authored), cell(corpus, fitted.scores), cell(corpus, without[at])]
      return `${corpus.name.padEnd(width)}  ${`${ham}/${spam}`.padStart(13)}  ${cells.join('  ')}`
    }),
    `ham lost / spam caught at ${settings.required} points; "fit without": scores fitted with this corpus left out`,
  ]
}
