/**
 * Switches a rule off that holds up the workers. A pattern that V8's linear engine cannot take may be made to run for
 * hours by a mail; the deadline ends its worker, but whoever sends such mail could keep all workers busy with it.
 */
import type { RuleSource } from './worker.ts'

/** A worker may be late once because the machine was; the same rule twice is no accident. */
const HELD_UP = 2

export interface RuleBreaker {
  /** A worker had to be ended while this rule ran. */
  heldUp(rule: string): void
}

/**
 * Adds a line to `sources`, from which workers that start from now on read their rules. Until then the others still
 * have the rule: each of them can be held up once more.
 */
export function createRuleBreaker(sources: RuleSource[], onSwitchedOff: (rule: string) => void): RuleBreaker {
  const counts = new Map<string, number>()
  return {
    heldUp(rule) {
      const count = (counts.get(rule) ?? 0) + 1
      counts.set(rule, count)
      if (count !== HELD_UP) return
      sources.push({ file: '(switched off)', text: `meta ${rule} 0\n` })
      onSwitchedOff(rule)
    },
  }
}
