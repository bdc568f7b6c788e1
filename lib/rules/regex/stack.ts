/** The stack of choices of a search: shared by all searches of a thread, since one is over before the next begins. */
import { OutOfSteps } from './account.ts'

/** Words of 32 bits. */
const MAX_STACK = 8_000_000
const START = 1 << 12
/** What one hostile text made grow is not kept. */
const MAX_KEPT = 16 * START

let kept = new Int32Array(START)

export function freshStack(): Int32Array {
  return kept
}

/** The same with twice the room. Throws `OutOfSteps` where that is too much. */
export function grown(stack: Int32Array): Int32Array {
  const length = 2 * stack.length
  if (length > MAX_STACK) throw new OutOfSteps('out of stack')
  const larger = new Int32Array(length)
  larger.set(stack)
  if (length <= MAX_KEPT) kept = larger
  return larger
}
