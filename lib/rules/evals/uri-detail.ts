/** URIDetail: `uri_detail NAME domain =~ /x/ text !~ /y/`, rules over a link's parts that must all hold for one link. */
import type { Uri } from '../../mail/uri.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { whyNoPattern } from '../regex/pattern.ts'

type Target = 'raw' | 'type' | 'cleaned' | 'text' | 'domain' | 'host'

interface Condition {
  readonly target: Target
  readonly negated: boolean
  /** With its delimiters, as in the rule. */
  readonly pattern: string
}

export interface UriDetailRules {
  readonly rules: Map<string, readonly Condition[]>
}

export const uriDetail: EvalPlugin<UriDetailRules> = {
  name: 'Mail::SpamAssassin::Plugin::URIDetail',
  initial: () => ({ rules: new Map() }),
  directives: { uri_detail: define },
  rules: { uri_detail: 'check_uri_detail' },
  functions: {
    check_uri_detail: (input, args, { name }) => {
      const conditions = input.conf(uriDetail).rules.get(args[0] ?? name)
      return conditions !== undefined && input.uris().some((uri) => holds(input, uri, conditions))
    },
  },
  can: ['Mail::SpamAssassin::Plugin::URIDetail::has_host_key'],
}

/** `domain =~` */
const SUBJECT = /(?<!\w)(\w+)[ \t]*([=!])~[ \t]*(?=\/|m\W)/y
const TARGETS: readonly string[] = ['raw', 'type', 'cleaned', 'text', 'domain', 'host']

function define(state: UriDetailRules, value: string): string | undefined {
  const match = /^([^ \t]+)[ \t]+(.+)$/s.exec(value)
  if (match === null) return 'expected a rule name and conditions'
  const conditions = new Map<string, Condition>()
  for (const { target, sign, pattern } of readConditions(match[2] ?? '')) {
    if (!isTarget(target)) return `${target} is none of ${TARGETS.join(', ')}`
    const error = whyNoPattern(pattern)
    if (error !== undefined) return error
    conditions.set(target, { target, negated: sign === '!', pattern })
  }
  if (conditions.size === 0) return 'expected conditions such as domain =~ /pattern/'
  state.rules.set(match[1] ?? '', [...conditions.values()])
  return undefined
}

/** `target =~ /pattern/`, as many as there are; what is none is passed over. */
function* readConditions(
  text: string,
): Generator<{ readonly target: string; readonly sign: string; readonly pattern: string }> {
  for (let at = 0; at < text.length;) {
    SUBJECT.lastIndex = at
    const found = SUBJECT.exec(text)
    const start = SUBJECT.lastIndex
    const end = found === null ? undefined : patternEnd(text, start)
    if (found !== null && end !== undefined)
      yield { target: found[1]!, sign: found[2]!, pattern: text.slice(start, end) }
    at = end ?? at + 1
  }
}

/** Behind a pattern and its flags: the first delimiter that a blank or the end follows. */
function patternEnd(text: string, start: number): number | undefined {
  const open = text[start] === 'm' ? start + 1 : start
  const end = /[imsx]*(?=[ \t]|$)/y
  for (
    let close = text.indexOf(text[open]!, open + 1);
    close >= 0;
    close = text.indexOf(text[open]!, close + 1)
  ) {
    end.lastIndex = close + 1
    if (end.test(text)) return end.lastIndex
  }
  return undefined
}

function isTarget(word: string): word is Target {
  return TARGETS.includes(word)
}

function holds(input: EvalInput, uri: Uri, conditions: readonly Condition[]): boolean {
  return conditions.every(({ target, negated, pattern }) => {
    const regex = input.regex(pattern)
    if (regex === undefined) return false
    return values(uri, target).some((text) => {
      regex.lastIndex = 0
      return regex.test(text) !== negated
    })
  })
}

function values(uri: Uri, target: Target): readonly string[] {
  switch (target) {
    case 'raw':
      return [uri.uri]
    case 'type':
      return [...uri.types]
    case 'cleaned':
      return uri.cleaned
    case 'text':
      return uri.anchorText
    case 'domain':
      return [...uri.domains]
    case 'host':
      return [...uri.hosts.keys()]
  }
}
