/**
 * What metas come to as far as the rules they name are known: all expressions as one row of steps for a small machine.
 *
 * Every meta is looked at for every message, most of them to be told 0 by one absent rule; walking trees of closures
 * for that took longer than all else about metas. Values not known are NaN, and so is what depends on them.
 */

const NAME = 0
const NUMBER = 1
/** Of two operands of &&: the value is the newer one's, or the older one's. */
const AND_NEWER = 2
const AND_OLDER = 3
const JUMP_IF_ZERO = 4
const JUMP_UNLESS_ZERO = 5
const DROP = 6
const NOT = 7
const MINUS = 8
const BINARY = 9
/** Takes a condition: goes on, to the other branch, or if it is not known to the end. */
const CHOOSE = 10
const JUMP = 11
const BEGIN = 12
const END = 13

const OPERATORS = ['^', '==', '!=', '<', '>', '<=', '>=', '+', '-', '*', '/']

/** Where nodes of expressions write their steps. */
export class StepWriter {
  readonly steps: number[] = []
  readonly numbers: number[] = []
  readonly #starts = new Map<number, number>()

  /** Writes the steps of meta number `rule`; `write` writes those of its expression. */
  meta(rule: number, write: () => void): void {
    this.#starts.set(rule, this.steps.length)
    this.steps.push(BEGIN, rule, 0)
    const patch = this.steps.length - 1
    write()
    this.steps.push(END, rule)
    this.land(patch)
  }

  name(number: number): void {
    this.steps.push(NAME, number)
  }

  number(value: number): void {
    this.steps.push(NUMBER, this.numbers.push(value) - 1)
  }

  not(): void {
    this.steps.push(NOT)
  }

  minus(): void {
    this.steps.push(MINUS)
  }

  operator(operator: string): void {
    this.steps.push(BINARY, OPERATORS.indexOf(operator))
  }

  and(keep: 'newer' | 'older'): void {
    this.steps.push(keep === 'newer' ? AND_NEWER : AND_OLDER)
  }

  drop(): void {
    this.steps.push(DROP)
  }

  /** A jump whose goal `land` fills in. */
  jump(when: 'zero' | 'notZero' | 'always'): number {
    this.steps.push(when === 'zero' ? JUMP_IF_ZERO : when === 'notZero' ? JUMP_UNLESS_ZERO : JUMP, 0)
    return this.steps.length - 1
  }

  /** Goals for `land`: the other branch, and the end. */
  choose(): readonly [number, number] {
    this.steps.push(CHOOSE, 0, 0)
    return [this.steps.length - 2, this.steps.length - 1]
  }

  /** The jump leads to here. */
  land(jump: number): void {
    this.steps[jump] = this.steps.length
  }

  /** `costs`: what it costs to run each rule, by number. */
  finish(costs: Uint8Array): Foresight {
    return new Foresight(this, this.#starts, costs)
  }
}

export class Foresight {
  readonly #steps: Int32Array
  readonly #numbers: Float64Array
  readonly #starts: ReadonlyMap<number, number>
  /** Long enough for every step to put something on it. */
  readonly #stack: Float64Array

  readonly #costs: Uint8Array
  #awaited = -1

  constructor(
    { steps, numbers }: Pick<StepWriter, 'steps' | 'numbers'>,
    starts: ReadonlyMap<number, number>,
    costs: Uint8Array,
  ) {
    this.#steps = Int32Array.from(steps)
    this.#numbers = Float64Array.from(numbers)
    this.#starts = starts
    this.#costs = costs
    const places = [...starts.values(), steps.length]
    const longest = places.reduce((most, place, at) => Math.max(most, place - (places[at - 1] ?? 0)), 0)
    this.#stack = new Float64Array(longest + 2)
  }

  /** Puts into `known` what can be told of every meta of which nothing is known. */
  tellAll(known: Float64Array): void {
    this.#run(known, 0, this.#steps.length)
  }

  /** Of the names whose values the meta last told waits for, the cheapest to run; -1 if it waits for none. */
  get awaited(): number {
    return this.#awaited
  }

  /** The same for one meta; its value, or NaN. */
  tell(known: Float64Array, rule: number): number {
    const start = this.#starts.get(rule)
    if (start !== undefined) this.#run(known, start, this.#steps[start + 2]!)
    return known[rule]!
  }

  #run(known: Float64Array, start: number, end: number): void {
    const steps = this.#steps
    const stack = this.#stack
    const costs = this.#costs
    let top = 0
    let at = start
    let awaited = -1
    let least = Infinity
    while (at < end) {
      switch (steps[at]!) {
        case BEGIN: {
          const value = known[steps[at + 1]!]!
          at = Number.isNaN(value) ? at + 3 : steps[at + 2]!
          top = 0
          break
        }
        case END: {
          const value = stack[top]!
          // A negative result still hits, once.
          known[steps[at + 1]!] = value < 0 ? 1 : value
          at += 2
          break
        }
        case NAME: {
          const name = steps[at + 1]!
          const value = known[name]!
          stack[++top] = value
          if (Number.isNaN(value) && costs[name]! < least) {
            least = costs[name]!
            awaited = name
          }
          at += 2
          break
        }
        case NUMBER:
          stack[++top] = this.#numbers[steps[at + 1]!]!
          at += 2
          break
        case JUMP_IF_ZERO:
          at = stack[top] === 0 ? steps[at + 1]! : at + 2
          break
        case JUMP_UNLESS_ZERO:
          at = stack[top] === 0 ? at + 2 : steps[at + 1]!
          break
        case JUMP:
          at = steps[at + 1]!
          break
        case CHOOSE: {
          const condition = stack[top]!
          if (Number.isNaN(condition)) at = steps[at + 2]!
          else {
            top--
            at = condition === 0 ? steps[at + 1]! : at + 3
          }
          break
        }
        case AND_NEWER:
        case AND_OLDER: {
          const newer = stack[top--]!
          const older = stack[top]!
          if (newer === 0) stack[top] = 0
          else if (Number.isNaN(older) || Number.isNaN(newer)) stack[top] = NaN
          else if (steps[at] === AND_NEWER) stack[top] = newer
          at++
          break
        }
        case DROP:
          top--
          at++
          break
        case NOT: {
          const value = stack[top]!
          if (!Number.isNaN(value)) stack[top] = value === 0 ? 1 : 0
          at++
          break
        }
        case MINUS:
          stack[top] = -stack[top]!
          at++
          break
        default: {
          const right = stack[top--]!
          stack[top] = operation(steps[at + 1]!, stack[top]!, right)
          at += 2
        }
      }
    }
    this.#awaited = awaited
  }
}

/** The operator by its place in OPERATORS. */
function operation(operator: number, left: number, right: number): number {
  if (operator === 9 && (left === 0 || right === 0)) return 0
  if (Number.isNaN(left) || Number.isNaN(right)) return NaN
  switch (operator) {
    case 0:
      return left ^ right
    case 1:
      return left === right ? 1 : 0
    case 2:
      return left === right ? 0 : 1
    case 3:
      return left < right ? 1 : 0
    case 4:
      return left > right ? 1 : 0
    case 5:
      return left <= right ? 1 : 0
    case 6:
      return left >= right ? 1 : 0
    case 7:
      return left + right
    case 8:
      return left - right
    case 9:
      return left * right
    default:
      // A division by zero is for the expression itself to report.
      return right === 0 ? NaN : left / right
  }
}
