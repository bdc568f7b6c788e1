/**
 * How many steps a backtracking matcher (V8) takes over a text of a given length at worst: an upper bound, told from the
 * tree alone. What is not understood counts as more, never as less.
 *
 * Two numbers of every node, for one start: `ways`, in how many ways it can match so that what follows is tried again
 * for each of them, and `work`, the steps of trying all of these. A repeat that stops at an octet with which what follows
 * cannot begin has one way, however long it is; a body with two ways under a repeat without end has exponentially many.
 */
import { type Ahead, SUCCESS, ahead, apart, union } from './ahead.ts'
import { type Node, maximumLength, minimumLength } from './ast.ts'
import { type CharSet, disjoint } from './charset.ts'

interface Effort {
  readonly ways: number
  readonly work: number
  /** Steps for each octet that is consumed, if all goes well; Infinity where text is looked at that is not consumed. */
  readonly per: number
}

/** So many positions of two branches are compared. */
const PREFIX = 12
/** Repeats up to this count are constants, not loops. */
const SHORT = 16
const ONE: Effort = Object.freeze({ ways: 1, work: 1, per: 1 })

class Estimate {
  readonly #length: number
  /** Atomic groups are written as plain ones where captures are kept (see `emit.ts`). */
  readonly #plainAtomic: boolean

  constructor(length: number, { captures = false }: EffortOptions) {
    this.#length = length
    this.#plainAtomic = captures
  }

  of(node: Node, next: Ahead): Effort {
    switch (node.kind) {
      case 'set':
      case 'anchor':
        return ONE
      case 'sequence':
        return this.#sequence(node.items, next)
      case 'either':
        return this.#either(node.branches, next)
      case 'capture':
        return this.of(node.body, next)
      case 'atomic': {
        if (this.#plainAtomic) return this.of(node.body, next)
        const { work, per } = this.of(node.body, SUCCESS)
        return { ways: 1, work: 2 * work, per: 2 * per }
      }
      case 'repeat':
        if (node.mode !== 'possessive') return this.#repeat(node, next)
        return this.of({ kind: 'atomic', body: { ...node, mode: 'greedy' } }, next)
      case 'look': {
        const { work } = this.of(node.behind ? backwards(node.body) : node.body, SUCCESS)
        return { ways: 1, work, per: maximumLength(node.body) <= 255 ? work : Infinity }
      }
      case 'back':
        return { ways: 1, work: this.#length, per: Infinity }
    }
  }

  #sequence(items: readonly Node[], next: Ahead): Effort {
    const follows: Ahead[] = []
    let follow = next
    for (const item of items.toReversed()) {
      follows.push(follow)
      follow = ahead(item, follow)
    }
    follows.reverse()
    let ways = 1
    let work = 0
    let per = 0
    for (const [at, item] of items.entries()) {
      const one = this.of(item, follows[at] ?? next)
      work += ways * one.work
      ways *= one.ways
      per += one.per
    }
    return { ways, work: Math.max(1, work), per }
  }

  #either(branches: readonly Node[], next: Ahead): Effort {
    const efforts = branches.map((branch) => this.of(branch, next))
    const work = efforts.reduce((sum, one) => sum + one.work, branches.length)
    const per = efforts.reduce((sum, one) => sum + one.per, 1)
    if (next.sure) return { ways: 1, work, per }
    const together = compatible(branches)
    let most = 1
    for (let one = 0; one < branches.length; one++) {
      let ways = 0
      for (const [other, effort] of efforts.entries())
        if (together[one * branches.length + other] === 1) ways += effort.ways
      most = Math.max(most, ways)
    }
    return { ways: most, work, per }
  }

