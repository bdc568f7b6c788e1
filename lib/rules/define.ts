/** Reads the value of a rule line (header, body, meta...) into a test. */
import type { Test, TextTarget } from './definition.ts'
import type { EvalKind } from './eval.ts'
import { parseExpression } from './expression.ts'
import { makeGlob } from './glob.ts'
import type { RegisteredPlugin } from './plugins.ts'
import type { Severity } from './problem.ts'
import { PatternError, UnsupportedPattern } from './regex/cursor.ts'
import { rulePattern } from './regex/pattern.ts'

export type Defined = { readonly test: Test } | { readonly error: string; readonly severity?: Severity }

const MODIFIERS = /:(?!(?:raw|addr|name|host|domain|ip|revip|first|last)\b)/i

/** A pattern test, or the reason why the pattern cannot be used. */
function withPattern(text: string, make: (pattern: ReturnType<typeof rulePattern>) => Test): Defined {
  try {
    return { test: make(rulePattern(text)) }
  } catch (error) {
    if (error instanceof UnsupportedPattern)
      return { error: `pattern ${text}: ${error.message}`, severity: 'unsupported' }
    if (error instanceof PatternError) return { error: `invalid pattern ${text}: ${error.message}` }
    throw error
  }
}

export function defineText(target: TextTarget, value: string): Defined {
  return withPattern(value, (pattern) => ({ kind: 'text', target, pattern }))
}

/** `exists:Name`, or `Name[:modifier] =~ /pattern/ [if-unset: text]`. */
export function defineHeader(value: string): Defined {
  const exists = /^exists:(.*)$/.exec(value)
  if (exists !== null) {
    const header = exists[1]!
    if (!/^[\w.-]+:?$/.test(header)) return { error: `invalid header ${header}` }
    return { test: { kind: 'exists', spec: header.replace(/:$/, '') } }
  }
  const parts = /^([\w.-]+(?::|(?::[a-z]+){1,2})?)\s*([=!]~)\s*(\S.*)$/s.exec(value)
  if (parts === null)
    return { error: 'a header rule is Name =~ /pattern/, Name !~ /pattern/, exists:Name or eval:name()' }
  const spec = parts[1]!.replace(/:$/, '')
  if (MODIFIERS.test(spec)) return { error: `invalid header modifier ${spec}` }
  const { pattern: text, ifUnset } = splitIfUnset(parts[3]!)
  const negated = parts[2] === '!~'
  return withPattern(text, (pattern) => ({ kind: 'header', spec, negated, pattern, ifUnset }))
}

/** A pattern, and the text of the `[if-unset: text]` behind it. */
export function splitIfUnset(text: string): {
  readonly pattern: string
  readonly ifUnset: string | undefined
} {
  const found = /(?<!\s)\s+\[if-unset:\s+/.exec(text)
  const value = found === null ? '' : text.slice(found.index + found[0].length, -1)
  return found === null || value === '' || !text.endsWith(']')
    ? { pattern: text, ifUnset: undefined }
    : { pattern: text.slice(0, found.index), ifUnset: value }
}

/** Names are put in for rules_matching() when all files are read; here only the grammar is checked. */
export function defineMeta(value: string): Defined {
  if (/\*\s*\*/.test(value)) return { error: "invalid '**' in a meta rule" }
  const parsed = parseExpression(value.replace(RULES_MATCHING, ' 0 '))
  if ('error' in parsed) return parsed
  return { test: { kind: 'meta', expression: { ...parsed.expression, text: value } } }
}

const RULES_MATCHING = /(?<!_)\brules_matching\(\s*([_a-zA-Z*?][_a-zA-Z0-9*?]{0,127})\s*\)/g

/** Puts the sum of all matching rule names in place of rules_matching(GLOB). */
export function expandRulesMatching(text: string, names: Iterable<string>, self: string): string {
  return text.replace(RULES_MATCHING, (_whole, glob: string) => {
    const pattern = makeGlob(glob, 'whole')
    const found = [...names].filter((name) => name !== self && pattern.test(name)).sort()
    return ` (${found.length === 0 ? '0' : found.join('+')}) `
  })
}

/** `eval:name(args)`. */
export function defineEval(
  target: EvalKind,
  value: string,
  functions: ReadonlyMap<string, RegisteredPlugin>,
): Defined {
  const call = /^(\w+)\((.*?)\)$/.exec(value)
  if (call === null) return { error: `syntax error in eval:${value}` }
  const args = evalArguments(call[2]!)
  if (args === undefined) return { error: `syntax error in the arguments of eval:${value}` }
  return { test: { kind: 'eval', target, name: call[1]!, args, plugin: functions.get(call[1]!) } }
}

/** Quoted strings and bare words, numbers and addresses, with commas between; undefined if something else is in it. */
function evalArguments(text: string): readonly string[] | undefined {
  if (/^\s*$/.test(text)) return []
  const args: string[] = []
  const one = /\s*(?:(['"])(.*?)\1|([\d.:A-Za-z-]+?))\s*(?:,\s*|$)/y
  while (one.lastIndex < text.length) {
    const found = one.exec(text)
    if (found === null) return undefined
    args.push(found[2] ?? found[3]!)
  }
  return args
}
