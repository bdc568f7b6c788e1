/** Metas of a rule set, made ready: which can hit at all, and the steps that tell their values. */
import { evaluateExpression } from './expression.ts'
import { type Foresight, StepWriter } from './foresight.ts'
import type { Rule } from './ruleset.ts'

/**
 * Score 0 turns a rule off. A meta that names a meta which is off, or which names itself in a circle, never becomes
 * ready in SpamAssassin, so it never hits; other rules that are off count as 0, and so does `meta X 0`, which asks for
 * nothing.
 */
export function deadRules(
  rules: readonly Rule[],
  slots: readonly (readonly number[])[],
  size: number,
): Uint8Array {
  const dead = new Uint8Array(size)
  const state = new Uint8Array(rules.length)
  const visit = (number: number): boolean => {
    const rule = rules[number]
    if (rule === undefined) return false
    if (state[number] === 2) return dead[number] === 1
    if (state[number] === 1) return true
    state[number] = 1
    let isDead = rule.score === 0
    if (rule.test.kind === 'meta') {
      for (const slot of slots[number] ?? [])
        if (rules[slot]?.test.kind === 'meta' && visit(slot) && !isNought(rules[slot])) isDead = true
    }
    state[number] = 2
    dead[number] = isDead ? 1 : 0
    return isDead
  }
  for (const rule of rules) visit(rule.index)
  return dead
}

function isNought(rule: Rule | undefined): boolean {
  if (rule?.test.kind !== 'meta' || rule.dependencies.length > 0) return false
  const { expression } = rule.test
  // `()` is a declaration that waits for something else to report the rule
  return !/^\s*\(\s*\)\s*$/.test(expression.text) && evaluateExpression(expression, () => 0, []) === 0
}

/** How long rules take, roughly, in steps: what is looked up, functions and headers, text. */
function costOf({ test }: Rule): number {
  switch (test.kind) {
    case 'exists':
    case 'empty':
      return 0
    case 'header':
      return 1
    case 'eval':
      return 2
    case 'text':
      return test.target === 'uri' ? 3 : 4
    case 'meta':
      return 5
  }
}

/** Metas, each after those it names so that one round tells all that can be told, with the operands of their conjunctions in the order of their cost. */
export function foresightOf(
  live: readonly Rule[],
  rules: readonly Rule[],
  slots: readonly (readonly number[])[],
): Foresight {
  const costs = new Map<number, number>()
  const alive = new Set(live)
  const writer = new StepWriter()
  const visit = (rule: Rule): number => {
    const { test, index } = rule
    if (test.kind !== 'meta') return costOf(rule)
    const known = costs.get(index)
    if (known !== undefined) return known
    // Entered before it is complete: metas may name each other in a ring.
    costs.set(index, costOf(rule))
    const cost = test.expression.root.arrange((slot) => {
      const named = rules[slots[index]?.[slot] ?? -1]
      return named === undefined ? 0 : visit(named)
    })
    costs.set(index, cost)
    if (alive.has(rule)) writer.meta(index, () => test.expression.root.foresee(writer, slots[index] ?? []))
    return cost
  }
  for (const rule of live) visit(rule)
  const prices = Uint8Array.from(rules, (rule) => costs.get(rule.index) ?? costOf(rule))
  return writer.finish(prices)
}
