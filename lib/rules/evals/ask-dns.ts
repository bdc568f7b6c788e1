/** AskDNS: `askdns NAME _DKIMDOMAIN_.list.example A /^127\.0\.0\.2$/`, a DNS question made of what is known of the mail. */
import type { EvalInput, EvalPlugin, EvalRule, Lookup } from '../eval.ts'
import type { Subtest } from './dns-answers.ts'
import { answerTo, fits, isErrorCode, parseNumericSubtest, recordsOf } from './dns-answers.ts'
import { lower } from './octets.ts'
import { isHostName } from './senders.ts'
import { tagValues } from './tags.ts'

interface AskDnsRule {
  readonly template: string
  readonly tags: readonly string[]
  readonly types: readonly Lookup['type'][]
  readonly subtest: Subtest
}

export interface AskDnsRules {
  readonly rules: Map<string, AskDnsRule>
}

export const askDns: EvalPlugin<AskDnsRules> = {
  name: 'Mail::SpamAssassin::Plugin::AskDNS',
  initial: () => ({ rules: new Map() }),
  directives: { askdns: define },
  rules: { askdns: 'check_askdns' },
  functions: { check_askdns: ask },
  lookups: { check_askdns: questions },
  can: ['Mail::SpamAssassin::Plugin::AskDNS::has_tag_header'],
}

const TYPES: ReadonlyMap<string, Lookup['type']> = new Map([
  ['A', 'a'],
  ['AAAA', 'aaaa'],
  ['MX', 'mx'],
  ['TXT', 'txt'],
  ['SPF', 'txt'],
  ['NS', 'ns'],
  ['PTR', 'ptr'],
])
const RCODES = ['NOERROR', 'FORMERR', 'SERVFAIL', 'NXDOMAIN', 'NOTIMP', 'REFUSED']

const RULE = /^([^ \t]+)[ \t]+([^ \t]+)(?:[ \t]+([A-Za-z0-9,]+)(?:[ \t]+([^ \t].*))?)?$/s

function define(state: AskDnsRules, value: string): string | undefined {
  const match = RULE.exec(value.replace(/(?<![ \t])[ \t]+$/, ''))
  if (match === null) return 'expected a rule name and a name to ask for'
  const types = (match[3] ?? 'A').toUpperCase().split(',')
  const asked = types.flatMap((type) => TYPES.get(type) ?? [])
  if (asked.length !== types.length)
    return `of record types only ${[...TYPES.keys()].join(', ')} can be asked`
  const subtest: Subtest | undefined = match[4] === undefined ? { kind: 'any' } : subtestOf(match[4])
  if (subtest === undefined)
    return 'the part after the record type is no pattern, text, address or response code'
  const template = match[2] ?? ''
  const tags = [...template.matchAll(/_([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:\([^()]*\))?)_/g)].map(
    (tag) => tag[1] ?? '',
  )
  state.rules.set(match[1] ?? '', { template, tags, types: asked, subtest })
  return undefined
}

function subtestOf(text: string): Subtest | undefined {
  if (/^\/.+\/[a-z]*$/s.test(text) || /^m([^\w]).+[^\w][a-z]*$/s.test(text))
    return { kind: 'regex', pattern: text }
  const quoted = /^(["'])(.*)\1$/s.exec(text)
  if (quoted !== null) return { kind: 'exact', text: quoted[2] ?? '' }
  const codes = /^\[((?:[A-Z]+|\d+)(?:[ \t]*,[ \t]*(?:[A-Z]+|\d+))*)\]$/i.exec(text)?.[1]
  if (codes === undefined) return parseNumericSubtest(text)
  const numbers = codes
    .split(',')
    .map((code) => (/^[ \t]*\d+/.test(code) ? Number(code) : RCODES.indexOf(code.trim().toUpperCase())))
  return numbers.includes(-1) ? undefined : { kind: 'rcodes', codes: numbers }
}

/** Names one rule may ask for: every combination of its tags' values, up to this many. */
const MOST_NAMES = 20

function questions(input: EvalInput, args: readonly string[], rule: EvalRule): readonly Lookup[] {
  const found = input.conf(askDns).rules.get(args[0] ?? rule.name)
  if (input.local || found === undefined) return []
  let names: readonly string[] = [found.template]
  for (const tag of found.tags) {
    const values = tagValues(input, tag)
    names = names
      .flatMap((name) => values.map((value) => name.replaceAll(`_${tag}_`, value)))
      .slice(0, MOST_NAMES)
  }
  return names
    .map((name) => lower(name).replace(/\.$/, ''))
    .filter(isHostName)
    .flatMap((name) => found.types.map((type) => ({ type, name })))
}

function ask(input: EvalInput, args: readonly string[], rule: EvalRule): boolean {
  const found = input.conf(askDns).rules.get(args[0] ?? rule.name)
  if (found === undefined) return false
  const { subtest } = found
  return questions(input, args, rule).some((lookup) => {
    // Only "no such name" is told apart from an answer; a failed question never counts as either.
    const isNoName = subtest.kind === 'rcodes' && subtest.codes.includes(3)
    if (isNoName && answerTo(input, lookup)?.kind === 'absent') return true
    const record = recordsOf(input, lookup).find(
      (one) => (subtest.kind === 'any' && !isErrorCode(one)) || fits(input, subtest, one, lookup.type),
    )
    if (record !== undefined) input.report(rule.name, `${lookup.name} ${lookup.type.toUpperCase()}:${record}`)
    return record !== undefined
  })
}