  #repeat({ body, min, max, mode }: Node & { kind: 'repeat' }, next: Ahead): Effort {
    if (max === 0) return ONE
    const begin = ahead(body, SUCCESS)
    const times = Math.max(1, Math.min(max, Math.ceil(this.#length / Math.max(1, minimumLength(body)))))
    const settled =
      min === max ||
      next.sure ||
      (minimumLength(body) > 0 && apart(begin.chars, next.chars) && mode !== 'possessive')
    const exits = settled ? 1 : Math.max(1, times - Math.min(min, times) + 1)
    if (body.kind === 'set') return { ways: exits, work: times + 1, per: 2 }
    // before the count is full only another round can follow
    const inner: Ahead = { chars: begin.chars, sure: false }
    const between =
      max === 1
        ? undefined
        : this.of(body, min === max ? inner : { ...inner, chars: union(begin.chars, next.chars) })
    const last = this.of(body, next)
    const per = Math.max(between?.per ?? 0, last.per) + 1
    const rounds = times - 1
    if (last.ways <= 1 && (between?.ways ?? 1) <= 1) {
      const work = last.work + rounds * (between?.work ?? 0)
      return { ways: exits, work: Math.min(work, per * (this.#length + 1) + last.work) + 1, per }
    }
    const ways = (between?.ways ?? 1) ** rounds * last.ways * exits
    return { ways, work: ways * (last.work + (between?.work ?? 0)) * 2, per }
  }
}

const compatibles = new WeakMap<readonly Node[], Uint8Array>()

/** 1 where two branches can both match at one place: a table with a row for each branch. */
function compatible(branches: readonly Node[]): Uint8Array {
  let table = compatibles.get(branches)
  if (table !== undefined) return table
  const count = branches.length
  const firsts = branches.map((branch) => ahead(branch, SUCCESS).chars)
  const prefixes = branches.map((branch) => prefixOf(branch))
  table = new Uint8Array(count * count)
  for (let one = 0; one < count; one++) {
    for (let other = 0; other <= one; other++) {
      const both = one === other || !areApart(firsts[one]!, firsts[other]!, prefixes[one]!, prefixes[other]!)
      table[one * count + other] = table[other * count + one] = both ? 1 : 0
    }
  }
  compatibles.set(branches, table)
  return table
}

function areApart(
  first: Uint8Array,
  otherFirst: Uint8Array,
  prefix: readonly CharSet[],
  otherPrefix: readonly CharSet[],
): boolean {
  const length = Math.min(prefix.length, otherPrefix.length)
  for (let at = 0; at < length; at++)
    if (prefix[at] !== otherPrefix[at] && disjoint(prefix[at]!, otherPrefix[at]!)) return true
  return apart(first, otherFirst)
}

/** The sets of the first octets, as far as they stand fast. */
function prefixOf(node: Node, into: CharSet[] = []): CharSet[] {
  fill(node, into)
  return into
}

/** True if everything of `node` was added, so that what follows may be added, too. */
function fill(node: Node, into: CharSet[]): boolean {
  if (into.length >= PREFIX) return false
  switch (node.kind) {
    case 'set':
      into.push(node.set)
      return true
    case 'sequence':
      return node.items.every((item) => fill(item, into))
    case 'capture':
    case 'atomic':
      return fill(node.body, into)
    case 'repeat':
      for (let time = 0; time < node.min; time++) if (!fill(node.body, into)) return false
      return node.min === node.max
    case 'look':
    case 'anchor':
      return true
    case 'either':
    case 'back':
      return false
  }
}

/** What a lookbehind reads, in the order in which it reads it. */
function backwards(node: Node): Node {
  switch (node.kind) {
    case 'sequence':
      return { kind: 'sequence', items: node.items.map(backwards).toReversed() }
    case 'either':
      return { kind: 'either', branches: node.branches.map(backwards) }
    case 'capture':
    case 'atomic':
    case 'repeat':
      return { ...node, body: backwards(node.body) }
    case 'set':
    case 'look':
    case 'back':
    case 'anchor':
      return node
  }
}

/** The anchor at which every match begins: at the start of a text only, or there and after newlines. */
export function leadingAnchor(node: Node): 'start' | 'lineStart' | undefined {
  switch (node.kind) {
    case 'anchor':
      return node.at === 'start' || node.at === 'lineStart' ? node.at : undefined
    case 'sequence':
      return node.items[0] && leadingAnchor(node.items[0])
    case 'either': {
      const anchors = node.branches.map(leadingAnchor)
      if (anchors.includes(undefined)) return undefined
      return anchors.includes('lineStart') ? 'lineStart' : 'start'
    }
    case 'capture':
    case 'atomic':
      return leadingAnchor(node.body)
    case 'repeat':
      return node.min > 0 ? leadingAnchor(node.body) : undefined
    case 'set':
    case 'look':
    case 'back':
      return undefined
  }
}

/**
 * How many loops run over text between octets with which a match can begin: where no loop takes such an octet, tries
 * from different places hardly look at the same text. Infinity if one does.
 */
function loopsBetween(node: Node, begin: Uint8Array): number {
  switch (node.kind) {
    case 'set':
    case 'anchor':
      return 0
    case 'sequence':
      return node.items.reduce((sum, item) => sum + loopsBetween(item, begin), 0)
    case 'either':
      return node.branches.reduce((sum, branch) => sum + loopsBetween(branch, begin), 0)
    case 'capture':
    case 'atomic':
      return loopsBetween(node.body, begin)
    case 'look':
      return maximumLength(node.body) <= SHORT ? 0 : Infinity
    case 'back':
      return Infinity
    case 'repeat': {
      if (maximumLength(node) <= SHORT) return loopsBetween(node.body, begin)
      return avoids(node.body, begin) ? 1 + loopsBetween(node.body, begin) : Infinity
    }
  }
}

function avoids(node: Node, begin: Uint8Array): boolean {
  switch (node.kind) {
    case 'set':
      return !node.set.some((member, code) => member === 1 && begin[code] === 1)
    case 'sequence':
      return node.items.every((item) => avoids(item, begin))
    case 'either':
      return node.branches.every((branch) => avoids(branch, begin))
    case 'capture':
    case 'atomic':
    case 'repeat':
    case 'look':
      return avoids(node.body, begin)
    case 'back':
      return false
    case 'anchor':
      return true
  }
}

export interface EffortOptions {
  /** As in `EmitOptions`. */
  readonly captures?: boolean
}

/** Steps of trying a pattern at one place, with `length` octets from there to the end. */
export function effortAt(root: Node, length: number, options: EffortOptions = {}): number {
  return new Estimate(length, options).of(root, SUCCESS).work
}

/** Steps of looking for a match at every place of a text of `length` octets. */
export function effortOfSearch(root: Node, length: number, options: EffortOptions = {}): number {
  const once = effortAt(root, length, options)
  if (leadingAnchor(root) === 'start') return length + once
  const begin = ahead(root, SUCCESS)
  const loops = minimumLength(root) === 0 ? Infinity : loopsBetween(root, begin.chars)
  const all = length * once
  return loops === Infinity
    ? all
    : Math.min(all, (loops + 1) * once + length * effortAt(root, SHORT, options))
}
