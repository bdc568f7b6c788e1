/**
 * A pattern tree as instructions for `machine.ts`, with the meaning that `emit.ts` gives it in JavaScript: captures are
 * forgotten when a loop begins anew, an iteration that consumes nothing is no iteration, a reference to a group that took
 * no part matches nothing.
 *
 * Code is made from the end: each node is told where to go on. Within the body of a loop that can match nothing there
 * are two places to go on to, one for "nothing consumed yet" (at last a failure) and one for the rest.
 */
import { OutOfSteps } from './account.ts'
import { type Anchor, type Node, type Pattern, minimumLength } from './ast.ts'
import type { CharSet } from './charset.ts'
import { type Flattened, flatten } from './flat.ts'

export type Instruction =
  | { readonly op: 'set'; readonly set: CharSet; readonly back: boolean; readonly next: number }
  /** `first` is tried before `second`; `memo` numbers those whose failure is remembered, -1 for none. */
  | { readonly op: 'split'; first: number; second: number; memo: number }
  /** A set again and again; `memo` as above. */
  | {
      readonly op: 'run'
      readonly set: CharSet
      readonly min: number
      readonly max: number
      readonly mode: 'greedy' | 'lazy' | 'possessive'
      readonly back: boolean
      /** Where nothing was consumed. */
      readonly none: number
      readonly next: number
      memo: number
    }
  | { readonly op: 'save'; readonly slot: number; readonly next: number }
  | { readonly op: 'clear'; readonly from: number; readonly to: number; readonly next: number }
  | { readonly op: 'assert'; readonly at: Anchor; readonly next: number }
  /** `memo`: whether the body matches at a place is remembered under this number and the one after; -1: it is not. */
  | {
      readonly op: 'look'
      readonly body: number
      readonly negative: boolean
      readonly next: number
      memo: number
    }
  | { readonly op: 'atomic'; readonly body: number; readonly none: number; readonly next: number }
  | {
      readonly op: 'back'
      readonly slot: number
      readonly fold: boolean
      readonly back: boolean
      readonly none: number
      readonly next: number
    }
  | { readonly op: 'fail' }
  | { readonly op: 'done' }

export interface Code extends Flattened {
  readonly instructions: readonly Instruction[]
  readonly start: number
  /** Numbers given to what is remembered. */
  readonly memos: number
  /** By memo: 1 where what is remembered holds only as long as what backreferences name is the same. */
  readonly fleeting: Uint8Array
  /** Slots that backreferences read. */
  readonly referenced: Uint8Array
  /** By memo: 1 where success is remembered, too, within atomic groups and lookarounds that keep no captures. */
  readonly wins: Uint8Array
  /** Captures in the order of their numbers; number 0 is the match. */
  readonly groups: readonly (string | undefined)[]
}

/** Counted groups are written out as often as they count: a pattern that gets longer is not taken. */
const MAX_INSTRUCTIONS = 50_000

/** A pattern that is too big to be run by our own matcher. */
export class TooBig extends OutOfSteps {}

export interface CodeOptions {
  /** As in `EmitOptions`. */
  readonly captures: boolean
}

interface Groups {
  readonly names: (string | undefined)[]
  /** Perl's number -> ours. */
  readonly numbers: Map<number, number>
  /** References to groups that are closed where they stand. */
  readonly valid: Set<Node>
}

function groupsOf({ root }: Pattern, { captures }: CodeOptions): Groups {
  const referenced = new Set<number>()
  walk(root, (node) => {
    if (node.kind === 'back') referenced.add(node.index)
  })
  const groups: Groups = { names: [undefined], numbers: new Map(), valid: new Set() }
  const closed = new Set<number>()
  const seen = new Map<string, number>()
  walk(
    root,
    (node) => {
      if (node.kind === 'back' && closed.has(node.index)) groups.valid.add(node)
      if (node.kind !== 'capture' || !(captures || node.name !== undefined || referenced.has(node.index)))
        return
      const times = (seen.get(node.name ?? '') ?? 0) + 1
      if (node.name !== undefined) seen.set(node.name, times)
      const name = node.name === undefined || times === 1 ? node.name : `${node.name}$${times}`
      groups.numbers.set(node.index, groups.names.push(name) - 1)
    },
    (node) => {
      if (node.kind === 'capture') closed.add(node.index)
    },
  )
  return groups
}

function walk(node: Node, enter: (node: Node) => void, leave: (node: Node) => void = () => undefined): void {
  enter(node)
  if (node.kind === 'sequence') for (const item of node.items) walk(item, enter, leave)
  else if (node.kind === 'either') for (const branch of node.branches) walk(branch, enter, leave)
  else if ('body' in node) walk(node.body, enter, leave)
  leave(node)
}

