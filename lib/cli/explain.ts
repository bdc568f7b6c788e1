/** `hamlet explain`: why the classifier thinks what it thinks of a message. */
import { plainText } from '../plain-text.ts'
import { missing } from '../bayes/classify.ts'
import { explain } from '../bayes/explain.ts'
import type { Classification } from '../bayes/classify.ts'
import type { Explanation, Reason } from '../bayes/explain.ts'
import { tokensOf } from '../bayes/tokens.ts'
import { viewOf } from '../bayes/view.ts'
import { parseMessage } from '../mail/message.ts'
import { splitMail } from '../mail/split.ts'
import { judge } from '../checks/bayes.ts'
import type { BayesTotals } from '../store/bayes-store.ts'
import { DOMAIN_OPTION, withBayesStore } from './learn/store.ts'
import { readMails } from './mail-files.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { EXIT, UsageError } from './verb.ts'
import type { Terminal, Verb } from './verb.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  domain: DOMAIN_OPTION,
  top: { value: 'N', help: 'reasons shown for each side; default 15' },
  json: { help: 'one JSON object a line' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'explain',
  usage: ['[OPTION…] FILE…|-'],
  about: `Prints for each message what the classifier gives it, the words, pairs of words and character sequences that moved it,
with the number of spam and ham messages each word was seen in, and what would have changed the answer. Words name
their place: \`subject:offer\`, \`link:example.com\`, \`~offer\` for any case; text of the body stands alone.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'done',
    66: 'a file cannot be read',
    75: 'the database is busy or unusable',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no FILE given; - is standard input')
    const top = Number(values.top ?? 15)
    if (!Number.isInteger(top) || top < 1) throw new UsageError('--top: expected a number from 1')
    return withBayesStore(values, async (store) => {
      for await (const { name, bytes } of readMails(positionals, terminal)) {
        const model = store.model()
        const tokens = tokensOf(viewOf(parseMessage(splitMail(bytes))))
        const explanation = explain(tokens, store.salt, model)
        if (values.json === true) terminal.out(JSON.stringify(jsonOf(name, explanation, model.totals, top)))
        else print(terminal, name, explanation, model.totals, top)
      }
      return EXIT.ok
    })
  },
}

const towards = (reasons: readonly Reason[], sign: 1 | -1, top: number): readonly Reason[] =>
  reasons.filter(({ weight }) => Math.sign(weight) === sign).slice(0, top)

/** What the mail would get on its way in. */
function hitsOf(classification: Classification, totals: BayesTotals): readonly string[] {
  const result = judge(classification, totals)
  return result.kind === 'hits' ? result.hits.map(({ name }) => name) : []
}

function jsonOf(
  file: string,
  { classification, reasons, turns }: Explanation,
  totals: BayesTotals,
  top: number,
) {
  const { probability, logOdds, confidence, shares } = classification
  const spam = towards(reasons, 1, top)
  const ham = towards(reasons, -1, top)
  const hits = hitsOf(classification, totals)
  return { file, probability, hits, logOdds, confidence, learned: totals, shares, turns, spam, ham }
}

function print(
  terminal: Terminal,
  file: string,
  { classification, reasons, turns }: Explanation,
  totals: BayesTotals,
  top: number,
): void {
  const { probability, logOdds, confidence, shares } = classification
  const needs = missing(totals)
  const hits = hitsOf(classification, totals).join(', ')
  terminal.out(
    `${file}: probability of spam ${probability.toFixed(4)} (${hits}), log-odds ${signed(logOdds)}`,
  )
  terminal.out(
    `  learned ${totals.spam} spam and ${totals.ham} ham, confidence ${Math.round(100 * confidence)} %${needs === null ? '' : ` (${needs})`}`,
  )
  terminal.out(
    `  header ${signed(shares.headerModel)} and its words ${signed(shares.headerWords)}, body ${signed(shares.bodyModel)} and its words ${signed(shares.bodyWords)}`,
  )
  const sides = [
    ['spam', towards(reasons, 1, top)],
    ['ham', towards(reasons, -1, top)],
  ] as const
  for (const [side, chosen] of sides) {
    if (chosen.length > 0) terminal.out(`  towards ${side}:`)
    for (const reason of chosen) terminal.out(`    ${lineOf(reason)}`)
  }
  if (turns === null) return
  const other = logOdds > 0 ? 'ham' : 'spam'
  terminal.out(
    `  Without the ${turns === 1 ? 'first reason' : `first ${turns} reasons`} towards ${logOdds > 0 ? 'spam' : 'ham'} the answer would be ${other}.`,
  )
  const halves = [
    ['header', shares.headerModel + shares.headerWords],
    ['body', shares.bodyModel + shares.bodyWords],
  ] as const
  for (const [half, share] of halves)
    if (Math.sign(share) === -Math.sign(logOdds))
      terminal.out(`  By its ${half} alone the answer would be ${other} (${signed(share)}).`)
}

function lineOf({ kind, name, weight, spam, ham }: Reason): string {
  // Mail content: nothing in it may move the cursor or break the line.
  const shown = plainText(name).slice(0, 70)
  const counts = spam === undefined ? '' : `  spam ${spam} ham ${ham}`
  return `${signed(weight)} ${kind.padEnd(10)} ${shown}${counts}`
}

function signed(value: number): string {
  return `${value < 0 ? '-' : '+'}${Math.abs(value).toFixed(3)}`
}
