/**
 * Writes a pattern tree as a JavaScript pattern with the same meaning over octets.
 *
 * Two forms. `exact` is for one string. `joined` is for many lines put into one string with octet 0 before, between
 * and after them: no class matches octet 0, and anchors look for it, so one run finds what a run per line would. The
 * caller uses it only for texts without octet 0 in them.
 *
 * Flags are never used: case folding and . are in the classes, so every pattern that has no lookahead, backreference
 * or big counted repeat can fall back to V8's linear engine, which refuses flags such as /i.
 */
import { type Node, type Pattern, NOTHING, minimumLength } from './ast.ts'
import { disjoint, setSource } from './charset.ts'
import { firstSet } from './first.ts'

export type Form = 'exact' | 'joined'

export interface EmitOptions {
  readonly form: Form
  /**
   * Whether an anchor at the rim of the pattern may match the separator or final newline itself instead of looking at
   * it: cheaper, and linear, but the match is then longer than the rule says.
   */
  readonly consume: boolean
  /** Keep every capture group, for readers of groups; otherwise only named and referenced ones are. */
  readonly captures?: boolean
}

interface Place {
  /** Nothing of the pattern stands before (after) this node. */
  readonly head: boolean
  readonly tail: boolean
  /** What follows within the same sequence, for possessive repeats and line starts. */
  readonly next: Node
  readonly behind: boolean
}

class Emitter {
  readonly #joined: boolean
  readonly #consume: boolean
  readonly #referenced: ReadonlySet<number>
  readonly #captures: boolean
  readonly #groups = new Map<number, number>()
  readonly #names = new Map<string, number>()
  #count = 0

  constructor(pattern: Pattern, options: EmitOptions) {
    this.#joined = options.form === 'joined'
    this.#consume = options.consume && pattern.names.length === 0
    this.#captures = options.captures ?? false
    this.#referenced = references(pattern.root)
  }

  node(node: Node, place: Place): string {
    switch (node.kind) {
      case 'set':
        return setSource(node.set, this.#joined)
      case 'sequence':
        return this.#sequence(node.items, place)
      case 'either':
        return `(?:${node.branches.map((branch) => this.node(branch, place)).join('|')})`
      case 'capture':
        return this.#capture(node.index, node.name, node.body, place)
      case 'atomic':
        return this.#atomic(node.body, place)
      case 'repeat':
        return this.#repeat(node, place)
      case 'look': {
        const inner: Place = { head: false, tail: false, next: NOTHING, behind: node.behind }
        return `(?${node.behind ? '<' : ''}${node.negative ? '!' : '='}${this.node(node.body, inner)})`
      }
      case 'back':
        return this.#back(node.index, node.fold)
      case 'anchor':
        return this.#anchor(node.at, place)
    }
  }

  #sequence(items: readonly Node[], place: Place): string {
    let source = ''
    let head = place.head
    for (const [at, item] of items.entries()) {
      const rest = items.slice(at + 1)
      const last = rest.length === 0
      const next: Node = last ? place.next : { kind: 'sequence', items: [...rest, place.next] }
      source += this.node(item, { ...place, head, tail: place.tail && last, next })
      head = false
    }
    return source
  }

