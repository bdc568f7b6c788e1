/**
 * A matcher that is linear in the text: it tries what V8 tries, in the same order, and finds the same match and captures,
 * but remembers from which place of the pattern no match is found at which place of the text, and never looks twice.
 * It costs some ten times as much a step as V8.
 *
 * What a backreference can be reached from depends on what was captured, too, and is remembered only until that changes:
 * such patterns may take more, and are bounded by the account (`account.ts`). Memory is bounded, too.
 */
import { OutOfSteps, type StepAccount } from './account.ts'
import { holds, isSame } from './assertions.ts'
import type { Code } from './code.ts'
import { FLAT, OP, RUN_BACK, RUN_LAZY, RUN_POSSESSIVE, RUN_UNIFORM, UNBOUNDED } from './flat.ts'
import { Memory } from './memory.ts'
import { freshStack, grown } from './stack.ts'

/** Most searches take few steps: for them remembering costs more than it saves. */
const FEW_STEPS = 2000

/** Kinds of what stands on the stack, five words each. */
const FRAME = 5
/** The second branch of a split: at, position. */
const SPLIT = 0
/** A run that can still be made shorter or longer: at, where it began, where it ended last, the farthest end. */
const RUN = 1
/** What failed when everything above is gone: memo, position. */
const MARK = 2
/** A capture as it was: slot, value, state of what backreferences read. */
const UNDO = 3

export interface Found {
  readonly index: number
  readonly end: number
  /** Start and end of each group, -1 where it took no part. */
  readonly slots: Int32Array
}

/** One search in one string. */
export class Machine {
  readonly #code: Code
  readonly #octets: Uint8Array
  readonly #account: StepAccount
  readonly #flat: Int32Array
  readonly #sets: readonly Uint8Array[]
  #steps = 0
  #most = 0
  readonly #slots: Int32Array
  readonly #groups: boolean
  #stack = freshStack()
  #top = 0
  /** The rims of the line: nothing looks beyond. */
  #low = 0
  #high = 0
  readonly #memory: Memory
  /** Nothing is remembered before a line has taken more than a few steps. */
  #rememberAfter = 0
  /** A number for what backreferences read just now; 0: nothing. */
  #state = 0
  #states = 0
  /** The last run of each instruction that takes as much as there is. */
  readonly #runFrom: number[] = []
  readonly #runTo: number[] = []

  constructor(code: Code, octets: Uint8Array, account: StepAccount) {
    this.#code = code
    this.#octets = octets
    this.#account = account
    this.#memory = new Memory(code)
    this.#flat = code.flat
    this.#sets = code.sets
    this.#slots = new Int32Array(2 * code.groups.length).fill(-1)
    this.#groups = code.groups.length > 1
  }

  /** Begins with the next line of the text: what was remembered of another one counts for nothing. */
  line(low: number, high: number): void {
    this.#low = low
    this.#high = high
    this.#rememberAfter = this.#account.steps === Infinity ? 0 : this.#steps + FEW_STEPS + 4 * (high - low)
    this.#memory.line(low, high)
  }

