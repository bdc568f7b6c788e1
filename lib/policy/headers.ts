/**
 * The headers a judged mail carries, in SpamAssassin's form, because twenty years of sieve scripts and mail programs
 * read them: X-Spam-Flag, X-Spam-Level, X-Spam-Status, X-Spam-Report.
 */
import type { Config } from '../config/schema.ts'
import { cleanText } from '../plain-text.ts'
import { formatScore } from './score.ts'
import type { Removed, Report, Sent, Verdict } from './verdict.ts'

export interface NewHeader {
  readonly name: string
  readonly value: string
}

/** Other hosts refuse mail with 8-bit headers where SMTPUTF8 was not agreed (RFC 6532); the journal has the characters. */
const ascii = (text: string): string => text.replace(/[^\x20-\x7e]+/g, '?')

const MAX_STARS = 50
const FOLD_AT = 76

/** Whether a verdict counts as spam for the headers: the score reached the tag threshold, or something stronger fell. */
export function isSpam({ kind, report }: Verdict): boolean {
  return kind !== 'deliver' && kind !== 'defer'
    ? true
    : report.required !== null && report.score >= report.required && kind !== 'deliver'
}

/** Delivered in spite of its score: the sender is allowed, or a rule accepts. */
export const isForgiven = ({ kind, report: { score, required } }: Verdict): boolean =>
  kind === 'deliver' && required !== null && score >= required

/** `"a.exe" (NO_EXE); original to <x@y>: sent` */
function removedLine(removed: readonly Removed[], sent: readonly Sent[]): string {
  const files = removed
    .slice(0, MOST_NAMED)
    .map(({ name, hit }) => `"${ascii(cleanText(name, 100))}" (${hit})`)
  const more = removed.length > MOST_NAMED ? [`and ${removed.length - MOST_NAMED} more`] : []
  const mails = sent.map(
    ({ what, to, outcome }) =>
      `; ${what} to <${ascii(cleanText(to, 100))}>: ${ascii(cleanText(outcome, 100))}`,
  )
  return `${[...files, ...more].join(', ')}${mails.join('')}`
}
const MOST_NAMED = 10

/** Headers for a mail that is delivered or held, in the order in which they stand at the top of the mail. */
export function verdictHeaders(
  verdict: Verdict,
  descriptions: ReadonlyMap<string, string>,
  config: Config,
  reference: string,
): readonly NewHeader[] {
  const { flag, level, status, status_from: from, report } = config.answer
  const spam = isSpam(verdict)
  const headers: NewHeader[] = []
  const { removed = [], sent = [] } = verdict.report
  if (removed.length > 0) headers.push({ name: 'X-Spam-Removed', value: removedLine(removed, sent) })
  // of held mail only the fact: released, it must not be filed as spam by what was found when it was held
  if (verdict.kind === 'quarantine') {
    headers.push({ name: 'X-Spam-Held', value: statusLine(verdict.report, null, reference, from) })
    return headers
  }
  if (flag && spam) headers.push({ name: 'X-Spam-Flag', value: 'YES' })
  if (level && !isForgiven(verdict) && verdict.report.score >= 1)
    headers.push({ name: 'X-Spam-Level', value: stars(verdict.report.score) })
  if (status)
    headers.push({ name: 'X-Spam-Status', value: statusLine(verdict.report, spam, reference, from) })
  if (report === 'always' || (report === 'spam' && spam))
    headers.push({ name: 'X-Spam-Report', value: reportText(verdict.report, descriptions) })
  return headers
}

export const stars = (score: number): string =>
  '*'.repeat(Math.min(MAX_STARS, Math.max(0, Math.floor(score))))

/** `Yes, score=9.6 required=5.0 tests=A=1.0,B=2.5 autolearn=no needs=140-ham ref=…`, folded at commas. */
export function statusLine(
  { score, required, hits, unavailable, classifier, unfinished, skipped }: Report,
  /** null for held mail, of which nobody has decided yet. */
  spam: boolean | null,
  reference: string,
  /** Tests worth less, up or down, are left out. */
  from = 0,
): string {
  const named = hits.filter(({ score }) => Math.abs(score) >= from)
  const tests = named.map((hit) => `${hit.name}=${formatScore(hit.score)}`)
  const words = [
    `${spam === null ? 'held' : spam ? 'Yes' : 'No'}, score=${formatScore(score)}`,
    `required=${required === null ? 'none' : formatScore(required)}`,
    `tests=${tests.length === 0 ? 'none' : tests.join(',')}`,
    `autolearn=${classifier?.autolearn ?? 'no'}`,
    ...(classifier?.needs ? [`needs=${classifier.needs}`] : []),
    ...(skipped === undefined ? [] : [`skipped=${skipped}`]),
    ...(unfinished === undefined ? [] : [`unfinished=${unfinished.join(',')}`]),
    ...(unavailable.length === 0 ? [] : [`unavailable=${unavailable.map(({ check }) => check).join(',')}`]),
    `ref=${reference}`,
  ]
  return fold(words)
}

/** Breaks between words, and inside a long list after a comma, which SpamAssassin's readers undo. */
function fold(words: readonly string[]): string {
  let text = ''
  let column = 'X-Spam-Status: '.length
  for (const [index, word] of words.entries())
    for (const [position, piece] of word.split(/(?<=,)/).entries()) {
      const space = index > 0 && position === 0 ? ' ' : ''
      if (text !== '' && column + space.length + piece.length > FOLD_AT) {
        text += `\n\t${piece}`
        column = 8 + piece.length
      } else {
        text += space + piece
        column += space.length + piece.length
      }
    }
  return text
}

/** One line per test: points, name, description or evidence. */
export function reportText(
  { score, required, hits, unavailable }: Report,
  descriptions: ReadonlyMap<string, string>,
): string {
  const lines = hits.map((hit) => {
    const words = [descriptions.get(hit.name), hit.detail].filter((word) => word !== undefined && word !== '')
    return `*  ${formatScore(hit.score).padStart(5)} ${hit.name} ${ascii(cleanText(words.join(': '), 200))}`.trimEnd()
  })
  return [
    `score ${formatScore(score)}, required ${required === null ? 'none' : formatScore(required)}`,
    ...lines,
    ...unavailable.map(
      ({ check, reason }) => `*      - ${check} could not answer: ${ascii(cleanText(reason, 120))}`,
    ),
  ].join('\n\t')
}