interface Place {
  /** Read from right to left, within a lookbehind. */
  readonly back: boolean
  /** Within an atomic group or lookaround. */
  readonly inner: boolean
}

class Writer {
  readonly instructions: Instruction[] = []
  memos = 0
  readonly wins: number[] = []
  readonly #groups: Groups
  readonly #captures: boolean
  readonly #fail: number

  constructor(groups: Groups, captures: boolean) {
    this.#groups = groups
    this.#captures = captures
    this.#fail = this.#add({ op: 'fail' })
  }

  done(): number {
    return this.#add({ op: 'done' })
  }

  /** Where `node` begins, given where to go on: `none` if it consumed nothing, else `next`. */
  node(node: Node, none: number, next: number, place: Place): number {
    switch (node.kind) {
      case 'set':
        return this.#add({ op: 'set', set: node.set, back: place.back, next })
      case 'sequence':
        return this.#sequence(node.items, none, next, place)
      case 'either': {
        const starts = node.branches.map((branch) => this.node(branch, none, next, place))
        return starts.reduceRight((second, first) => this.#split(first, second, place))
      }
      case 'capture':
        return this.#capture(node, none, next, place)
      case 'atomic': {
        if (this.#captures || place.back) return this.node(node.body, none, next, place)
        const end = this.done()
        const inner = this.#capturesIn(node.body) === undefined
        return this.#add({
          op: 'atomic',
          body: this.node(node.body, end, end, { back: false, inner }),
          none,
          next,
        })
      }
      case 'repeat':
        return this.#repeat(node, none, next, place)
      case 'look': {
        const end = this.done()
        const inner = this.#capturesIn(node.body) === undefined
        const body = this.node(node.body, end, end, { back: node.behind, inner })
        const memo = inner ? this.#memo(false, 2) : -1
        return this.#add({ op: 'look', body, negative: node.negative, next: none, memo })
      }
      case 'back': {
        const number = this.#groups.numbers.get(node.index)
        if (number === undefined || !this.#groups.valid.has(node)) return this.#fail
        return this.#add({ op: 'back', slot: 2 * number, fold: node.fold, back: place.back, none, next })
      }
      case 'anchor':
        return this.#add({ op: 'assert', at: node.at, next: none })
    }
  }

  #sequence(items: readonly Node[], none: number, next: number, place: Place): number {
    let [nothing, something] = [none, next]
    for (const item of place.back ? items : items.toReversed()) {
      const [before, after] = [nothing, something]
      something = this.node(item, after, after, place)
      nothing =
        before === after || minimumLength(item) > 0 ? something : this.node(item, before, after, place)
    }
    return nothing
  }

