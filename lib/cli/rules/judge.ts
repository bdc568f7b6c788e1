/** Runs a rule set over one message read from a file: no network, nothing known of the envelope. */
import { parseMessage } from '../../mail/message.ts'
import { splitMail } from '../../mail/split.ts'
import type { EnvelopeFacts } from '../../rules/eval.ts'
import { type EvaluateInput, type Evaluated, evaluate } from '../../rules/evaluate.ts'
import { parseOptions } from '../../rules/parse-options.ts'
import type { RuleSet } from '../../rules/ruleset.ts'

export const UNKNOWN: EnvelopeFacts = Object.freeze({
  clientAddress: null,
  clientName: '',
  helo: '',
  sender: null,
  recipients: [],
  user: null,
})
/** Milliseconds a message may take: a measurement should be whole. */
const BUDGET = 600_000

export function judge(
  set: RuleSet,
  bytes: Uint8Array,
  more: Partial<Pick<EvaluateInput, 'tuning' | 'onCost'>> = {},
): Evaluated {
  return evaluate(set, {
    message: parseMessage(splitMail(bytes), parseOptions(set)),
    envelope: UNKNOWN,
    facts: [],
    answers: new Map(),
    now: Date.now(),
    local: true,
    clock: () => performance.now(),
    budgetMs: BUDGET,
    ...more,
  })
}
