/** Hamlet's own rule set as it is shipped, and what it says of a mail without network and classifier. */
import { readdirSync, readFileSync } from 'node:fs'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { EVAL_PLUGINS } from '../../lib/rules/evals/index.ts'
import { type Evaluated, type FactHit, evaluate } from '../../lib/rules/evaluate.ts'
import { loadRules } from '../../lib/rules/load.ts'

export const FOLDER = new URL('../../rules/', import.meta.url)
export const TAG = 5

export const SET = loadRules(
  readdirSync(FOLDER)
    .filter((file) => file.endsWith('.cf'))
    .toSorted()
    .map((file) => ({ file, text: readFileSync(new URL(file, FOLDER), 'latin1') })),
  { plugins: EVAL_PLUGINS, net: false, bayes: false },
)

/** `now`: a date near that of the mails. */
export function judge(mail: string, now: string, facts: readonly FactHit[] = []): Evaluated {
  return evaluate(SET, {
    message: parseMessage(splitMail(Buffer.from(mail, 'utf8'))),
    envelope: { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null },
    facts,
    answers: new Map(),
    now: Date.parse(now),
    local: true,
    clock: () => 0,
    budgetMs: 60_000,
  })
}
