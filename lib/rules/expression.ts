/**
 * The arithmetic of meta rules: numbers, rule names, + - * / ! && || comparisons, ?: and parentheses.
 *
 * Values are numbers; && and || give the deciding operand as in Perl, so that a meta's value can count. An expression
 * is compiled into one closure a node: no code is generated from rule text.
 */
import type { StepWriter } from './foresight.ts'

/** Looks a name up by what `slots` has in its place in `Expression.names`: the value of a rule that hit, else 0. */
export type Values = (number: number) => number
/** What stands for each of `Expression.names`: the numbers of rules. */
export type Slots = ArrayLike<number>

/** A compiled node. */
interface Compiled {
  run(values: Values, slots: Slots): number
  /** Writes the steps that tell the value as far as names are known. */
  foresee(writer: StepWriter, slots: Slots): void
  /** What it costs to run, the costliest name counting; conjunctions run the cheap operands first from now on. */
  arrange(costs: Costs): number
}

/** The cost of the name in a slot. */
export type Costs = (slot: number) => number

export interface Expression {
  readonly text: string
  /** Every name in it once, in order of appearance. */
  readonly names: readonly string[]
  readonly root: Compiled
}

const TOKEN = /\s*(?:(\d+(?:\.\d*)?|\.\d+)|([A-Za-z_]\w*)|(\|\||&&|[<>=!]=|[-+*/()<>!?:^]))/y
const MAX_DEPTH = 200

class ExpressionError extends Error {}
/** Thrown by a division by zero while running; the caller takes it for 0. */
class DivisionByZero extends Error {}

interface Level {
  readonly operators: readonly string[]
  readonly apply: (operator: string, left: Compiled, right: Compiled) => Compiled
}

/** From weakest to strongest binding; && and || are read as one node of many operands instead. */
const LEVELS: readonly Level[] = [
  { operators: ['^'], apply: arithmetic },
  { operators: ['==', '!='], apply: arithmetic },
  { operators: ['<', '>', '<=', '>='], apply: arithmetic },
  { operators: ['+', '-'], apply: arithmetic },
  { operators: ['*', '/'], apply: arithmetic },
]

const OPERATIONS: Readonly<Record<string, (left: number, right: number) => number>> = {
  '^': (left, right) => left ^ right,
  '==': (left, right) => (left === right ? 1 : 0),
  '!=': (left, right) => (left === right ? 0 : 1),
  '<': (left, right) => (left < right ? 1 : 0),
  '>': (left, right) => (left > right ? 1 : 0),
  '<=': (left, right) => (left <= right ? 1 : 0),
  '>=': (left, right) => (left >= right ? 1 : 0),
  '+': (left, right) => left + right,
  '-': (left, right) => left - right,
  '*': (left, right) => left * right,
  '/': divide,
}

function divide(left: number, right: number): number {
  if (right === 0) throw new DivisionByZero()
  return left / right
}

function arithmetic(operator: string, left: Compiled, right: Compiled): Compiled {
  const operation = OPERATIONS[operator]!
  return {
    arrange: (costs) => Math.max(left.arrange(costs), right.arrange(costs)),
    run: (values, slots) => operation(left.run(values, slots), right.run(values, slots)),
    foresee(writer, slots) {
      left.foresee(writer, slots)
      right.foresee(writer, slots)
      writer.operator(operator)
    },
  }
}

/** All operands non-zero: the last one's value; else 0. In whatever order they are asked, the value is the same. */
function conjunction(operands: readonly Compiled[]): Compiled {
  const last = operands.at(-1)
  let order = operands
  return {
    arrange(costs) {
      const priced = operands.map((operand) => ({ operand, cost: operand.arrange(costs) }))
      priced.sort((one, other) => one.cost - other.cost)
      order = priced.map(({ operand }) => operand)
      return priced.at(-1)?.cost ?? 0
    },
    run(values, slots) {
      let result = 0
      for (const operand of order) {
        const value = operand.run(values, slots)
        if (value === 0) return 0
        if (operand === last) result = value
      }
      return result
    },
    foresee(writer, slots) {
      const exits: number[] = []
      for (const [at, operand] of order.entries()) {
        operand.foresee(writer, slots)
        if (at > 0) writer.and(operand === last ? 'newer' : 'older')
        if (at < order.length - 1) exits.push(writer.jump('zero'))
      }
      for (const exit of exits) writer.land(exit)
    },
  }
}

/** The first operand that is not 0. */
function disjunction(operands: readonly Compiled[]): Compiled {
  return {
    arrange: (costs) => Math.max(...operands.map((operand) => operand.arrange(costs))),
    run(values, slots) {
      for (const operand of operands) {
        const value = operand.run(values, slots)
        if (value !== 0) return value
      }
      return 0
    },
    foresee(writer, slots) {
      const exits: number[] = []
      for (const [at, operand] of operands.entries()) {
        if (at > 0) writer.drop()
        operand.foresee(writer, slots)
        if (at < operands.length - 1) exits.push(writer.jump('notZero'))
      }
      for (const exit of exits) writer.land(exit)
    },
  }
}

function choice(condition: Compiled, yes: Compiled, no: Compiled): Compiled {
  return {
    arrange: (costs) => Math.max(condition.arrange(costs), yes.arrange(costs), no.arrange(costs)),
    run: (values, slots) => (condition.run(values, slots) === 0 ? no : yes).run(values, slots),
    foresee(writer, slots) {
      condition.foresee(writer, slots)
      const [other, end] = writer.choose()
      yes.foresee(writer, slots)
      const exit = writer.jump('always')
      writer.land(other)
      no.foresee(writer, slots)
      writer.land(end)
      writer.land(exit)
    },
  }
}

