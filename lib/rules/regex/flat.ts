/** Instructions as numbers, FLAT words each, for a matcher whose time goes into reading them. */
import type { Anchor } from './ast.ts'
import type { Instruction } from './code.ts'

export const FLAT = 8

/** First word of each; what the others mean stands in `write`. */
export const OP = Object.freeze({
  set: 0,
  setBack: 1,
  split: 2,
  run: 3,
  save: 4,
  clear: 5,
  assert: 6,
  look: 7,
  atomic: 8,
  back: 9,
  fail: 10,
  done: 11,
})

/** Flags of a run. */
export const RUN_LAZY = 1
export const RUN_POSSESSIVE = 2
export const RUN_BACK = 4
/** Without bounds, and going on the same wherever it ends: from within it has the same ends. */
export const RUN_UNIFORM = 8
/** The most a run can count. */
export const UNBOUNDED = 2 ** 31 - 1

export const ANCHORS: readonly Anchor[] = [
  'start',
  'lineStart',
  'end',
  'lineEnd',
  'veryEnd',
  'boundary',
  'notBoundary',
]

export interface Flattened {
  /** Places are numbers of words. */
  readonly flat: Int32Array
  readonly sets: readonly Uint8Array[]
}

export function flatten(instructions: readonly Instruction[]): Flattened {
  const flat = new Int32Array(instructions.length * FLAT)
  const sets = new Map<Uint8Array, number>()
  const numberOf = (set: Uint8Array): number => {
    const number = sets.get(set) ?? sets.size
    sets.set(set, number)
    return number
  }
  for (const [at, instruction] of instructions.entries()) flat.set(write(instruction, numberOf), at * FLAT)
  return { flat, sets: [...sets.keys()] }
}

const place = (number: number): number => number * FLAT

function write(instruction: Instruction, numberOf: (set: Uint8Array) => number): readonly number[] {
  switch (instruction.op) {
    case 'set':
      return [instruction.back ? OP.setBack : OP.set, numberOf(instruction.set), place(instruction.next)]
    case 'split':
      return [OP.split, place(instruction.first), place(instruction.second), instruction.memo]
    case 'run': {
      const { set, min, max, mode, back, none, next, memo } = instruction
      const flags =
        (mode === 'lazy' ? RUN_LAZY : 0) |
        (mode === 'possessive' ? RUN_POSSESSIVE : 0) |
        (back ? RUN_BACK : 0) |
        (max === Infinity && none === next ? RUN_UNIFORM : 0)
      const most = max === Infinity ? UNBOUNDED : max
      return [OP.run, numberOf(set), min, most, flags, place(none), place(next), memo]
    }
    case 'save':
      return [OP.save, instruction.slot, place(instruction.next)]
    case 'clear':
      return [OP.clear, instruction.from, instruction.to, place(instruction.next)]
    case 'assert':
      return [OP.assert, ANCHORS.indexOf(instruction.at), place(instruction.next)]
    case 'look':
      return [
        OP.look,
        place(instruction.body),
        Number(instruction.negative),
        place(instruction.next),
        instruction.memo,
      ]
    case 'atomic':
      return [OP.atomic, place(instruction.body), place(instruction.none), place(instruction.next)]
    case 'back': {
      const { slot, fold, back, none, next } = instruction
      return [OP.back, slot, Number(fold), Number(back), place(none), place(next)]
    }
    case 'fail':
      return [OP.fail]
    case 'done':
      return [OP.done]
  }
}
