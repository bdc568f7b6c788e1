/**
 * Conditions of rule files: `if`, `ifplugin`, `else`, `endif`.
 *
 * The condition language is the arithmetic of meta rules with plugin(), can(), has(), version, perl_version and
 * local_tests_only. Everything is worked out while the file is read, in reading order, because `loadplugin` before and
 * after an `if` make a difference.
 */
import { type Expression, evaluateExpression, parseExpression } from './expression.ts'

/** What conditions may ask. */
export interface World {
  /** The SpamAssassin version whose language is spoken, as a number: 4.000001. */
  readonly version: number
  readonly perlVersion: number
  readonly local: boolean
  readonly pluginLoaded: (name: string) => boolean
  /** A feature word such as Mail::SpamAssassin::Conf::feature_bug6558_free. */
  readonly can: (feature: string) => boolean
  /** Whether there is such a feature word at all, be its answer no; functions of plugins count too. */
  readonly has: (feature: string) => boolean
}

/** The value of a condition, or the text of an error. */
export function evaluateCondition(text: string, world: World): boolean | { readonly error: string } {
  // plugin(X), can(X) and has(X) take bare names: they are answered first, the rest is arithmetic.
  const plain = text.replace(
    /\b(plugin|can|has)\s*\(\s*([\w:]+)\s*\)/g,
    (_whole, word: string, name: string) => {
      const ask = word === 'plugin' ? world.pluginLoaded : word === 'can' ? world.can : world.has
      return ask(name) ? ' 1 ' : ' 0 '
    },
  )
  const parsed = parseExpression(plain)
  if ('error' in parsed) return parsed
  const unknown = unknownWord(parsed.expression)
  if (unknown !== undefined) return { error: `unparseable value '${unknown}' in condition` }
  const { names } = parsed.expression
  return (
    evaluateExpression(parsed.expression, (number) => valueOf(names[number] ?? '', world), [
      ...names.keys(),
    ]) !== 0
  )
}

function valueOf(name: string, world: World): number {
  if (name === 'version') return world.version
  if (name === 'perl_version') return world.perlVersion
  return name === 'local_tests_only' && world.local ? 1 : 0
}

function unknownWord(expression: Expression): string | undefined {
  return expression.names.find((name) => !['version', 'perl_version', 'local_tests_only'].includes(name))
}

interface Open {
  readonly word: string
  readonly line: number
  /** Whether lines were skipped outside this block. */
  readonly outside: boolean
  skipping: boolean
}

/** The nest of open conditions of one file. */
export class ConditionStack {
  readonly #open: Open[] = []

  get skipping(): boolean {
    return this.#open.at(-1)?.skipping ?? false
  }

  begin(word: string, line: number, holds: boolean): void {
    const outside = this.skipping
    this.#open.push({ word, line, outside, skipping: outside || !holds })
  }

  /** False if there is nothing open. */
  otherwise(): boolean {
    const top = this.#open.at(-1)
    if (top === undefined) return false
    top.skipping = top.outside || !top.skipping
    return true
  }

  end(): boolean {
    return this.#open.pop() !== undefined
  }

  /** Blocks left open at the end of the file. */
  unclosed(): readonly { readonly word: string; readonly line: number }[] {
    return this.#open
  }
}
