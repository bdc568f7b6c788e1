/** The rules of one scan worker: loaded once, then one pass per mail with its lookups and its time budget. */
import type { AuthFacts } from '../auth/facts.ts'
import type { Hit, ScoredHit } from '../checks/check.ts'
import type { Demand } from '../checks/demand.ts'
import type { Message } from '../mail/message.ts'
import { toReadable } from '../octet-text.ts'
import type { Dns } from '../net/dns.ts'
import type { RuleAction } from '../rules/action.ts'
import type { Answers, EnvelopeFacts } from '../rules/eval.ts'
import { evaluate } from '../rules/evaluate.ts'
import { EVAL_PLUGINS } from '../rules/evals/index.ts'
import { loadRules } from '../rules/load.ts'
import { type Markup, markupOf } from '../rules/markup.ts'
import { lookupsNeeded, MAX_LOOKUP_ROUNDS } from '../rules/lookups.ts'
import type { RuleSet } from '../rules/ruleset.ts'
import { answersInRounds } from './answers.ts'
import type { Unavailable } from './job.ts'
import { readIncluded } from './rule-files.ts'
import type { WorkerSetup } from './worker.ts'

/** Stopped rules that the journal names. */
const MOST_NAMED = 5

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
  /** All that is left to do is to wait for answers from outside. */
  readonly waits: () => void
  /** The rules begin: where they note the one that runs and those that hit. */
  readonly words: () => Int32Array | undefined
  /** Rules that do not run. */
  readonly without: readonly string[]
}

export interface RulePassResult {
  readonly hits: readonly ScoredHit[]
  readonly unavailable: readonly Unavailable[]
  readonly demands: readonly Demand[]
  /** What rule files want written into the mail. */
  readonly markup: Markup | undefined
}

export interface RulePass {
  readonly set: RuleSet
  run(input: RulePassInput): Promise<RulePassResult>
}

export function createRulePass({ sources, config, local }: WorkerSetup): RulePass {
  const set = loadRules(sources, {
    plugins: EVAL_PLUGINS,
    net: !local,
    bayes: config.bayes.enabled,
    include: readIncluded,
  })
  return {
    set,
    async run({ message, envelope, facts, auth, bayes, dns, now, signal, waits, words, without }) {
      const known = { message, envelope, facts, auth, now, local, ...(bayes === undefined ? {} : { bayes }) }
      const answers = await answersInRounds(
        (so_far) => lookupsNeeded(set, { ...known, answers: so_far }),
        MAX_LOOKUP_ROUNDS,
        dns,
        signal,
        waits,
      )
      const progress = words()
      const evaluated = evaluate(set, {
        ...known,
        answers,
        clock: () => performance.now(),
        budgetMs: config.scan.rules_budget,
        without,
        ...(progress === undefined ? {} : { progress }),
      })
      const { hits, slow, incomplete, unfinished, actions } = evaluated
      const slowest = slow[0] === undefined ? '' : `, slowest ${slow[0].name} (${Math.round(slow[0].ms)} ms)`
      const reason = `not all rules had their turn within ${config.scan.rules_budget} ms${slowest}`
      return {
        // evidence is a piece of the mail, perhaps cut within a character
        hits: hits.map((hit) =>
          hit.detail === undefined ? hit : { ...hit, detail: toReadable(hit.detail) },
        ),
        unavailable: [
          ...(incomplete ? [{ check: 'rules', reason }] : []),
          ...stopped(unfinished),
          ...unanswered(answers),
        ],
        demands: deciding(actions, set).map(demandOf),
        markup: markupOf(set, message, evaluated),
      }
    },
  }
}

/** Where final rules hit, the first of them in the order of their lines is the only one that asks for anything. */
function deciding(actions: readonly RuleAction[], set: RuleSet): readonly RuleAction[] {
  const finals = actions.filter(({ final }) => final === true)
  if (finals.length === 0) return actions
  for (const action of set.actions.values()) if (finals.includes(action)) return [action]
  return finals
}

/** The action a rule's author put behind `#hamlet: action`. */
function demandOf({ rule, action, argument, final }: RuleAction): Demand {
  const words = argument === '' ? {} : action === 'redirect' ? { address: argument } : { text: argument }
  return { action, source: 'rule', hit: rule, ...words, ...(final === true ? { final } : {}) }
}

/** Rules whose patterns this mail made run too long have not said "no". */
function stopped(rules: readonly string[]): readonly Unavailable[] {
  if (rules.length === 0) return []
  const more = rules.length > MOST_NAMED ? ` and ${rules.length - MOST_NAMED} more` : ''
  const names = rules.slice(0, MOST_NAMED).join(', ')
  return [{ check: 'rules', reason: `stopped after too many steps: ${names}${more}` }]
}

/** Network rules whose questions nobody answered have not said "clean". */
function unanswered(answers: Answers): readonly Unavailable[] {
  const lost = [...answers].flatMap(([question, answer]) =>
    answer.kind === 'unavailable' ? [{ question, reason: answer.reason }] : [],
  )
  const [first] = lost
  if (first === undefined) return []
  return [
    {
      check: 'rules',
      reason: `${lost.length} of ${answers.size} DNS questions got no answer, first ${first.question}: ${first.reason}`,
    },
  ]
}
