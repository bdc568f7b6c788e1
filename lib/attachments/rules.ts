/** Which files a rule of the configuration means. Pure. */
import type { File } from './inspect.ts'
import { matchesGlob } from './names.ts'

export interface FileRule {
  readonly extensions: readonly string[]
  readonly names: readonly string[]
  readonly types: readonly string[]
  readonly contents: readonly string[]
  readonly inside: boolean
}

/** A file is meant when any of the rule's lists names it. */
export function meant(rule: FileRule, file: File): boolean {
  if (file.depth > 0 && !rule.inside) return false
  return (
    rule.extensions.includes(file.extension) ||
    rule.contents.some((word) => word === file.type || [...file.traits].some((trait) => trait === word)) ||
    rule.names.some((pattern) => matchesGlob(file.name, pattern)) ||
    (file.mediaType !== '' && rule.types.some((pattern) => matchesGlob(file.mediaType, pattern)))
  )
}
