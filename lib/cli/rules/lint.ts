/** `hamlet rules lint`: everything that is wrong with rule files, and what of them Hamlet does not support. */
import { compileAll } from '../../rules/lint.ts'
import type { Problem } from '../../rules/problem.ts'
import { byPlace } from '../by-place.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, type Terminal, type Verb } from '../verb.ts'
import { chosenRules, readable } from './rule-set.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  strict: { help: 'what is not supported counts as an error' },
  quiet: { help: 'only errors' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'lint',
  usage: ['[OPTION…] [PATH…]'],
  about: `Reads rule files or directories (default: the configured ones) and prints one line for each thing that is wrong:
FILE:LINE: error|unsupported|warning: TEXT. Every pattern is compiled.`,
  options: OPTIONS,
  takes: 'file',
  exits: {
    0: 'no error',
    1: 'errors',
    66: 'a file cannot be read',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    const set = chosenRules(
      { rules: positionals.length > 0 ? positionals : undefined, config: values.config },
      { notes: true },
    )
    const problems = byPlace([...set.problems, ...compileAll(set)])
    print(problems, values.quiet === true, terminal)
    const count = (severity: Problem['severity']): number =>
      problems.filter((problem) => problem.severity === severity).length
    const errors = count('error') + (values.strict === true ? count('unsupported') : 0)
    terminal.err(
      `${set.rules.size} rules, ${count('error')} errors, ${count('unsupported')} not supported, ${count('warning')} warnings`,
    )
    return errors > 0 ? EXIT.negative : EXIT.ok
  },
}

function print(problems: readonly Problem[], quiet: boolean, terminal: Terminal): void {
  for (const { file, line, severity, text } of problems) {
    if (!quiet || severity === 'error') terminal.out(`${file}:${line}: ${severity}: ${readable(text)}`)
  }
}
