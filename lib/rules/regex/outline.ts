/**
 * The outline of a pattern's match, for patterns that have no literals to look for: a row of steps, each an octet out
 * of one set followed by any number out of another.
 *
 * `v[\W_]{0,3}[i1]` has the steps v, then non-word octets, then i or 1. What is optional goes into the gap before it;
 * of alternatives, the first octets make the step and the rest the gap. The outline matches wherever the pattern does,
 * and seldom elsewhere.
 */
import type { Node, Pattern } from './ast.ts'
import { type Bits, bitsOf, joined, setOf } from './bits.ts'
import { type CharSet, EVERY } from './charset.ts'
import { chanceOfSet } from './frequency.ts'

export interface Step {
  readonly first: CharSet
  /** May follow, any number of times, before the next step. */
  readonly gap: CharSet
}

/** While it is worked out: sets are joined by the thousand. */
interface Stride {
  readonly first: Bits
  readonly gap: Bits
}

interface Outline {
  readonly steps: readonly Stride[]
  /** What may come before the first step. */
  readonly lead: Bits
}

/** Steps looked at in one pattern, and steps kept. */
const MAX_STEPS = 60
const KEPT = 10
/** An outline more likely than this at a place of the text saves nothing. */
const WORTHLESS = 0.0005
const NONE: Outline = { steps: [], lead: joined([]) }
const ANYTHING = bitsOf(EVERY)

/** Every octet that can stand anywhere in the outline. */
function allOf({ steps, lead }: Outline): Bits {
  return joined([lead, ...steps.flatMap((step) => [step.first, step.gap])])
}

function withGap(steps: readonly Stride[], gap: Bits): readonly Stride[] {
  if (gap === NONE.lead) return steps
  const last = steps.at(-1)
  return last === undefined
    ? steps
    : [...steps.slice(0, -1), { first: last.first, gap: joined([last.gap, gap]) }]
}

function append(one: Outline, other: Outline): Outline {
  if (one === NONE) return other
  if (other === NONE) return one
  if (one.steps.length === 0) return { steps: other.steps, lead: joined([one.lead, other.lead]) }
  return { steps: [...withGap(one.steps, other.lead), ...other.steps].slice(0, MAX_STEPS), lead: one.lead }
}

function outline(node: Node): Outline {
  switch (node.kind) {
    case 'set':
      return { steps: [{ first: bitsOf(node.set), gap: NONE.lead }], lead: NONE.lead }
    case 'sequence':
      return node.items.map(outline).reduce(append, NONE)
    case 'either':
      return outlineOfBranches(node.branches.map(outline))
    case 'capture':
    case 'atomic':
      return outline(node.body)
    case 'repeat':
      return outlineOfRepeat(node)
    case 'look':
    case 'anchor':
      return NONE
    case 'back':
      return { steps: [], lead: ANYTHING }
  }
}

function outlineOfBranches(branches: readonly Outline[]): Outline {
  if (branches.some((branch) => branch.steps.length === 0))
    return { steps: [], lead: joined(branches.map(allOf)) }
  const first = joined(branches.map(({ steps, lead }) => joined([lead, steps[0]?.first ?? NONE.lead])))
  return { steps: [{ first, gap: joined(branches.map(allOf)) }], lead: NONE.lead }
}

function outlineOfRepeat(node: Node & { kind: 'repeat' }): Outline {
  if (node.max === 0) return NONE
  const body = outline(node.body)
  if (node.min === 0 || body.steps.length === 0) return { steps: [], lead: allOf(body) }
  const copies = Array.from({ length: Math.min(node.min, KEPT) }, () => body).reduce(append, NONE)
  return node.max > node.min || node.min > KEPT
    ? { steps: withGap(copies.steps, allOf(body)), lead: copies.lead }
    : copies
}

/** The most telling row of steps of a pattern; undefined if none tells anything. */
export function bestSteps(pattern: Pattern): readonly Step[] | undefined {
  const { steps } = outline(pattern.root)
  // A step is reached from the one before it at once or after a gap: the wider the gap, the likelier.
  const chances = steps.map(({ first, gap }) =>
    Math.min(1, chanceOf(first) / Math.max(0.05, 1 - chanceOf(gap))),
  )
  let best: readonly Stride[] | undefined
  let least = WORTHLESS
  for (let start = 0; start < steps.length; start++) {
    let chance = 1
    for (let end = start; end < Math.min(steps.length, start + KEPT); end++) {
      chance *= chances[end]!
      if (chance >= least) continue
      least = chance
      best = steps.slice(start, end + 1)
    }
  }
  return best?.map(({ first, gap }) => ({ first: setOf(first), gap: setOf(gap) }))
}

/** Most steps are letters that many patterns share. */
const chances = new WeakMap<Bits, number>()

function chanceOf(bits: Bits): number {
  let chance = chances.get(bits)
  if (chance === undefined) {
    chance = chanceOfSet(setOf(bits))
    chances.set(bits, chance)
  }
  return chance
}
