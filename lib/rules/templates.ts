/** Patterns with %{NAME} in them: made anew for each mail, of what other rules captured in it. */
import { PatternError } from './regex/cursor.ts'
import { type RulePattern, rulePattern } from './regex/pattern.ts'
import type { Rule } from './ruleset.ts'

/** A pattern that needs what other rules captured. */
export interface Template {
  readonly names: readonly string[]
  with(values: ReadonlyMap<string, readonly string[]>): string
  /** The strings (lower case) of which one must stand in the text for these values; undefined if that is not known. */
  needs(values: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined
}

const TEMPLATE = /(?<!\\)%\{([A-Z][A-Z0-9]*(?:_[A-Z0-9]+)*(?:\([^()}]*\))?)\}/g

export function isTemplate(text: string): boolean {
  return text.includes('%{') && text.search(TEMPLATE) !== -1
}

/** What stands in a pattern for captured text can be anything. */
export function withoutCaptures(pattern: RulePattern): RulePattern | undefined {
  if (!isTemplate(pattern.text)) return pattern
  try {
    return rulePattern(pattern.text.replace(TEMPLATE, '(?:[\\x00-\\xff]+)'))
  } catch (error) {
    if (error instanceof PatternError) return undefined
    throw error
  }
}

export function templatesOf(live: readonly Rule[]): ReadonlyMap<number, Template> {
  const templates = new Map<number, Template>()
  for (const { test, index } of live) {
    if (!('pattern' in test) || !isTemplate(test.pattern.text)) continue
    const { text, literals } = test.pattern
    const stencils = stencilsOf(text, literals)
    templates.set(index, {
      needs: (values) =>
        stencils?.flatMap(({ before, name, after }) =>
          (values.get(name) ?? []).map((value) => `${before}${value.toLowerCase()}${after}`),
        ),
      names: [...text.matchAll(TEMPLATE)].map((found) => found[1]!),
      with: (values) =>
        text.replace(
          TEMPLATE,
          (_whole, name: string) => `(?:${(values.get(name) ?? []).map(quoted).join('|')})`,
        ),
    })
  }
  return templates
}

/** The literals of a pattern around its one place for a capture, if each has that place in it whole. */
function stencilsOf(
  text: string,
  literals: readonly string[] | undefined,
): readonly { readonly before: string; readonly name: string; readonly after: string }[] | undefined {
  const places = [...text.matchAll(TEMPLATE)]
  const [place] = places
  // A repeat after it would be taken for one of the closing brace.
  if (place === undefined || places.length > 1 || /\}[?*+{]/.test(text)) return undefined
  const stencils = literals?.flatMap((literal) => {
    const [before = '', after, ...more] = literal.split(place[0].toLowerCase())
    return after === undefined || more.length > 0 ? [] : [{ before, name: place[1]!, after }]
  })
  return stencils?.length === literals?.length ? stencils : undefined
}

function quoted(text: string): string {
  return text.replace(/[^A-Za-z0-9_\x80-\xff]/g, (char) =>
    char === '/' || char === '\n' ? `\\x${char.charCodeAt(0).toString(16).padStart(2, '0')}` : `\\${char}`,
  )
}
