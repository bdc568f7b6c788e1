/**
 * Tells quickly that no match begins at a place of the text: an automaton over the next octets, made as texts ask for it.
 * It knows nothing of assertions, references and counts and lets through what these would stop.
 */
import { SUCCESS, ahead } from './ahead.ts'
import { type Node, minimumLength } from './ast.ts'
import { WORD, addAll, negated } from './charset.ts'
import type { Code } from './code.ts'

/** Octets that are looked at. */
const DEPTH = 16
const MAX_NODES = 1000
/** Transitions: not known yet; no match. */
const UNKNOWN = 0
const DEAD = 1
/** Number of the first node. */
const FIRST = 2

/** Place of the start of a text in a table of octets. */
const START = 256

/** 1 for octets that can stand before a match, and for the start of a text. */
export function beforeMatch(node: Node): Uint8Array {
  const before = new Uint8Array(START + 1).fill(1)
  const first = node.kind === 'sequence' ? node.items[0] : undefined
  if (first === undefined) return before
  if (first.kind === 'look' && first.behind && first.negative && first.body.kind === 'set') {
    before.set(negated(first.body.set))
  } else if (first.kind === 'anchor' && first.at === 'boundary' && minimumLength(node) > 0) {
    const { chars } = ahead(node, SUCCESS)
    if (!chars.subarray(0, START).some((member, code) => member === 1 && WORD[code] === 0))
      before.set(negated(WORD))
  }
  return before
}

interface State {
  /** Instructions that wait for an octet, in order. */
  readonly waiting: readonly number[]
  /** A match may be made here, or what comes cannot be told. */
  readonly open: boolean
  readonly next: Uint16Array
}

export class PrefixFilter {
  readonly #code: Code
  readonly #states: State[] = []
  readonly #numbers = new Map<string, number>()
  /** 1 for octets with which a match can begin. */
  readonly begins: Uint8Array
  /** A match can begin at the end of a text. */
  readonly atEnd: boolean

  /** `code` without atomic groups (see `CodeOptions.captures`). */
  constructor(code: Code) {
    this.#code = code
    const first = this.#closure([code.start])
    this.#enter(first)
    this.atEnd = first.open
    this.begins = new Uint8Array(256).fill(first.open ? 1 : 0)
    for (const at of first.waiting) {
      const instruction = code.instructions[at]!
      if (instruction.op === 'set' || instruction.op === 'run') addAll(this.begins, instruction.set)
    }
  }

  /** False: no match begins at `at` of octets that end at `high`. */
  lets(octets: Uint8Array, at: number, high: number): boolean {
    let number = FIRST
    const last = Math.min(high, at + DEPTH)
    for (let pos = at; ; pos++) {
      const state = this.#states[number - FIRST]!
      if (state.open) return true
      if (pos === last) return pos < high
      const code = octets[pos]!
      number = state.next[code] ?? DEAD
      if (number === DEAD) return false
      if (number !== UNKNOWN) continue
      if (this.#states.length >= MAX_NODES) return true
      number = this.#follow(state, code)
      state.next[code] = number
      if (number === DEAD) return false
    }
  }

  #follow(state: State, octet: number): number {
    const reached: number[] = []
    const { instructions } = this.#code
    for (const at of state.waiting) {
      const instruction = instructions[at]!
      if (instruction.op === 'set' && instruction.set[octet] === 1) reached.push(instruction.next)
      if (instruction.op === 'run' && instruction.set[octet] === 1) reached.push(at, instruction.next)
    }
    return reached.length === 0 ? DEAD : this.#enter(this.#closure(reached))
  }

  #enter({ waiting, open }: Omit<State, 'next'>): number {
    const key = open ? 'open' : waiting.join()
    let number = this.#numbers.get(key)
    if (number === undefined) {
      number = this.#states.push({ waiting, open, next: new Uint16Array(256) }) - 1 + FIRST
      this.#numbers.set(key, number)
    }
    return number
  }

  #closure(from: readonly number[]): Omit<State, 'next'> {
    const { instructions } = this.#code
    const seen = new Set(from)
    const waiting: number[] = []
    // a set grows while it is gone through
    for (const at of seen) {
      const instruction = instructions[at]!
      switch (instruction.op) {
        case 'set':
          waiting.push(at)
          break
        case 'run':
          waiting.push(at)
          if (instruction.min === 0) seen.add(instruction.none).add(instruction.next)
          break
        case 'split':
          seen.add(instruction.first).add(instruction.second)
          break
        case 'save':
        case 'clear':
        case 'assert':
        case 'look':
          seen.add(instruction.next)
          break
        case 'fail':
          break
        case 'atomic':
        case 'back':
        case 'done':
          return { waiting: [], open: true }
      }
    }
    return { waiting: waiting.toSorted((one, other) => one - other), open: false }
  }
}
