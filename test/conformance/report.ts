/** The X-Spam headers and the report of the stand-in for `spamassassin`. */
import type { Message } from '../../lib/mail/message.ts'
import type { Evaluated } from '../../lib/rules/evaluate.ts'
import type { RuleSet } from '../../lib/rules/ruleset.ts'

const VERSION = '4.0.1'
const WIDTH = 75

function isSpam(set: RuleSet, { score }: Evaluated): boolean {
  return score >= set.settings.requiredScore
}

function tag(
  name: string,
  argument: string | undefined,
  set: RuleSet,
  message: Message,
  result: Evaluated,
): string {
  const names = result.hits.map((hit) => hit.name).sort()
  const joined = argument ?? ','
  switch (name) {
    case 'YESNO':
      return isSpam(set, result) ? (argument?.split(',')[0] ?? 'Yes') : (argument?.split(',')[1] ?? 'No')
    case 'YESNOCAPS':
      return isSpam(set, result) ? 'YES' : 'NO'
    case 'SCORE':
    case 'HITS':
      return result.score.toFixed(1)
    case 'REQD':
      return set.settings.requiredScore.toFixed(1)
    case 'STARS':
      return (argument ?? '*').repeat(Math.max(0, Math.min(50, Math.floor(result.score))))
    case 'TESTS':
      return names.length === 0 ? 'none' : names.join(joined)
    case 'TESTSSCORES':
      return (
        result.hits
          .map((hit) => `${hit.name}=${hit.score}`)
          .sort()
          .join(joined) || 'none'
      )
    case 'SUBTESTS':
      return [...result.subhits].sort().join(joined) || 'none'
    case 'AUTOLEARN':
      return 'no'
    case 'VERSION':
      return VERSION
    case 'HEADER':
      return (message.header(argument ?? '')[0] ?? '').trim()
    case 'SC':
      return result.shortCircuit ?? 'no'
    case 'SCRULE':
      return result.shortCircuit ?? 'none'
    case 'SCTYPE':
      return shortCircuitType(set, result)
    case 'REPORT':
      return lines(set, result)
        .map((line) => `* ${line.trim()}`)
        .join('\n\t')
    default:
      return `_${name}_`
  }
}

function shortCircuitType(set: RuleSet, { shortCircuit }: Evaluated): string {
  const rule = shortCircuit === undefined ? undefined : set.rules.get(shortCircuit)
  if (rule === undefined) return 'no'
  if (rule.shortCircuit !== 'on') return rule.shortCircuit ?? 'no'
  return rule.score < 0 ? 'ham' : 'spam'
}

function fill(template: string, set: RuleSet, message: Message, result: Evaluated): string {
  return template.replace(/_([A-Z]+)(?:\((.*?)\))?_/g, (_whole, name: string, argument: string | undefined) =>
    tag(name, argument, set, message, result),
  )
}

/** The message with X-Spam headers before it. */
export function withHeaders(set: RuleSet, message: Message, result: Evaluated): string {
  const spam = isSpam(set, result)
  const added = set.settings.addedHeaders.filter(
    ({ scope }) => scope === 'all' || scope === (spam ? 'spam' : 'ham'),
  )
  const headers = added.map(
    ({ name, template }) =>
      `X-Spam-${name}: ${fill(template, set, message, result).replaceAll('\n', '\n\t')}`,
  )
  if (spam && set.settings.words.get('report_safe')?.[0] === '0')
    headers.push(`X-Spam-Report:\n\t${encoded(tag('REPORT', undefined, set, message, result))}`)
  const subject = set.settings.rewrittenHeaders.get('Subject')
  const text = message.full()
  const marked =
    spam && subject !== undefined
      ? text.replace(/^(Subject:)[ \t]*/im, `$1 ${fill(subject, set, message, result)} `)
      : text
  return `X-Spam-Checker-Version: SpamAssassin ${VERSION} on localhost\n${headers.map((header) => `${header}\n`).join('')}${marked}`
}

/** Wide numbers go without their fraction. */
function points(score: number): string {
  return Math.abs(score) >= 10 ? score.toFixed(0) : score.toFixed(1)
}

/** Text that is not ASCII as an encoded word (RFC 2047), line by line. */
function encoded(text: string): string {
  return text
    .split('\n')
    .map((line) =>
      line.replace(/(?<=^|[ \t])\S*[^\t\x20-\x7e].*?(?=[ \t][\t\x20-\x7e]*$|$)/, (rest) => {
        const special = rest.match(/[=?_\0-\x1f\x7f-\xff]/g)?.length ?? 0
        if (rest.length + special * 2 > 4 * Math.floor((rest.length + 2) / 3))
          return `=?UTF-8?B?${Buffer.from(rest, 'latin1').toString('base64')}?=`
        const hex = (char: string): string =>
          `=${char.charCodeAt(0).toString(16).toUpperCase().padStart(2, '0')}`
        return `=?UTF-8?Q?${rest.replace(/[=?_\0-\x20\x7f-\xff]/g, (char) => (char === ' ' ? '_' : hex(char)))}?=`
      }),
    )
    .join('\n')
}

function lines(set: RuleSet, result: Evaluated): readonly string[] {
  return result.hits.map(({ name, score }) => {
    const description = set.descriptions.get(name) ?? 'No description available.'
    return `${points(score).padStart(4)} ${name.padEnd(22)} ${description}`.slice(0, WIDTH * 4)
  })
}

/** What -t appends: points and rules. */
export function report(set: RuleSet, result: Evaluated): string {
  const head = `Content analysis details:   (${result.score.toFixed(1)} points, ${set.settings.requiredScore.toFixed(1)} required)`
  return [
    '',
    head,
    '',
    ' pts rule name              description',
    `---- ---------------------- ${'-'.repeat(48)}`,
    ...lines(set, result),
    '',
    '',
  ].join('\n')
}
