/** A rule as it was read: what it looks at and how. */
import type { EvalKind } from './eval.ts'
import type { Expression } from './expression.ts'
import type { Place } from './problem.ts'
import type { RegisteredPlugin } from './plugins.ts'
import type { RulePattern } from './regex/pattern.ts'

/** Which lines a pattern runs over. */
export type TextTarget = 'body' | 'rawbody' | 'uri' | 'full'

export type Test =
  | { readonly kind: 'text'; readonly target: TextTarget; readonly pattern: RulePattern }
  | {
      readonly kind: 'header'
      /** Header and modifiers, From:addr. */
      readonly spec: string
      readonly negated: boolean
      readonly pattern: RulePattern
      /** Stands in for a header that is not there. */
      readonly ifUnset: string | undefined
    }
  | { readonly kind: 'exists'; readonly spec: string }
  | { readonly kind: 'meta'; readonly expression: Expression }
  | {
      readonly kind: 'eval'
      readonly target: EvalKind
      readonly name: string
      readonly args: readonly string[]
      /** The plugin that has the function; undefined if none is loaded. */
      readonly plugin: RegisteredPlugin | undefined
    }
  /** Declared by `reuse` alone, or by a plugin that is not there: never hits by itself. */
  | { readonly kind: 'empty' }

export interface Definition {
  readonly name: string
  /** The line that defined it, comment removed. */
  readonly line: string
  readonly place: Place
  readonly test: Test
}
