/** Reads the rule files that the configuration names: files as they are, directories by their *.pre and *.cf in order. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, isAbsolute, join } from 'node:path'
import { whyUnreadable } from '../fault.ts'
import { packageRoot } from '../package-root.ts'
import type { RuleSource } from './worker.ts'

/** A rule path that cannot be read: the path and what is wrong with it. */
export interface RuleFileError {
  readonly file: string
  readonly text: string
}

/** `builtin` is the rule set of this package. */
export function readRuleFiles(paths: readonly string[]): {
  readonly sources: readonly RuleSource[]
  readonly errors: readonly RuleFileError[]
} {
  const sources: RuleSource[] = []
  const errors: RuleFileError[] = []
  for (const path of paths.map(resolveBuiltin))
    try {
      for (const file of filesOf(path)) sources.push({ file, text: readFileSync(file, 'latin1') })
    } catch (error) {
      errors.push({ file: path, text: whyUnreadable(error) })
    }
  return { sources, errors }
}

/** The file of an `include` line, its path taken from the folder of the file it stands in; undefined: not to be had. */
export function readIncluded(path: string, from: string): RuleSource | undefined {
  const file = isAbsolute(path) ? path : join(dirname(from), path)
  try {
    return { file, text: readFileSync(file, 'latin1') }
  } catch {
    return undefined
  }
}

const resolveBuiltin = (path: string): string => (path === 'builtin' ? join(packageRoot(), 'rules') : path)

/** SpamAssassin's order: all .pre files, then all .cf files, each by name. */
function filesOf(path: string): readonly string[] {
  if (!statSync(path).isDirectory()) return [path]
  const names = readdirSync(path).toSorted()
  const ending = (end: string) => names.filter((name) => name.endsWith(end) && !name.startsWith('.'))
  return [...ending('.pre'), ...ending('.cf')].map((name) => join(path, name))
}
