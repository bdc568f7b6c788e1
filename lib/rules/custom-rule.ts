/**
 * Custom rules as an admin thinks of them (a field, a condition, what to do) turned into lines of the rule language.
 *
 * AnyFrom and AnyTo are Hamlet's own header words: the From header and the envelope sender, the To header and the
 * envelope recipients. To SpamAssassin they are headers that are never there.
 */
import { ACTION_KINDS, type ActionKind } from './action.ts'

export const CONDITIONS = [
  'is-empty',
  'is-missing',
  'has-address',
  'has-domain',
  'contains',
  'is-binary',
] as const
export type Condition = (typeof CONDITIONS)[number]

export interface CustomRule {
  readonly name: string
  /** from, to, cc, subject, sender, body, or the name of a header. */
  readonly field: string
  readonly condition: Condition
  /** Address, domain or text; '' for conditions that take none. */
  readonly text: string
  readonly effect:
    | { readonly score: number }
    | { readonly action: ActionKind; readonly argument: string; readonly final?: boolean }
  readonly comment: string
}

/** Octets that no text has. */
const BINARY = '/[^\\x09\\x0a\\x0d\\x20-\\x7e]/'
const BINARY_BODY = '/[\\x00-\\x08\\x0b\\x0e-\\x1f\\x7f]/'

/** UTF-8 octets of a text as a pattern that matches it and nothing else. */
function literal(text: string): string {
  return Buffer.from(text, 'utf8')
    .toString('latin1')
    .replace(/[^A-Za-z0-9 _\x80-\xff]/g, '\\$&')
}

function headerOf(field: string): string {
  const known: Readonly<Record<string, string>> = {
    from: 'AnyFrom',
    to: 'AnyTo',
    cc: 'Cc',
    subject: 'Subject',
    sender: 'Sender',
  }
  return known[field.toLowerCase()] ?? field
}

/** The rule line of a condition, or an error text. */
function ruleLine({ name, field, condition, text }: CustomRule): string | { readonly error: string } {
  const takesText = condition === 'contains' || condition === 'has-address' || condition === 'has-domain'
  if (takesText && text === '') return { error: `${condition} needs a text` }
  if (field === 'body') return bodyLine(name, condition, text)
  if (!/^[\w.-]+$/.test(field)) return { error: `${field} is no header name` }
  const header = headerOf(field)
  switch (condition) {
    case 'is-empty':
      return `header ${name} ${header} =~ /^\\s*$/ [if-unset: missing]`
    case 'is-missing':
      return `header ${name} ${header} =~ /^UNSET$/ [if-unset: UNSET]`
    case 'has-address':
      return `header ${name} ${header}:addr =~ /^${literal(text)}$/im`
    case 'has-domain':
      return `header ${name} ${header}:addr =~ /\\@${literal(text.replace(/^@/, ''))}$/im`
    case 'contains':
      return `header ${name} ${header} =~ /${literal(text)}/i`
    case 'is-binary':
      return `header ${name} ${header}:raw =~ ${BINARY}`
  }
}

function bodyLine(name: string, condition: Condition, text: string): string | { readonly error: string } {
  switch (condition) {
    case 'contains':
      return `body ${name} /${literal(text)}/i`
    case 'has-address':
      return `body ${name} /(?<![\\w.+-])${literal(text)}(?![\\w-])/i`
    case 'has-domain':
      return `body ${name} /\\@${literal(text.replace(/^@/, ''))}(?![\\w-])/i`
    case 'is-binary':
      return `rawbody ${name} ${BINARY_BODY}`
    case 'is-empty':
      return `meta ${name} !__${name}_TEXT`
    case 'is-missing':
      return { error: 'a body is never missing: use is-empty' }
  }
}

/** The lines of a custom rule, to be put at the end of a rule file; or an error text. */
export function customRuleLines(rule: CustomRule): readonly string[] | { readonly error: string } {
  if (!/^[A-Z_][A-Z0-9_]*$/.test(rule.name))
    return { error: `rule name ${rule.name}: capital letters, digits and _` }
  const line = ruleLine(rule)
  if (typeof line !== 'string') return line
  const help =
    rule.field === 'body' && rule.condition === 'is-empty'
      ? [`body __${rule.name}_TEXT /\\S/`, `tflags __${rule.name}_TEXT nosubject`]
      : []
  const comment = rule.comment === '' ? `${rule.field} ${rule.condition} ${rule.text}`.trim() : rule.comment
  return [
    ...help,
    line,
    `describe ${rule.name} ${Buffer.from(comment.replace(/[\0-\x1f#]+/g, ' '), 'utf8').toString('latin1')}`,
    ...consequence(rule),
  ]
}

function consequence({ name, effect }: CustomRule): readonly string[] {
  if ('score' in effect) return [`score ${name} ${effect.score}`]
  // Score 0 would turn the rule off.
  const score = effect.action === 'accept' ? '-0.001' : '0.001'
  return [
    `score ${name} ${score}`,
    `#hamlet: ${effect.final === true ? 'final' : 'action'} ${name} ${effect.action} ${effect.argument.replace(/[\0-\x1f]+/g, ' ')}`.trimEnd(),
  ]
}

export function isActionKind(word: string): word is ActionKind {
  return ACTION_KINDS.some((kind) => kind === word)
}

export function isCondition(word: string): word is Condition {
  return CONDITIONS.some((condition) => condition === word)
}
