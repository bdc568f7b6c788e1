/** `hamlet rules fit`: scores for a rule set from labelled mail, by a command that gives the same file each time. */
import { writeFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from '../../fault.ts'
import { EVAL_PLUGINS } from '../../rules/evals/index.ts'
import { FIT_DEFAULTS, fitScores, type FitRule, type FitSettings } from '../../rules/fit.ts'
import { fitCorpus, type FitCorpus } from '../../rules/fit-corpus.ts'
import { fitTable, scoreFile } from '../../rules/fit-report.ts'
import { loadRules } from '../../rules/load.ts'
import type { RuleSet } from '../../rules/ruleset.ts'
import { readRuleFiles } from '../../scan/rule-files.ts'
import { parseOptions, type OptionTable } from '../options.ts'
import { CommandError, EXIT, UsageError, type Terminal, type Verb } from '../verb.ts'
import { judge } from './judge.ts'
import { type Labelled, readIndex, readMessage } from './labelled.ts'

const OPTIONS = {
  rules: {
    value: 'PATH',
    multiple: true,
    help: `rule file or directory; may be repeated; default \`builtin\`, Hamlet's own`,
  },
  out: {
    value: 'FILE',
    help: 'where the score file goes; a file of that name is not read as rules; default: standard output',
  },
  required: { value: 'N', help: `the threshold to fit for; default ${FIT_DEFAULTS.required}` },
  'ham-cost': {
    value: 'N',
    help: `how much more a lost ham weighs than a missed spam; default ${FIT_DEFAULTS.hamCost}`,
  },
  pull: { value: 'N', help: `how strongly scores are drawn to their authors'; default ${FIT_DEFAULTS.pull}` },
  weight: {
    value: 'N',
    multiple: true,
    help: 'what a corpus counts, default 1; repeated in the order of the INDEXes: less for old mail',
  },
  table: { help: 'print only what would be lost and caught' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'fit',
  usage: ['[OPTION…] INDEX…'],
  about: `Runs the rules over labelled mail and computes scores: each is drawn to the one its author gave, keeps its sign, and
grows beyond it only as far as no single corpus is the reason. Asks no network, uses no classifier. An INDEX has lines
of "ham" or "spam", a tab and the path of a message, from the folder of the index; give several corpora if you can.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'done',
    64: 'wrong arguments',
    65: 'an index or a rule file is wrong',
    66: 'a file cannot be read',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no INDEX given')
    const settings: FitSettings = {
      ...FIT_DEFAULTS,
      required: positive('--required', values.required, FIT_DEFAULTS.required),
      hamCost: positive('--ham-cost', values['ham-cost'], FIT_DEFAULTS.hamCost),
      pull: positive('--pull', values.pull, FIT_DEFAULTS.pull),
    }
    const set = rulesWithout(values.out, values.rules ?? ['builtin'])
    const weights = (values.weight ?? []).map((text) => positive('--weight', text, 1))
    const corpora = positionals.map((index, at) =>
      corpusHits(set, readIndex(index), weights[at] ?? 1, terminal),
    )
    const rules = fittable(set, corpora)
    const fitted = fitScores(rules, corpora, settings)
    for (const line of fitTable(rules, corpora, fitted, settings)) terminal.err(line)
    if (values.table === true) return EXIT.ok
    write(values.out, scoreFile(rules, corpora, fitted, settings), terminal)
    return EXIT.ok
  },
}

function positive(option: string, text: string | undefined, otherwise: number): number {
  if (text === undefined) return otherwise
  const value = Number(text)
  if (!Number.isFinite(value) || value <= 0)
    throw new UsageError(`${option}: ${text} is not a number above 0`)
  return value
}

/** The rules with their authors' scores: what an earlier fit wrote must not be the start of the next. */
function rulesWithout(out: string | undefined, paths: readonly string[]): RuleSet {
  const { sources, errors } = readRuleFiles(paths)
  const [unreadable] = errors
  if (unreadable !== undefined) throw new CommandError(`${unreadable.file}: ${unreadable.text}`, EXIT.noInput)
  const kept = sources.filter(({ file }) => out === undefined || resolve(file) !== resolve(out))
  const set = loadRules(kept, { plugins: EVAL_PLUGINS, net: false, bayes: false })
  const wrong = set.problems.find(({ severity }) => severity === 'error')
  if (wrong !== undefined)
    throw new CommandError(`${wrong.file}:${wrong.line}: ${wrong.text}`, EXIT.dataError)
  return set
}

const PROGRESS_EVERY = 1000

function corpusHits(set: RuleSet, labelled: Labelled, weight: number, terminal: Terminal): FitCorpus {
  const messages = labelled.files.map((file, at) => {
    if (at > 0 && at % PROGRESS_EVERY === 0)
      terminal.err(`${labelled.name}: ${at} of ${labelled.files.length}`)
    const { hits } = judge(set, readMessage(file))
    return { spam: file.spam, hits: hits.map(({ name }) => name) }
  })
  return fitCorpus(labelled.name, messages, weight)
}

/** Rules in the order of their files, with the scores of their authors; only those that hit anything are changed. */
function fittable(set: RuleSet, corpora: readonly FitCorpus[]): FitRule[] {
  const seen = new Set(corpora.flatMap(({ rows }) => rows.flatMap(({ hits }) => hits)))
  return [...set.rules.values()]
    .filter(({ name }) => !name.startsWith('__') && seen.has(name))
    .map(({ name, score }) => ({ name, authored: score }))
}

function write(out: string | undefined, lines: readonly string[], terminal: Terminal): void {
  if (out === undefined) {
    for (const line of lines) terminal.out(line)
    return
  }
  try {
    writeFileSync(out, `${lines.join('\n')}\n`)
  } catch (error) {
    throw new CommandError(`cannot write ${out}: ${messageOf(error)}`, EXIT.cannotCreate)
  }
}
