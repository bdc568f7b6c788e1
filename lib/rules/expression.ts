/**
 * The arithmetic of meta rules: numbers, rule names, + - * / ! && || comparisons, ?: and parentheses.
 *
 * Values are numbers; && and || give the deciding operand as in Perl, so that a meta's value can count. An expression
 * is compiled into one closure a node: no code is generated from rule text.
 */

/** Looks a name up by its place in `Expression.names`: the value of a rule that hit, else 0. */
export type Values = (slot: number) => number
type Compiled = (values: Values) => number

export interface Expression {
  readonly text: string
  /** Every name in it once, in order of appearance. */
  readonly names: readonly string[]
  readonly run: Compiled
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

/** From weakest to strongest binding. */
const LEVELS: readonly Level[] = [
  { operators: ['||'], apply: (_, left, right) => (values) => left(values) || right(values) },
  { operators: ['&&'], apply: (_, left, right) => (values) => left(values) && right(values) },
  { operators: ['^'], apply: (_, left, right) => (values) => left(values) ^ right(values) },
  { operators: ['==', '!='], apply: compare },
  { operators: ['<', '>', '<=', '>='], apply: compare },
  {
    operators: ['+', '-'],
    apply: (operator, left, right) =>
      operator === '+' ? (values) => left(values) + right(values) : (values) => left(values) - right(values),
  },
  {
    operators: ['*', '/'],
    apply: (operator, left, right) => (operator === '*' ? times(left, right) : divide(left, right)),
  },
]

function times(left: Compiled, right: Compiled): Compiled {
  return (values) => left(values) * right(values)
}

function divide(left: Compiled, right: Compiled): Compiled {
  return (values) => {
    const divisor = right(values)
    if (divisor === 0) throw new DivisionByZero()
    return left(values) / divisor
  }
}

function compare(operator: string, left: Compiled, right: Compiled): Compiled {
  switch (operator) {
    case '==':
      return (values) => (left(values) === right(values) ? 1 : 0)
    case '!=':
      return (values) => (left(values) === right(values) ? 0 : 1)
    case '<':
      return (values) => (left(values) < right(values) ? 1 : 0)
    case '>':
      return (values) => (left(values) > right(values) ? 1 : 0)
    case '<=':
      return (values) => (left(values) <= right(values) ? 1 : 0)
    default:
      return (values) => (left(values) >= right(values) ? 1 : 0)
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
    const run = this.#choice()
    if (this.#at < this.#tokens.length) throw new ExpressionError(`unexpected '${this.#tokens[this.#at]}'`)
    return run
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
    const condition = this.#level(0)
    if (this.#tokens[this.#at] !== '?') {
      this.#depth--
      return condition
    }
    this.#at++
    const yes = this.#choice()
    if (this.#take() !== ':') throw new ExpressionError("'?' without ':'")
    const no = this.#choice()
    this.#depth--
    return (values) => (condition(values) ? yes(values) : no(values))
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
      if (token === '!') return (values) => (operand(values) ? 0 : 1)
      return token === '-' ? (values) => -operand(values) : operand
    }
    if (token === '(') {
      const inner = this.#choice()
      if (this.#take() !== ')') throw new ExpressionError("'(' without ')'")
      return inner
    }
    if (/^[\d.]/.test(token)) {
      const number = Number(token)
      return () => number
    }
    if (!/^\w/.test(token)) throw new ExpressionError(`unexpected '${token}'`)
    const slot = this.#slot(token)
    return (values) => values(slot)
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
    if (/^\s*\(\s*\)\s*$/.test(text)) return { expression: { text, names: [], run: () => 0 } }
    const parser = new ExpressionParser(tokens(text))
    const run = parser.whole()
    run(() => 0)
    return { expression: { text, names: parser.names, run } }
  } catch (error) {
    if (error instanceof DivisionByZero) return { error: 'division by zero possible' }
    if (error instanceof ExpressionError) return { error: `invalid expression: ${error.message}` }
    throw error
  }
}

/** The value of an expression; a division by zero makes it 0. */
export function evaluateExpression(expression: Expression, values: Values): number {
  try {
    return expression.run(values)
  } catch (error) {
    if (error instanceof DivisionByZero) return 0
    throw error
  }
}
