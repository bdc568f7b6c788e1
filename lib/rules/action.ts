/**
 * Actions of rules, Hamlet's one extension of the language. They stand in comment lines, which SpamAssassin skips:
 *
 *   #hamlet: action NAME reject 5.7.1 We do not want this
 *
 * A rule with an action still has its score; the action is what policy does when the rule hits. With `final` instead of
 * `action` the first such rule that hits, in the order of these lines, decides, and what other rules ask for is left.
 */
import type { Place } from './problem.ts'

export const ACTION_KINDS = ['accept', 'reject', 'quarantine', 'discard', 'redirect'] as const
export type ActionKind = (typeof ACTION_KINDS)[number]

export interface RuleAction extends Place {
  readonly rule: string
  readonly action: ActionKind
  /** Reply text for reject, address for redirect, reason for quarantine; '' if none was given. */
  readonly argument: string
  /** The first final one that hits decides; absent for others. */
  readonly final?: true
}

/** Reads the part after `#hamlet:`; returns the action, or an error text. */
export function parseHamletLine(text: string, place: Place): RuleAction | { readonly error: string } {
  const found = /^(action|final)\s+(\w+)\s+(\S+)(?:\s+(\S.*))?$/s.exec(text.trim())
  if (found === null) return { error: '#hamlet: takes action or final, a rule name, and what to do' }
  const [, kind, rule, word, argument = ''] = found
  const action = ACTION_KINDS.find((kind) => kind === word)
  if (action === undefined) return { error: `unknown action ${word}: one of ${ACTION_KINDS.join(', ')}` }
  if (action === 'redirect' && !/^[^\s@]+@[^\s@]+$/.test(argument))
    return { error: 'action redirect needs the address to redirect to' }
  return { ...place, rule: rule!, action, argument, ...(kind === 'final' ? { final: true } : {}) }
}
