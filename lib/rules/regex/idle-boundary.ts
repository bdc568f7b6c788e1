/**
 * Finds a word boundary that cannot be meant: text is octets, and to \b those of `é` are no letters, so that /\bétat/
 * matches behind a letter only.
 */
import { type Node, minimumLength } from './ast.ts'
import type { CharSet } from './charset.ts'

/** Whether a \b of the pattern has a character that is not ASCII on one side and nothing certain on the other. */
export function idleBoundary(root: Node): boolean {
  switch (root.kind) {
    case 'sequence':
      return root.items.some((item, at) => isIdle(root.items, at) || idleBoundary(item))
    case 'either':
      return root.branches.some(idleBoundary)
    case 'capture':
    case 'atomic':
    case 'repeat':
    case 'look':
      return idleBoundary(root.body)
    default:
      return false
  }
}

function isIdle(items: readonly Node[], at: number): boolean {
  const item = items[at]
  if (item?.kind !== 'anchor' || item.at !== 'boundary') return false
  const before = items[at - 1]
  const after = items[at + 1]
  return (
    (after !== undefined && isWide(after, 'first') && (before === undefined || !isCertain(before))) ||
    (before !== undefined && isWide(before, 'last') && (after === undefined || !isCertain(after)))
  )
}

/** Whether the first (last) octet of every match is above 127. */
function isWide(node: Node, end: 'first' | 'last'): boolean {
  switch (node.kind) {
    case 'set':
      return isWideSet(node.set)
    case 'sequence': {
      const item = end === 'first' ? node.items[0] : node.items.at(-1)
      return item !== undefined && isWide(item, end)
    }
    case 'either':
      return node.branches.every((branch) => isWide(branch, end))
    case 'capture':
    case 'atomic':
      return isWide(node.body, end)
    case 'repeat':
      return node.min > 0 && isWide(node.body, end)
    default:
      return false
  }
}

function isWideSet(set: CharSet): boolean {
  return set.some((member) => member === 1) && set.subarray(0, 128).every((member) => member === 0)
}

/** Something stands there, so that the boundary may well be meant. */
function isCertain(node: Node): boolean {
  return minimumLength(node) > 0 && !isWide(node, 'first') && !isWide(node, 'last')
}