  /** A match that begins at `at`. Throws `OutOfSteps`. */
  tryAt(at: number): Found | undefined {
    if (this.#groups) this.#slots.fill(-1)
    this.#state = 0
    this.#top = 0
    const before = this.#steps
    this.#most = before + Math.min(this.#account.steps, 2 ** 50)
    try {
      const end = this.#run(this.#code.start * FLAT, at)
      return end === -1 ? undefined : { index: at, end, slots: this.#slots }
    } finally {
      this.#account.steps -= this.#steps - before
    }
  }

  /** The end of a match of the instructions from `begin` on, or -1. Its captures stay, all its other choices are gone. */
  #run(begin: number, position: number): number {
    const base = this.#top
    const flat = this.#flat
    const sets = this.#sets
    const octets = this.#octets
    const low = this.#low
    const high = this.#high
    let at = begin
    let pos = position
    for (;;) {
      if (++this.#steps > this.#most) throw new OutOfSteps('out of steps')
      let failed = false
      switch (flat[at]) {
        case OP.set:
          if (pos < high && sets[flat[at + 1]!]![octets[pos]!] === 1) pos++
          else failed = true
          at = flat[at + 2]!
          break
        case OP.setBack:
          if (pos > low && sets[flat[at + 1]!]![octets[pos - 1]!] === 1) pos--
          else failed = true
          at = flat[at + 2]!
          break
        case OP.split: {
          const memo = flat[at + 3]!
          if (memo >= 0 && !this.#memory.isEmpty) {
            if (this.#memory.hasFailed(memo, pos, this.#state)) {
              failed = true
              break
            }
            const end = this.#memory.endFrom(memo, pos)
            if (end !== undefined) return this.#succeed(base, end)
          }
          this.#push(SPLIT, at, pos, 0, 0)
          at = flat[at + 1]!
          break
        }
        case OP.run: {
          const memo = flat[at + 7]!
          if (memo >= 0 && !this.#memory.isEmpty) {
            if (this.#memory.hasFailed(memo, pos, this.#state)) {
              failed = true
              break
            }
            const end = this.#memory.endFrom(memo, pos)
            if (end !== undefined) return this.#succeed(base, end)
          }
          const end = this.#beginRun(at, pos)
          if (end === -1) failed = true
          else {
            at = flat[end === pos ? at + 5 : at + 6]!
            pos = end
          }
          break
        }
        case OP.save:
          this.#set(flat[at + 1]!, pos)
          at = flat[at + 2]!
          break
        case OP.clear:
          for (let slot = flat[at + 1]!; slot <= flat[at + 2]!; slot++)
            if (this.#slots[slot] !== -1) this.#set(slot, -1)
          at = flat[at + 3]!
          break
        case OP.assert:
          failed = !holds(flat[at + 1]!, octets, pos, low, high)
          at = flat[at + 2]!
          break
        case OP.look:
          failed = this.#looks(at, pos) === (flat[at + 2] === 1)
          at = flat[at + 3]!
          break
        case OP.atomic: {
          const end = this.#run(flat[at + 1]!, pos)
          if (end === -1) failed = true
          else {
            at = flat[end === pos ? at + 2 : at + 3]!
            pos = end
          }
          break
        }
        case OP.back: {
          const end = this.#refer(at, pos)
          if (end === -1) failed = true
          else {
            at = flat[end === pos ? at + 4 : at + 5]!
            pos = end
          }
          break
        }
        case OP.done:
          return this.#succeed(base, pos)
        default:
          failed = true
      }
      if (!failed) continue
      // back to the last choice
      for (;;) {
        if (this.#top === base) return -1
        const stack = this.#stack
        const frame = this.#top - FRAME
        const kind = stack[frame]!
        if (kind === SPLIT) {
          this.#top = frame
          const split = stack[frame + 1]!
          pos = stack[frame + 2]!
          at = flat[split + 2]!
          if (flat[split + 3]! >= 0 && this.#steps >= this.#rememberAfter)
            this.#push(MARK, flat[split + 3]!, pos, 0, 0)
          break
        }
        if (kind === RUN) {
          const run = stack[frame + 1]!
          const end = this.#nextEnd(frame)
          if (end === -1) continue
          at = flat[end === stack[frame + 2] ? run + 5 : run + 6]!
          pos = end
          break
        }
        this.#top = frame
        if (kind === MARK) this.#fail(stack[frame + 1]!, stack[frame + 2]!)
        else this.#undo(frame)
      }
    }
  }

  /** Ends a run of instructions: keeps its captures, drops its choices, remembers from where it succeeded. */
  #succeed(base: number, end: number): number {
    const stack = this.#stack
    const flat = this.#flat
    const { wins } = this.#code
    let kept = base
    for (let frame = base; frame < this.#top; frame += FRAME) {
      const kind = stack[frame]!
      if (kind === UNDO) {
        if (kept !== frame) stack.copyWithin(kept, frame, frame + FRAME)
        kept += FRAME
        continue
      }
      const at = stack[frame + 1]!
      const memo = kind === MARK ? at : flat[kind === SPLIT ? at + 3 : at + 7]!
      if (wins[memo] !== 1) continue
      const from = stack[frame + 2]!
      if (kind !== RUN || (flat[at + 4]! & RUN_UNIFORM) === 0) this.#win(memo, from, end)
      else {
        const step = (flat[at + 4]! & RUN_BACK) === 0 ? 1 : -1
        const last = stack[frame + 3]!
        for (let place = from; place !== last + step; place += step) this.#win(memo, place, end)
      }
    }
    this.#top = kept
    return end
  }

  /** The first end of a run to go on with; -1 if there is none. */
  #beginRun(at: number, pos: number): number {
    const flat = this.#flat
    const min = flat[at + 2]!
    const max = flat[at + 3]!
    const flags = flat[at + 4]!
    const back = (flags & RUN_BACK) !== 0
    const step = back ? -1 : 1
    if ((flags & RUN_LAZY) !== 0 && min !== max) {
      this.#push(RUN, at, pos, pos, pos)
      return pos
    }
    const uniform = (flags & RUN_UNIFORM) !== 0
    const octets = this.#octets
    const set = this.#sets[flat[at + 1]!]!
    let end = pos
    if (back) {
      while (end > this.#low && pos - end < max && set[octets[end - 1]!] === 1) end--
      this.#steps += (pos - end) >> 2
    } else if (uniform && pos >= (this.#runFrom[at] ?? pos + 1) && pos <= this.#runTo[at]!)
      end = this.#runTo[at]!
    else {
      const rim = max === UNBOUNDED ? this.#high : Math.min(this.#high, pos + max)
      // a run that was looked at before may begin within this one
      const begun = uniform ? (this.#runFrom[at] ?? -1) : -1
      const known = pos < begun ? Math.min(rim, begun) : rim
      while (end < known && set[octets[end]!] === 1) end++
      this.#steps += (end - pos) >> 2
      if (end === known && known < rim) end = this.#runTo[at]!
      if (uniform && end - pos > 8) {
        this.#runFrom[at] = pos
        this.#runTo[at] = end
      }
    }
    if (min === max || (flags & RUN_POSSESSIVE) !== 0) return step * (end - pos) < min ? -1 : end
    const memo = flat[at + 7]!
    if (memo >= 0 && uniform && end !== pos) {
      end = this.#memory.beforeFailed(memo, pos, end, step, this.#state)
      this.#steps += (step * (end - pos)) >> 2
    }
    if (end !== pos) this.#push(RUN, at, pos, end, end)
    else if (memo >= 0 && this.#steps >= this.#rememberAfter) this.#push(MARK, memo, pos, 0, 0)
    return end
  }

  /** The next end of the run whose frame this is; -1, with the frame gone, if there is none. */
  #nextEnd(frame: number): number {
    const stack = this.#stack
    const flat = this.#flat
    const at = stack[frame + 1]!
    const flags = flat[at + 4]!
    const back = (flags & RUN_BACK) !== 0
    const step = back ? -1 : 1
    const begin = stack[frame + 2]!
    let end = stack[frame + 3]!
    const memo = flat[at + 7]!
    const uniform = (flags & RUN_UNIFORM) !== 0
    if ((flags & RUN_LAZY) !== 0) {
      const inside = back ? end > this.#low : end < this.#high
      if (
        inside &&
        step * (end - begin) < flat[at + 3]! &&
        this.#sets[flat[at + 1]!]![this.#octets[back ? end - 1 : end]!] === 1
      ) {
        end += step
        if (!(memo >= 0 && uniform && this.#memory.hasFailed(memo, end, this.#state))) {
          stack[frame + 3] = end
          stack[frame + 4] = end
          return end
        }
      }
    } else if (end !== begin) {
      stack[frame + 3] = end - step
      return end - step
    }
    this.#top = frame
    if (memo >= 0 && this.#steps >= this.#rememberAfter) {
      const last = uniform ? stack[frame + 4]! : begin
      for (let place = begin; place !== last + step; place += step) this.#fail(memo, place)
    }
    return -1
  }

  #looks(at: number, pos: number): boolean {
    const flat = this.#flat
    const memo = flat[at + 4]!
    if (memo >= 0) {
      if (this.#memory.hasFailed(memo, pos, this.#state)) return false
      if (this.#memory.hasFailed(memo + 1, pos, this.#state)) return true
    }
    const base = this.#top
    const found = this.#run(flat[at + 1]!, pos) !== -1
    if (memo >= 0) this.#fail(found ? memo + 1 : memo, pos)
    // what a negative one captured is forgotten
    if (found && flat[at + 2] === 1)
      for (; this.#top > base; this.#top -= FRAME) this.#undo(this.#top - FRAME)
    return found
  }

  #refer(at: number, pos: number): number {
    const flat = this.#flat
    const slot = flat[at + 1]!
    const fold = flat[at + 2] === 1
    const back = flat[at + 3] === 1
    const from = this.#slots[slot]!
    const to = this.#slots[slot + 1]!
    if (from === -1 || to === -1) return pos
    const length = to - from
    const begin = back ? pos - length : pos
    if (begin < this.#low || begin + length > this.#high) return -1
    this.#steps += length >> 2
    const octets = this.#octets
    for (let place = 0; place < length; place++) {
      if (!isSame(octets[from + place]!, octets[begin + place]!, fold)) return -1
    }
    return back ? begin : begin + length
  }

  #set(slot: number, value: number): void {
    this.#push(UNDO, slot, this.#slots[slot]!, this.#state, 0)
    this.#slots[slot] = value
    if (this.#code.referenced[slot] === 1) this.#state = ++this.#states
  }

  #undo(frame: number): void {
    this.#slots[this.#stack[frame + 1]!] = this.#stack[frame + 2]!
    this.#state = this.#stack[frame + 3]!
  }

  #push(kind: number, one: number, two: number, three: number, four: number): void {
    const top = this.#top
    if (top + FRAME > this.#stack.length) this.#stack = grown(this.#stack)
    const stack = this.#stack
    stack[top] = kind
    stack[top + 1] = one
    stack[top + 2] = two
    stack[top + 3] = three
    stack[top + 4] = four
    this.#top = top + FRAME
  }

  #fail(memo: number, pos: number): void {
    if (this.#steps >= this.#rememberAfter) this.#memory.fail(memo, pos, this.#state)
  }

  #win(memo: number, pos: number, end: number): void {
    if (this.#steps >= this.#rememberAfter) this.#memory.win(memo, pos, end)
  }
}
