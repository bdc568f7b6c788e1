/** Rules and mails for the tests of the engine. */
import { UNKNOWN } from '../../lib/cli/rules/judge.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { type EvaluateInput, type Evaluated, evaluate } from '../../lib/rules/evaluate.ts'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { type LoadOptions, loadRules } from '../../lib/rules/load.ts'
import type { RuleSet } from '../../lib/rules/ruleset.ts'

export { UNKNOWN }

export function rulesOf(text: string, options: Partial<LoadOptions> = {}): RuleSet {
  return loadRules([{ file: 'test.cf', text }], {
    plugins: EVAL_PLUGINS,
    net: false,
    bayes: false,
    ...options,
  })
}

/** A mail as it is written: text in UTF-8. */
export function octets(mail: string): Uint8Array {
  return Buffer.from(mail, 'utf8')
}

export function judge(set: RuleSet, mail: string | Uint8Array, more: Partial<EvaluateInput> = {}): Evaluated {
  const bytes = typeof mail === 'string' ? octets(mail) : mail
  return evaluate(set, {
    message: parseMessage(splitMail(bytes)),
    envelope: UNKNOWN,
    facts: [],
    answers: new Map(),
    now: Date.UTC(2026, 2, 2),
    local: true,
    clock: () => performance.now(),
    budgetMs: 60_000,
    ...more,
  })
}

/** Names of the rules that hit, subrules included, in order. */
export function hitNames(
  rules: string,
  mail: string | Uint8Array,
  more: Partial<EvaluateInput> = {},
): string[] {
  const { hits, subhits } = judge(rulesOf(rules), mail, { tuning: { lazy: false }, ...more })
  return [...hits.map((hit) => hit.name), ...subhits]
}

export const MAIL = [
  'Received: from mx.sender.example (mx.sender.example [192.0.2.10]) by mail.example.org with ESMTP id 4; Mon, 2 Mar 2026 09:12:44 +0100',
  'From: "Anna Beispiel" <anna@sender.example>',
  'To: bert@example.org, "C, D" <carla@example.net>',
  'Cc: dora@example.org',
  'Subject: =?UTF-8?Q?Gr=C3=BC=C3=9Fe?= from',
  '\tthe coast',
  'Message-ID: <1@sender.example>',
  'Date: Mon, 2 Mar 2026 09:12:44 +0100',
  'X-Empty: ',
  'MIME-Version: 1.0',
  'Content-Type: text/plain; charset=UTF-8',
  '',
  'Dear Bert,',
  'the quick brown fox jumps over the lazy dog.',
  '',
  'See http://www.example.com/path?x=1 and write to anna@sender.example.',
  'VIAGRA viagra Viagra',
  '',
].join('\n')
