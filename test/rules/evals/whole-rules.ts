/** Rule files run whole, the way the scanner runs them, over mails written in tests; DNS answers are given. */
import type { AuthFacts } from '../../../lib/auth/facts.ts'
import { parseHeaderBlock } from '../../../lib/mail/header-block.ts'
import { type Message, parseMessage } from '../../../lib/mail/message.ts'
import type { Answer } from '../../../lib/net/dns.ts'
import { EVAL_PLUGINS } from '../../../lib/rules/evals/index.ts'
import type { EnvelopeFacts } from '../../../lib/rules/eval.ts'
import { evaluate } from '../../../lib/rules/evaluate.ts'
import { loadRules } from '../../../lib/rules/load.ts'
import { lookupKey, lookupsNeeded } from '../../../lib/rules/lookups.ts'
import type { RuleSet } from '../../../lib/rules/ruleset.ts'

/** Domains that exist for these tests, and relays that are trusted. */
const PRELUDE = 'util_rb_tld com net org example test\ntrusted_networks 10/8\ninternal_networks 10/8\n'

/** A rule set of the given lines; any problem is an error of the test. */
export function rules(text: string, options: { readonly net?: boolean } = {}): RuleSet {
  const set = loadRules([{ file: 'test.cf', text: PRELUDE + text }], { plugins: EVAL_PLUGINS, ...options })
  const [problem] = set.problems
  if (problem !== undefined) throw new Error(`${problem.file}:${problem.line}: ${problem.text}`)
  return set
}

export function mail(source: string): Message {
  const block = parseHeaderBlock(source)
  const headers = block.headers.map(({ name, raw }) => ({ name, value: raw }))
  return parseMessage({ headers, body: Buffer.from(source.slice(block.bodyStart), 'latin1') })
}

export interface Judged {
  readonly envelope?: Partial<EnvelopeFacts>
  readonly answers?: Readonly<Record<string, readonly string[] | 'absent' | 'unavailable'>>
  readonly auth?: AuthFacts
  readonly bayes?: number
  readonly local?: boolean
}

function inputOf(message: Message, given: Judged) {
  const envelope = { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null }
  return {
    message,
    envelope: { ...envelope, ...given.envelope },
    facts: [],
    now: Date.UTC(2026, 0, 1),
    local: given.local ?? false,
    ...(given.bayes === undefined ? {} : { bayes: given.bayes }),
    ...(given.auth === undefined ? {} : { auth: given.auth }),
  }
}

/** Names the rules would ask for, given what is answered already. */
export function asked(set: RuleSet, source: string, given: Judged = {}): readonly string[] {
  const answers = answersOf(given)
  return lookupsNeeded(set, { ...inputOf(mail(source), given), answers }).map(lookupKey)
}

/** Names of the rules that hit, in the order of the files. */
export function hits(set: RuleSet, source: string, given: Judged = {}): readonly string[] {
  const input = { ...inputOf(mail(source), given), answers: answersOf(given) }
  const found = evaluate(set, { ...input, clock: () => 0, budgetMs: 60_000 })
  return found.hits.map(({ name }) => name)
}

function answersOf(given: Judged): ReadonlyMap<string, Answer<string>> {
  return new Map(
    Object.entries(given.answers ?? {}).map(([key, value]): [string, Answer<string>] => [
      key,
      value === 'absent'
        ? { kind: 'absent' }
        : value === 'unavailable'
          ? { kind: 'unavailable', reason: 'time-out' }
          : { kind: 'found', records: value, ttl: 60 },
    ]),
  )
}
