/**
 * The arithmetic of meta rules: numbers, rule names, + - * / ! && || comparisons, ?: and parentheses.
 *
 * Values are numbers; && and || give the deciding operand as in Perl, so that a meta's value can count. An expression
 * is compiled into one closure a node: no code is generated from rule text.
 */

/** Looks a name up by its place in `Expression.names`: the value of a rule that hit, else 0. */
export type Values = (slot: number) => number
/** The same as far as it is known without running anything; NaN where it is not. */
export type KnownValues = (slot: number) => number

/** A compiled node. */
interface Compiled {
  run(values: Values): number
  /** The value if what is known decides it, else NaN. */
  peek(known: KnownValues): number
  /**
   * Conditions without which this is 0: of each, one member at least must not be 0. `of` gives those of a name.
   */
  needs(of: (slot: number) => Needs): Needs
  /** A number that stands in the text. */
  readonly fixed?: number
  /** The slot of a plain name. */
  readonly slot?: number
}

/** Sets of numbers (of rules), one member of each of which must not be 0. */
export type Needs = readonly (readonly number[])[]
const NO_NEEDS: Needs = []
/** A longer set says too little for its cost. */
const MAX_MEMBERS = 60

/** What holds when any of several things must not be 0: the smallest set of each, put together. */
function eitherNeeds(all: readonly Needs[]): Needs {
  const merged = new Set<number>()
  for (const needs of all) {
    if (needs.length === 0) return NO_NEEDS
    for (const member of needs.reduce((best, set) => (set.length < best.length ? set : best)))
      merged.add(member)
  }
  return merged.size > MAX_MEMBERS ? NO_NEEDS : [[...merged]]
}

/** Needs of an operation: of a product both sides', of a sum one's, of `> 0` and the like the left side's. */
function operationNeeds(
  operator: string,
  left: Compiled,
  right: Compiled,
  of: (slot: number) => Needs,
): Needs {
  const fixed = right.fixed ?? -1
  switch (operator) {
    case '*':
      return [...left.needs(of), ...right.needs(of)]
    case '+':
    case '-':
      return eitherNeeds([left.needs(of), right.needs(of)])
    case '>':
      return fixed >= 0 ? left.needs(of) : NO_NEEDS
    case '>=':
    case '==':
      return fixed > 0 ? left.needs(of) : NO_NEEDS
    default:
      return NO_NEEDS
  }
}

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
    needs: (of) => operationNeeds(operator, left, right, of),
    run: (values) => operation(left.run(values), right.run(values)),
    peek(known) {
      const one = left.peek(known)
      const other = right.peek(known)
      if (Number.isNaN(one) || Number.isNaN(other)) return NaN
      // A division by zero is for `run` to report.
      return operator === '/' && other === 0 ? NaN : operation(one, other)
    },
  }
}

/** All operands non-zero: the last one's value; else 0. Every operand is peeked at before one is run. */
function conjunction(operands: readonly Compiled[]): Compiled {
  const last = operands.at(-1)
  const isName = (operand: Compiled): boolean => operand.slot !== undefined
  // Plain names first: they are the quickest way to a 0.
  const cheapFirst = [...operands.filter(isName), ...operands.filter((operand) => !isName(operand))]
  return {
    needs: (of) => operands.flatMap((operand) => operand.needs(of)),
    run(values) {
      let value = 0
      for (const operand of operands) {
        value = operand.run(values)
        if (value === 0) return 0
      }
      return value
    },
    peek(known) {
      let unknown = false
      let value = 0
      for (const operand of cheapFirst) {
        const one = operand.peek(known)
        if (one === 0) return 0
        if (one !== one) unknown = true
        else if (operand === last) value = one
      }
      return unknown ? NaN : value
    },
  }
}

/** The first operand that is not 0. */
function disjunction(operands: readonly Compiled[]): Compiled {
  return {
    needs: (of) => eitherNeeds(operands.map((operand) => operand.needs(of))),
    run(values) {
      for (const operand of operands) {
        const value = operand.run(values)
        if (value !== 0) return value
      }
      return 0
    },
    peek(known) {
      for (const operand of operands) {
        const value = operand.peek(known)
        if (value !== 0) return value
      }
      return 0
    },
  }
}

function choice(condition: Compiled, yes: Compiled, no: Compiled): Compiled {
  return {
    needs: () => NO_NEEDS,
    run: (values) => (condition.run(values) === 0 ? no : yes).run(values),
    peek(known) {
      const value = condition.peek(known)
      return Number.isNaN(value) ? NaN : (value === 0 ? no : yes).peek(known)
    },
  }
}

function not(operand: Compiled): Compiled {
  return {
    needs: () => NO_NEEDS,
    run: (values) => (operand.run(values) === 0 ? 1 : 0),
    peek(known) {
      const value = operand.peek(known)
      return Number.isNaN(value) ? NaN : value === 0 ? 1 : 0
    },
  }
}

function minus(operand: Compiled): Compiled {
  return {
    needs: operand.needs,
    run: (values) => -operand.run(values),
    peek: (known) => -operand.peek(known),
  }
}

function constant(value: number): Compiled {
  return { fixed: value, needs: () => NO_NEEDS, run: () => value, peek: () => value }
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
    const slot = this.#slot(token)
    return { slot, needs: (of) => of(slot), run: (values) => values(slot), peek: (known) => known(slot) }
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
    root.run(() => 0)
    return { expression: { text, names: parser.names, root } }
  } catch (error) {
    if (error instanceof DivisionByZero) return { error: 'division by zero possible' }
    if (error instanceof ExpressionError) return { error: `invalid expression: ${error.message}` }
    throw error
  }
}

/** The value of an expression; a division by zero makes it 0. */
export function evaluateExpression(expression: Expression, values: Values): number {
  try {
    return expression.root.run(values)
  } catch (error) {
    if (error instanceof DivisionByZero) return 0
    throw error
  }
}

/** The value if what is known decides it, else NaN. */
export function peekExpression(expression: Expression, known: KnownValues): number {
  return expression.root.peek(known)
}
