/**
 * What a wrong value should have been, in words for an administrator: the schema library speaks to programmers
 * ("Invalid input: expected int, received number"), and of alternatives it lists the complaints of each.
 */
import type { z } from 'zod'

type Issue = z.core.$ZodIssue

/** The same issues, each with a message to print; where there were alternatives, the one that was meant. */
export function inWords(issues: readonly Issue[]): Issue[] {
  return issues.flatMap((issue) => {
    if (issue.code !== 'invalid_union') return [{ ...issue, message: sentence(issue) }]
    const meant = furthest(issue)
    if (meant !== null)
      return inWords(meant.map((inner) => ({ ...inner, path: [...issue.path, ...inner.path] })))
    return [{ ...issue, message: `expected ${alternatives(issue).join(' or ')}` }]
  })
}

/** The alternative that got furthest is the one that was meant: a list with one wrong member is no wrong word. */
function furthest({ errors }: z.core.$ZodIssueInvalidUnion): Issue[] | null {
  const nested = errors.filter((list) => list.length > 0 && list.every(({ path }) => path.length > 0))
  return nested.toSorted((one, other) => one.length - other.length)[0] ?? null
}

function alternatives(issue: Issue): string[] {
  // kinds of objects told apart by one key, whose value is none of theirs
  if (issue.code === 'invalid_union' && 'options' in issue && Array.isArray(issue.options))
    return issue.options.map((option) => `\`${String(option)}\``)
  const wanted = issue.code === 'invalid_union' ? issue.errors.flat().flatMap(alternatives) : [thing(issue)]
  return [...new Set(wanted)]
}

function sentence(issue: Issue): string {
  if (issue.code === 'custom' || issue.code === 'invalid_format') return issue.message
  if (issue.code === 'invalid_key') return inWords(issue.issues)[0]?.message ?? issue.message
  if (issue.code === 'invalid_type' && issue.message.endsWith('received undefined')) return 'is missing'
  return `expected ${thing(issue)}`
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  int: 'a whole number',
  number: 'a number',
  object: 'keys and values',
  record: 'keys and values',
  string: 'a text',
}

function thing(issue: Issue): string {
  switch (issue.code) {
    case 'invalid_type':
      return TYPES[issue.expected] ?? issue.expected
    case 'invalid_value':
      return issue.values.map((value) => `\`${String(value)}\``).join(' or ')
    case 'too_small':
      return bound(issue.origin, 'no less than', 'at least', issue.minimum)
    case 'too_big':
      return bound(issue.origin, 'no more than', 'at most', issue.maximum)
    default:
      return issue.message.replace(/^expected /, '')
  }
}

function bound(origin: string, ofNumbers: string, ofMembers: string, limit: number | bigint): string {
  if (origin === 'string') return `${ofMembers} ${limit} characters`
  if (origin === 'array' || origin === 'set') return `${ofMembers} ${limit} of them`
  return `${ofNumbers} ${limit}`
}