  #capture(node: Node & { kind: 'capture' }, none: number, next: number, place: Place): number {
    const number = this.#groups.numbers.get(node.index)
    if (number === undefined) return this.node(node.body, none, next, place)
    const [begin, end] = place.back ? [2 * number + 1, 2 * number] : [2 * number, 2 * number + 1]
    const after = this.#add({ op: 'save', slot: end, next })
    const afterNothing = none === next ? after : this.#add({ op: 'save', slot: end, next: none })
    return this.#add({ op: 'save', slot: begin, next: this.node(node.body, afterNothing, after, place) })
  }

  #repeat(node: Node & { kind: 'repeat' }, none: number, next: number, place: Place): number {
    const { body, min, max, mode } = node
    if (max === 0) return none
    if (body.kind === 'set') {
      const { set } = body
      const run = { op: 'run', set, mode: this.#modeIn(mode, place), back: place.back } as const
      const rest = (most: number): Instruction => ({
        ...run,
        min: 0,
        max: most,
        none: min > 0 ? next : none,
        next,
        memo: this.#memo(place.inner),
      })
      // what must be there, then the choice
      if (min === 0) return this.#add(rest(max))
      const after = min === max ? next : this.#add(rest(max - min))
      return this.#add({ ...run, min, max: min, none: after, next: after, memo: -1 })
    }
    if (mode === 'possessive') {
      return this.node({ kind: 'atomic', body: { ...node, mode: 'greedy' } }, none, next, place)
    }
    const lazy = mode === 'lazy'
    // where to go on when no more is wanted: it depends on whether anything was consumed before
    let [nothing, something] = [none, next]
    if (max === Infinity) {
      // the loop: each iteration consumes something
      const loop = this.#split(-1, -1, place)
      const again = this.#iteration(body, this.#fail, loop, place)
      this.#settle(loop, again, next, lazy)
      something = loop
      nothing = none === next ? loop : this.#split(lazy ? none : again, lazy ? again : none, place)
    } else {
      for (let time = min; time < max; time++) {
        const again = this.#iteration(body, this.#fail, something, place)
        const more = this.#split(lazy ? next : again, lazy ? again : next, place)
        if (none === next) nothing = more
        else nothing = this.#split(lazy ? none : again, lazy ? again : none, place)
        something = more
      }
    }
    for (let time = 0; time < min; time++) {
      const same = nothing === something
      const begin = this.#iteration(body, nothing, something, place)
      something = same || minimumLength(body) > 0 ? begin : this.#iteration(body, something, something, place)
      nothing = begin
    }
    return nothing
  }

  /** V8 has no possessive repeats: they are written as atomic groups, which a lookbehind or a reader of captures has not. */
  #modeIn(mode: 'greedy' | 'lazy' | 'possessive', place: Place): 'greedy' | 'lazy' | 'possessive' {
    return mode === 'possessive' && (place.back || this.#captures) ? 'greedy' : mode
  }

  #iteration(body: Node, none: number, next: number, place: Place): number {
    const begin = this.node(body, none, next, place)
    const inside = this.#capturesIn(body)
    return inside === undefined
      ? begin
      : this.#add({ op: 'clear', from: 2 * inside.from, to: 2 * inside.to + 1, next: begin })
  }

  #capturesIn(body: Node): { readonly from: number; readonly to: number } | undefined {
    const numbers: number[] = []
    walk(body, (node) => {
      const number = node.kind === 'capture' ? this.#groups.numbers.get(node.index) : undefined
      if (number !== undefined) numbers.push(number)
    })
    return numbers.length === 0 ? undefined : { from: Math.min(...numbers), to: Math.max(...numbers) }
  }

  #split(first: number, second: number, place: Place): number {
    return this.#add({ op: 'split', first, second, memo: this.#memo(place.inner) })
  }

  #settle(at: number, again: number, leave: number, lazy: boolean): void {
    const split = this.instructions[at]
    if (split?.op !== 'split') return
    split.first = lazy ? leave : again
    split.second = lazy ? again : leave
  }

  #memo(inner: boolean, count = 1): number {
    const memo = this.memos
    this.memos += count
    for (let one = 0; one < count; one++) this.wins.push(inner ? 1 : 0)
    return memo
  }

  #add(instruction: Instruction): number {
    if (this.instructions.length >= MAX_INSTRUCTIONS) throw new TooBig(`more than ${MAX_INSTRUCTIONS} steps`)
    return this.instructions.push(instruction) - 1
  }
}

/** Throws `TooBig`. */
export function codeOf(pattern: Pattern, options: CodeOptions): Code {
  const groups = groupsOf(pattern, options)
  const writer = new Writer(groups, options.captures)
  const end = writer.done()
  const start = writer.node(pattern.root, end, end, { back: false, inner: false })
  const { instructions, memos } = writer
  const wins = Uint8Array.from(writer.wins)
  const fleeting = new Uint8Array(memos)
  for (const memo of beforeReferences(instructions)) {
    fleeting[memo] = 1
    wins[memo] = 0
  }
  const referenced = new Uint8Array(2 * groups.names.length)
  for (const instruction of instructions)
    if (instruction.op === 'back') referenced[instruction.slot] = referenced[instruction.slot + 1] = 1
  return {
    ...flatten(instructions),
    instructions,
    start,
    memos,
    wins,
    fleeting,
    referenced,
    groups: groups.names,
  }
}

/** Memos of places from which a backreference can be reached: what comes of them depends on more than the place. */
function beforeReferences(instructions: readonly Instruction[]): readonly number[] {
  const before = new Map<number, number[]>()
  const queue: number[] = []
  for (const [at, instruction] of instructions.entries()) {
    if (instruction.op === 'back') queue.push(at)
    for (const target of targetsOf(instruction)) {
      const list = before.get(target)
      if (list === undefined) before.set(target, [at])
      else list.push(at)
    }
  }
  const tainted = new Set(queue)
  for (let at = queue.pop(); at !== undefined; at = queue.pop()) {
    for (const source of before.get(at) ?? []) {
      if (tainted.has(source)) continue
      tainted.add(source)
      queue.push(source)
    }
  }
  return [...tainted].flatMap((at) => {
    const instruction = instructions[at]
    if (instruction === undefined || !('memo' in instruction) || instruction.memo < 0) return []
    return instruction.op === 'look' ? [instruction.memo, instruction.memo + 1] : [instruction.memo]
  })
}

function targetsOf(instruction: Instruction): readonly number[] {
  switch (instruction.op) {
    case 'split':
      return [instruction.first, instruction.second]
    case 'look':
      return [instruction.body, instruction.next]
    case 'atomic':
      return [instruction.body, instruction.none, instruction.next]
    case 'run':
    case 'back':
      return [instruction.none, instruction.next]
    case 'set':
    case 'save':
    case 'clear':
    case 'assert':
      return [instruction.next]
    case 'fail':
    case 'done':
      return []
  }
}