  #capture(index: number, name: string | undefined, body: Node, place: Place): string {
    if (name === undefined && !this.#captures && !this.#referenced.has(index))
      return `(?:${this.node(body, place)})`
    const number = ++this.#count
    const inner = this.node(body, place)
    // Known from here on: a reference inside the group itself fails, as it does in Perl.
    this.#groups.set(index, number)
    if (name === undefined) return `(${inner})`
    // JavaScript wants each name once; the reader of captures cuts the $2 off again.
    const seen = (this.#names.get(name) ?? 0) + 1
    this.#names.set(name, seen)
    return `(?<${name}${seen === 1 ? '' : `$${seen}`}>${inner})`
  }

  #atomic(body: Node, place: Place): string {
    // Nothing after it can ask for other text; or it is read backwards, where the trick below does not work; or the
    // trick's own group would shift the numbers that a reader of captures counts on.
    if (this.#captures || place.tail || place.behind || neverGivesBack(body, place.next))
      return `(?:${this.node(body, place)})`
    const group = ++this.#count
    const inner = this.node(body, { ...place, head: false, tail: false, next: NOTHING })
    return `(?=(${inner}))(?:\\${group})`
  }

  #repeat(node: Node & { kind: 'repeat' }, place: Place): string {
    if (node.mode === 'possessive') return this.#atomic({ ...node, mode: 'greedy' }, place)
    const inner: Place = { ...place, head: false, tail: false, next: NOTHING }
    const body = node.body.kind === 'set' ? this.node(node.body, inner) : `(?:${this.node(node.body, inner)})`
    return body + quantifier(node.min, node.max) + (node.mode === 'lazy' ? '?' : '')
  }

  #back(index: number, fold: boolean): string {
    const group = this.#groups.get(index)
    // A group that comes later has matched nothing yet: in Perl such a reference fails.
    if (group === undefined) return '[]'
    return fold ? `(?i:\\${group})` : `(?:\\${group})`
  }

  #anchor(at: (Node & { kind: 'anchor' })['at'], place: Place): string {
    const head = this.#consume && place.head
    const tail = this.#consume && place.tail
    const followed = minimumLength(place.next) > 0
    switch (at) {
      case 'boundary':
        return '\\b'
      case 'notBoundary':
        return '\\B'
      case 'start':
        if (!this.#joined) return '^'
        return head ? '\\x00' : '(?<=\\x00)'
      case 'lineStart':
        if (!this.#joined) return followed ? '(?<![^\\n])' : '(?:^|(?<=\\n)(?=[^]))'
        if (!followed) return '(?:(?<=\\x00)|(?<=\\n)(?!\\x00))'
        return head ? '[\\x00\\n]' : '(?<=[\\x00\\n])'
      case 'end':
        if (!this.#joined) return tail ? '\\n?$' : '(?=\\n?$)'
        return tail ? '\\n?\\x00' : '(?=\\n?\\x00)'
      case 'lineEnd':
        if (!this.#joined) return tail ? '(?:\\n|$)' : '(?=\\n|$)'
        return tail ? '[\\n\\x00]' : '(?=[\\n\\x00])'
      case 'veryEnd':
        if (!this.#joined) return '$'
        return tail ? '\\x00' : '(?=\\x00)'
    }
  }
}

function quantifier(min: number, max: number): string {
  if (max === Infinity) return min === 0 ? '*' : min === 1 ? '+' : `{${min},}`
  if (min === 0 && max === 1) return '?'
  return min === max ? `{${min}}` : `{${min},${max}}`
}

/** Whether backing off from a repeat of one class cannot help what follows: then greedy and possessive are the same. */
function neverGivesBack(body: Node, next: Node): boolean {
  if (body.kind !== 'repeat' || body.body.kind !== 'set') return false
  const first = firstSet(next)
  return first !== undefined && disjoint(first, body.body.set)
}

/** Numbers of the groups that backreferences name. */
function references(node: Node, into = new Set<number>()): Set<number> {
  switch (node.kind) {
    case 'back':
      into.add(node.index)
      break
    case 'sequence':
      for (const item of node.items) references(item, into)
      break
    case 'either':
      for (const branch of node.branches) references(branch, into)
      break
    case 'capture':
    case 'atomic':
    case 'repeat':
    case 'look':
      references(node.body, into)
      break
    case 'set':
    case 'anchor':
      break
  }
  return into
}

/** The source of a JavaScript pattern (to be used without flags other than g, y and d). */
export function emit(pattern: Pattern, options: EmitOptions): string {
  return new Emitter(pattern, options).node(pattern.root, {
    head: true,
    tail: true,
    next: NOTHING,
    behind: false,
  })
}
