/**
 * What a pattern cannot match without: sets of strings of which at least one must stand in the text.
 *
 * Strings are lower case; the text is lowered before they are looked for, so the answer errs only towards running a
 * pattern in vain. One pass over a text finds the strings of all rules at once (`prefilter.ts`), and most patterns
 * never run.
 */
import type { Node, Pattern } from './ast.ts'
import { sizeOf } from './charset.ts'
import { chanceOfString } from './frequency.ts'

/** Shorter strings stand in nearly every text. */
export const SHORTEST = 3
/** Strings kept exact while a sequence is walked; more would cost more than they save. */
const MAX_EXACT = 32
const MAX_REQUIRED = 300
/** Repeats are written out up to so often. */
const MAX_COPIES = 8
const MAX_LENGTH = 24
/** A class with more members ends the string before it. */
const MAX_CLASS = 4

interface Facts {
  /** All strings the node can match, or undefined if too many. */
  readonly exact: readonly string[] | undefined
  /** One of these is in every match; undefined if nothing is known. */
  readonly required: readonly string[] | undefined
}

const EMPTY: Facts = { exact: [''], required: undefined }
const UNKNOWN: Facts = { exact: undefined, required: undefined }

/** The most telling set of strings for a pattern, or undefined if it has to be run always. */
export function requiredLiterals(pattern: Pattern): readonly string[] | undefined {
  const facts = factsOf(pattern.root)
  const best = better(facts.required, usable(facts.exact))
  return best === undefined ? undefined : withoutCovered(best)
}

function usable(strings: readonly string[] | undefined): readonly string[] | undefined {
  if (strings === undefined || strings.length === 0 || strings.length > MAX_REQUIRED) return undefined
  return strings.every((string) => string.length >= SHORTEST) ? strings : undefined
}

/** The rarer its strings are in mail, the more a set is worth. */
function worth(strings: readonly string[]): number {
  let chance = 0
  for (const string of strings) chance += chanceOfString(string)
  return -chance
}

function better(
  one: readonly string[] | undefined,
  other: readonly string[] | undefined,
): readonly string[] | undefined {
  if (one === undefined || other === undefined) return one ?? other
  return worth(other) > worth(one) ? other : one
}

/** Drops strings that contain another one of the set. */
function withoutCovered(strings: readonly string[]): readonly string[] {
  const unique = [...new Set(strings)].sort((a, b) => a.length - b.length)
  return unique.filter((string, at) => !unique.slice(0, at).some((shorter) => string.includes(shorter)))
}

function factsOf(node: Node): Facts {
  switch (node.kind) {
    case 'set':
      return ofSet(node.set)
    case 'sequence':
      return inARow(node.items.map(factsOf))
    case 'either':
      return ofBranches(node.branches.map(factsOf))
    case 'capture':
    case 'atomic':
      return factsOf(node.body)
    case 'repeat':
      return ofRepeat(node)
    case 'look':
    case 'anchor':
      return EMPTY
    case 'back':
      return UNKNOWN
  }
}

/** Sets of single characters are shared between patterns: what they are worth is worked out once. */
const known = new WeakMap<Uint8Array, Facts>()

function ofSet(set: Uint8Array): Facts {
  let facts = known.get(set)
  if (facts === undefined) {
    facts = stringsOf(set)
    known.set(set, facts)
  }
  return facts
}

function stringsOf(set: Uint8Array): Facts {
  const size = sizeOf(set)
  if (size === 0 || size > 2 * MAX_CLASS) return UNKNOWN
  const strings = new Set<string>()
  for (let code = 0; code < 256; code++)
    if (set[code] === 1) strings.add(String.fromCharCode(code).toLowerCase())
  return strings.size > MAX_CLASS ? UNKNOWN : { exact: [...strings], required: undefined }
}

function ofBranches(branches: readonly Facts[]): Facts {
  const exact = branches.every((branch) => branch.exact !== undefined)
    ? [...new Set(branches.flatMap((branch) => branch.exact ?? []))]
    : undefined
  const sets = branches.map((branch) => better(branch.required, usable(branch.exact)))
  const required = sets.every((set) => set !== undefined) ? usable(sets.flat()) : undefined
  return { exact: exact !== undefined && exact.length <= MAX_EXACT ? exact : undefined, required }
}

function ofRepeat(node: Node & { kind: 'repeat' }): Facts {
  if (node.max === 0) return EMPTY
  const body = factsOf(node.body)
  if (node.min === 0) {
    const optional = node.max === 1 && body.exact !== undefined && body.exact.length < MAX_EXACT
    return optional ? { exact: ['', ...(body.exact ?? [])], required: undefined } : UNKNOWN
  }
  if (node.min === 1 && node.max === 1) return body
  if (node.min === node.max && node.min <= MAX_COPIES)
    return inARow(Array.from({ length: node.min }, () => body))
  // At least `min` times in a row, then something unknown.
  const copies = Array.from({ length: Math.min(node.min, MAX_COPIES) }, () => body)
  return { exact: undefined, required: inARow(copies, true).required }
}

/** Nodes one after the other; `open` if something unknown follows. */
function inARow(items: readonly Facts[], open = false): Facts {
  let run: readonly string[] = ['']
  let required: readonly string[] | undefined
  let whole = !open
  for (const facts of items) {
    required = better(required, facts.required)
    const longer = facts.exact === undefined ? undefined : product(run, facts.exact)
    if (longer !== undefined) {
      run = longer
      continue
    }
    whole = false
    required = better(required, usable(run))
    run = facts.exact !== undefined && facts.exact.length <= MAX_EXACT ? facts.exact : ['']
  }
  required = better(required, usable(run))
  return { exact: whole ? run : undefined, required }
}

/** Every string of one followed by every string of the other; undefined if that gets too many or too long. */
function product(heads: readonly string[], tails: readonly string[]): readonly string[] | undefined {
  if (heads.length * tails.length > MAX_EXACT) return undefined
  const result = new Set<string>()
  for (const head of heads) for (const tail of tails) result.add(head + tail)
  for (const string of result) if (string.length > MAX_LENGTH) return undefined
  return [...result]
}