function not(operand: Compiled): Compiled {
  return {
    arrange: operand.arrange,
    run: (values, slots) => (operand.run(values, slots) === 0 ? 1 : 0),
    foresee(writer, slots) {
      operand.foresee(writer, slots)
      writer.not()
    },
  }
}

function minus(operand: Compiled): Compiled {
  return {
    arrange: operand.arrange,
    run: (values, slots) => -operand.run(values, slots),
    foresee(writer, slots) {
      operand.foresee(writer, slots)
      writer.minus()
    },
  }
}

function constant(value: number): Compiled {
  return { arrange: () => 0, run: () => value, foresee: (writer) => writer.number(value) }
}

function name(slot: number): Compiled {
  return {
    arrange: (costs) => costs(slot),
    run: (values, slots) => values(slots[slot] ?? 0),
    foresee: (writer, slots) => writer.name(slots[slot] ?? 0),
  }
}

class ExpressionParser {
  readonly #tokens: readonly string[]
  readonly names: string[] = []
  #at = 0
  #depth = 0

  constructor(tokens: readonly string[]) {
    this.#tokens = tokens
  }

  whole(): Compiled {
    const root = this.#choice()
    if (this.#at < this.#tokens.length) throw new ExpressionError(`unexpected '${this.#tokens[this.#at]}'`)
    return root
  }

  #slot(name: string): number {
    const known = this.names.indexOf(name)
    return known === -1 ? this.names.push(name) - 1 : known
  }

  #take(): string | undefined {
    return this.#tokens[this.#at++]
  }

  #choice(): Compiled {
    if (++this.#depth > MAX_DEPTH) throw new ExpressionError(`nested deeper than ${MAX_DEPTH}`)
    const condition = this.#series('||')
    if (this.#tokens[this.#at] !== '?') {
      this.#depth--
      return condition
    }
    this.#at++
    const yes = this.#choice()
    if (this.#take() !== ':') throw new ExpressionError("'?' without ':'")
    const no = this.#choice()
    this.#depth--
    return choice(condition, yes, no)
  }

  /** Operands of || or, within those, of &&. */
  #series(operator: '||' | '&&'): Compiled {
    const operands: Compiled[] = []
    do {
      operands.push(operator === '||' ? this.#series('&&') : this.#level(0))
    } while (this.#tokens[this.#at] === operator && ++this.#at > 0)
    if (operands.length === 1) return operands[0]!
    return operator === '||' ? disjunction(operands) : conjunction(operands)
  }

  #level(index: number): Compiled {
    const level = LEVELS[index]
    if (level === undefined) return this.#unary()
    let left = this.#level(index + 1)
    for (;;) {
      const operator = this.#tokens[this.#at]
      if (operator === undefined || !level.operators.includes(operator)) return left
      this.#at++
      left = level.apply(operator, left, this.#level(index + 1))
    }
  }

  #unary(): Compiled {
    const token = this.#take()
    if (token === undefined) throw new ExpressionError('unexpected end')
    if (token === '!' || token === '-' || token === '+') {
      if (++this.#depth > MAX_DEPTH) throw new ExpressionError(`nested deeper than ${MAX_DEPTH}`)
      const operand = this.#unary()
      this.#depth--
      if (token === '!') return not(operand)
      return token === '-' ? minus(operand) : operand
    }
    if (token === '(') {
      const inner = this.#choice()
      if (this.#take() !== ')') throw new ExpressionError("'(' without ')'")
      return inner
    }
    if (/^[\d.]/.test(token)) {
      return constant(Number(token))
    }
    if (!/^\w/.test(token)) throw new ExpressionError(`unexpected '${token}'`)
    return name(this.#slot(token))
  }
}

function tokens(text: string): string[] {
  const found: string[] = []
  TOKEN.lastIndex = 0
  const end = text.trimEnd().length
  while (TOKEN.lastIndex < end) {
    const at = TOKEN.lastIndex
    const match = TOKEN.exec(text)
    if (match === null) throw new ExpressionError(`invalid token at '${text.slice(at, at + 12)}'`)
    found.push(match[1] ?? match[2] ?? match[3] ?? '')
  }
  return found
}

/** Parses an expression. An expression that divides by zero when nothing hits is refused, as SpamAssassin does. */
export function parseExpression(
  text: string,
): { readonly expression: Expression } | { readonly error: string } {
  try {
    // `meta NAME ()` declares a rule that something else will report.
    if (/^\s*\(\s*\)\s*$/.test(text)) return { expression: { text, names: [], root: constant(0) } }
    const parser = new ExpressionParser(tokens(text))
    const root = parser.whole()
    root.run(() => 0, [])
    return { expression: { text, names: parser.names, root } }
  } catch (error) {
    if (error instanceof DivisionByZero) return { error: 'division by zero possible' }
    if (error instanceof ExpressionError) return { error: `invalid expression: ${error.message}` }
    throw error
  }
}

/** The value of an expression; a division by zero makes it 0. */
export function evaluateExpression(expression: Expression, values: Values, slots: Slots): number {
  try {
    return expression.root.run(values, slots)
  } catch (error) {
    if (error instanceof DivisionByZero) return 0
    throw error
  }
}
