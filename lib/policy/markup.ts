/** The headers and the subject that rule files ask for (add_header, rewrite_header, subjprefix), the verdict's tags put in. */
import type { Markup } from '../scan/job.ts'
import { cleanText } from '../plain-text.ts'
import { type NewHeader, isSpam, reportText, stars } from './headers.ts'
import { formatScore } from './score.ts'
import type { Verdict } from './verdict.ts'

export interface MarkupFacts {
  readonly descriptions: ReadonlyMap<string, string>
  readonly hostname: string
}

/** Headers for this verdict, in the order of the files. */
export function markupHeaders(markup: Markup, verdict: Verdict, facts: MarkupFacts): readonly NewHeader[] {
  const scopes = ['all', isSpam(verdict) ? 'spam' : 'ham']
  return markup.headers
    .filter(({ scope }) => scopes.includes(scope))
    .map(({ name, template }) => ({
      name: `X-Spam-${name}`,
      value: foldedLines(filled(fromOctets(template), verdict, facts)),
    }))
}

/** What is to stand before the subject; '' if nothing. */
export function subjectMark(markup: Markup, verdict: Verdict, facts: MarkupFacts): string {
  if (markup.subject === undefined) return ''
  const marks = [isSpam(verdict) ? markup.subject : '', markup.prefix].filter((mark) => mark !== '')
  const text = cleanText(filled(fromOctets(marks.join(' ')), verdict, facts), MAX_SUBJECT)
  return text === '' ? '' : `${text} `
}

const MAX_SUBJECT = 200
const MAX_LINES = 40

/** A line a template begins with \\n is a continuation; none may be empty. */
function foldedLines(text: string): string {
  return text
    .split('\n')
    .slice(0, MAX_LINES)
    .map((line) => cleanText(line, 900))
    .filter((line) => line !== '')
    .join('\n\t')
}

function fromOctets(octets: string): string {
  return Buffer.from(octets, 'latin1').toString('utf8')
}

function filled(template: string, verdict: Verdict, facts: MarkupFacts): string {
  return template.replace(
    /_([A-Z]+)(?:\(([^()]*)\))?_/g,
    (whole, name: string, argument?: string) => tag(name, argument, verdict, facts) ?? whole,
  )
}

function tag(
  name: string,
  argument: string | undefined,
  verdict: Verdict,
  { descriptions, hostname }: MarkupFacts,
): string | undefined {
  const { report } = verdict
  const { score, required, hits, classifier } = report
  const [yes = 'Yes', no = 'No'] = argument?.split(',') ?? []
  const answer = isSpam(verdict) ? yes : no
  switch (name) {
    case 'YESNO':
      return answer
    case 'YESNOCAPS':
      return answer.toUpperCase()
    case 'SCORE':
    case 'HITS':
      return formatScore(score).padStart(
        argument === undefined ? 0 : argument.length + 3,
        argument?.[0] ?? ' ',
      )
    case 'REQD':
      return required === null ? 'none' : formatScore(required)
    case 'STARS':
      return stars(score).replaceAll('*', argument?.[0] ?? '*')
    case 'TESTS':
      return hits.map((hit) => hit.name).join(argument ?? ',') || 'none'
    case 'TESTSSCORES':
      return hits.map((hit) => `${hit.name}=${formatScore(hit.score)}`).join(argument ?? ',') || 'none'
    case 'AUTOLEARN':
      return classifier?.autolearn ?? 'no'
    case 'REPORT':
    case 'SUMMARY':
      return reportText(report, descriptions)
    case 'HOSTNAME':
      return hostname
    default:
      return undefined
  }
}
