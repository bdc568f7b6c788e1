/** The tree of a Perl pattern, with case folding and classes already worked out. */
import type { CharSet } from './charset.ts'

export type Anchor =
  /** \A, and ^ without /m */
  | 'start'
  /** ^ with /m */
  | 'lineStart'
  /** \Z, and $ without /m: at the end or before a final newline */
  | 'end'
  /** $ with /m */
  | 'lineEnd'
  /** \z */
  | 'veryEnd'
  | 'boundary'
  | 'notBoundary'

export type Node =
  | { readonly kind: 'set'; readonly set: CharSet }
  | { readonly kind: 'sequence'; readonly items: readonly Node[] }
  | { readonly kind: 'either'; readonly branches: readonly Node[] }
  | { readonly kind: 'capture'; readonly index: number; readonly name?: string; readonly body: Node }
  | { readonly kind: 'atomic'; readonly body: Node }
  | {
      readonly kind: 'repeat'
      readonly body: Node
      readonly min: number
      readonly max: number
      readonly mode: RepeatMode
    }
  | { readonly kind: 'look'; readonly behind: boolean; readonly negative: boolean; readonly body: Node }
  | { readonly kind: 'back'; readonly index: number; readonly fold: boolean }
  | { readonly kind: 'anchor'; readonly at: Anchor }

export type RepeatMode = 'greedy' | 'lazy' | 'possessive'

export interface Pattern {
  readonly root: Node
  /** Number of capture groups. */
  readonly captures: number
  /** Names of capture groups, in order of appearance, repeated ones once. */
  readonly names: readonly string[]
}

export const NOTHING: Node = Object.freeze({ kind: 'sequence', items: Object.freeze([]) })

/** The least number of octets a node consumes. */
export function minimumLength(node: Node): number {
  switch (node.kind) {
    case 'set':
      return 1
    case 'sequence':
      return node.items.reduce((sum, item) => sum + minimumLength(item), 0)
    case 'either':
      return Math.min(...node.branches.map(minimumLength))
    case 'capture':
    case 'atomic':
      return minimumLength(node.body)
    case 'repeat':
      return node.min * minimumLength(node.body)
    case 'look':
    case 'back':
    case 'anchor':
      return 0
  }
}

/** The most octets a node can consume; Infinity where there is no bound, or none that is easily told. */
export function maximumLength(node: Node): number {
  switch (node.kind) {
    case 'set':
      return 1
    case 'sequence':
      return node.items.reduce((sum, item) => sum + maximumLength(item), 0)
    case 'either':
      return Math.max(...node.branches.map(maximumLength))
    case 'capture':
    case 'atomic':
      return maximumLength(node.body)
    case 'repeat': {
      const length = maximumLength(node.body)
      return length === 0 || node.max === 0 ? 0 : length * node.max
    }
    case 'back':
      return Infinity
    case 'look':
    case 'anchor':
      return 0
  }
}
