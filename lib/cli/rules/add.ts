/** `hamlet rules add`: writes a custom rule, as Kerio's had a form for it. */
import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { messageOf } from '../../fault.ts'
import { EVAL_PLUGINS } from '../../rules/evals/index.ts'
import {
  CONDITIONS,
  type CustomRule,
  customRuleLines,
  isActionKind,
  isCondition,
} from '../../rules/custom-rule.ts'
import { loadRules } from '../../rules/load.ts'
import { parseOptions, type OptionTable } from '../options.ts'
import { CommandError, EXIT, UsageError, type Verb } from '../verb.ts'
import { CUSTOM_FILE } from './custom-file.ts'
import { readable } from './rule-set.ts'

const OPTIONS = {
  score: { value: 'N', help: 'add N points (negative protects); default 5' },
  action: {
    value: 'ACTION',
    complete: ['accept', 'reject', 'quarantine', 'discard', 'redirect'],
    help: 'instead of points: accept, reject, quarantine, discard or redirect',
  },
  final: { help: 'the first rule so marked that hits decides, as in Kerio; what later ones ask for is left' },
  with: { value: 'TEXT', help: 'reply text of reject, reason of quarantine, address of redirect' },
  name: { value: 'NAME', help: 'name of the rule; default CUSTOM_RULE_ and the next number' },
  comment: { value: 'TEXT', help: 'description' },
  file: { value: 'FILE', help: `default ${CUSTOM_FILE}` },
  print: { help: 'print the lines instead of writing them' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'add',
  usage: ['[OPTION…] FIELD CONDITION [TEXT]'],
  about: `Appends a rule to a file of custom rules. FIELD is from, to, cc, subject, sender, body or the name of a header; from
and to also mean the envelope. CONDITION is one of ${CONDITIONS.join(', ')}.`,
  options: OPTIONS,
  exits: {
    0: 'done',
    64: 'wrong arguments',
    73: 'the file cannot be written',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    const file = values.file ?? CUSTOM_FILE
    const before = existsSync(file) ? readFileSync(file, 'latin1') : ''
    const [field, condition, ...words] = positionals
    if (field === undefined || condition === undefined) throw new UsageError('FIELD and CONDITION are needed')
    if (!isCondition(condition)) throw new UsageError(`${condition} is none of ${CONDITIONS.join(', ')}`)
    const rule: CustomRule = {
      name: values.name ?? nextName(before),
      field,
      condition,
      text: words.join(' '),
      effect: consequence(values.action, values.with, values.score, values.final === true),
      comment: values.comment ?? '',
    }
    const lines = checked(rule, before)
    if (values.print === true) for (const line of lines) terminal.out(readable(line))
    else {
      write(file, `${before === '' || before.endsWith('\n') ? '' : '\n'}${lines.join('\n')}\n`)
      terminal.out(rule.name)
    }
    return EXIT.ok
  },
}

function consequence(
  action: string | undefined,
  text: string | undefined,
  score: string | undefined,
  final: boolean,
): CustomRule['effect'] {
  if (final && action === undefined) throw new UsageError('--final goes with --action')
  if (action === undefined) {
    const points = Number(score ?? '5')
    if (!Number.isFinite(points) || points === 0) throw new UsageError('--score takes a number that is not 0')
    return { score: points }
  }
  if (score !== undefined) throw new UsageError('--score and --action exclude each other')
  if (!isActionKind(action)) throw new UsageError(`--action: unknown action ${action}`)
  return { action, argument: text ?? '', final }
}

function nextName(before: string): string {
  const numbers = [...before.matchAll(/\bCUSTOM_RULE_(\d+)\b/g)].map((found) => Number(found[1]))
  return `CUSTOM_RULE_${Math.max(0, ...numbers) + 1}`
}

/** The lines, once the rule language itself has accepted them. */
function checked(rule: CustomRule, before: string): readonly string[] {
  const lines = customRuleLines(rule)
  if ('error' in lines) throw new UsageError(lines.error)
  if (new RegExp(`^\\s*(?:header|body|rawbody|meta)\\s+${rule.name}\\s`, 'm').test(before))
    throw new UsageError(`there is a rule ${rule.name} already`)
  const set = loadRules([{ file: 'new rule', text: lines.join('\n') }], { plugins: EVAL_PLUGINS })
  const [problem] = set.problems
  if (problem !== undefined) throw new UsageError(problem.text)
  return lines
}

function write(file: string, text: string): void {
  try {
    appendFileSync(file, Buffer.from(text, 'latin1'))
  } catch (error) {
    throw new CommandError(`cannot write ${file}: ${messageOf(error)}`, EXIT.cannotCreate)
  }
}
