/** Which octets a node's match can begin with. */
import type { Node } from './ast.ts'
import { type CharSet, addAll, emptySet } from './charset.ts'

/** The set, or undefined if the node can match nothing at all or depends on what was captured. */
export function firstSet(node: Node): CharSet | undefined {
  const set = emptySet()
  return collect(node, set) ? set : undefined
}

/** Adds the first octets of `node` to `set`; false if the node can match the empty string. */
function collect(node: Node, set: CharSet): boolean {
  switch (node.kind) {
    case 'set':
      addAll(set, node.set)
      return true
    case 'sequence':
      return node.items.some((item) => collect(item, set))
    case 'either':
      return node.branches.map((branch) => collect(branch, set)).every(Boolean)
    case 'capture':
    case 'atomic':
      return collect(node.body, set)
    case 'repeat':
      return collect(node.body, set) && node.min > 0
    case 'look':
    case 'anchor':
    case 'back':
      return false
  }
}
