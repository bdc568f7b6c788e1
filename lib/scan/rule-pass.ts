/** The rules of one scan worker: loaded once, then one pass per mail with its lookups and its time budget. */
import type { AuthFacts } from '../auth/facts.ts'
import type { Hit, ScoredHit } from '../checks/check.ts'
import type { Demand } from '../checks/demand.ts'
import type { Message } from '../mail/message.ts'
import type { Dns } from '../net/dns.ts'
import type { EnvelopeFacts } from '../rules/eval.ts'
import { evaluate } from '../rules/evaluate.ts'
import { EVAL_PLUGINS } from '../rules/evals/index.ts'
import { loadRules } from '../rules/load.ts'
import { lookupsNeeded, MAX_LOOKUP_ROUNDS } from '../rules/lookups.ts'
import type { RuleSet } from '../rules/ruleset.ts'
import { answersInRounds } from './answers.ts'
import type { Unavailable } from './job.ts'
import type { WorkerSetup } from './worker.ts'

export interface RulePassInput {
  readonly message: Message
  readonly envelope: EnvelopeFacts
  /** What checks found, in list order. */
  readonly facts: readonly Hit[]
  readonly auth: AuthFacts
  /** Spam probability of the classifier, where it has one. */
  readonly bayes: number | undefined
  readonly dns: Dns
  readonly now: number
  readonly signal: AbortSignal
}

export interface RulePassResult {
  readonly hits: readonly ScoredHit[]
  readonly unavailable: readonly Unavailable[]
  readonly demands: readonly Demand[]
}

export interface RulePass {
  readonly set: RuleSet
  run(input: RulePassInput): Promise<RulePassResult>
}

export function createRulePass({ sources, config, local }: WorkerSetup): RulePass {
  const set = loadRules(sources, { plugins: EVAL_PLUGINS, net: !local, bayes: config.bayes.enabled })
  return {
    set,
    async run({ message, envelope, facts, auth, bayes, dns, now, signal }) {
      const known = { message, envelope, facts, auth, now, local, ...(bayes === undefined ? {} : { bayes }) }
      const answers = await answersInRounds(
        (so_far) => lookupsNeeded(set, { ...known, answers: so_far }),
        MAX_LOOKUP_ROUNDS,
        dns,
        signal,
      )
      const { hits, slow, incomplete } = evaluate(set, {
        ...known,
        answers,
        clock: () => performance.now(),
        budgetMs: config.scan.rules_budget,
      })
      const slowest = slow[0] === undefined ? '' : `, slowest ${slow[0].name} (${Math.round(slow[0].ms)} ms)`
      const reason = `not all rules had their turn within ${config.scan.rules_budget} ms${slowest}`
      return {
        hits,
        unavailable: incomplete ? [{ check: 'rules', reason }] : [],
        demands: hits.flatMap(({ name }) => demandOf(set, name)),
      }
    },
  }
}

/** The action a rule's author put behind `#hamlet: action`. */
function demandOf(set: RuleSet, name: string): readonly Demand[] {
  const found = set.actions.get(name)
  if (found === undefined) return []
  const { action, argument } = found
  return [
    {
      action,
      source: 'rule',
      hit: name,
      ...(argument === '' ? {} : action === 'redirect' ? { address: argument } : { text: argument }),
    },
  ]
}
