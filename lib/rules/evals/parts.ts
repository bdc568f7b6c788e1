/** Walks over a message's MIME tree for eval functions; the mail layer has bounded its size and depth. */
import type { Message, Octets } from '../../mail/message.ts'
import type { Part } from '../../mail/mime.ts'

/** The part and everything in it, parents before children, in order of appearance. */
export function partsBelow(part: Part): readonly Part[] {
  const found: Part[] = []
  const waiting: Part[] = [part]
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    found.push(next)
    if (!next.isLeaf) waiting.push(...next.parts.toReversed())
  }
  return found
}

const ALL = new WeakMap<Message, readonly Part[]>()

/** Every part of the message, the message itself first. */
export function allParts(message: Message): readonly Part[] {
  const known = ALL.get(message)
  if (known !== undefined) return known
  const parts = partsBelow(message.root)
  ALL.set(message, parts)
  return parts
}

/** The last value of a part's header, lower case, white space at its ends removed; '' if absent. */
export function partHeader(part: Part, name: string): Octets {
  return (part.header(name).at(-1) ?? '').toLowerCase().replace(/\n$/, '')
}
