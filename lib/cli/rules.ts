/** `hamlet rules`: looks into rule files, tests them, measures them, and writes custom rules. */
import { EXIT, type Terminal, UsageError, type Verb } from './verb.ts'

const SUBCOMMANDS: Readonly<Record<string, () => Promise<{ readonly verb: Verb }>>> = {
  lint: () => import('./rules/lint.ts'),
  test: () => import('./rules/test.ts'),
  hits: () => import('./rules/hits.ts'),
  show: () => import('./rules/show.ts'),
  list: () => import('./rules/list.ts'),
  add: () => import('./rules/add.ts'),
  fit: () => import('./rules/fit.ts'),
}

export const verb: Verb = {
  name: 'rules',
  summary: 'check, test, measure, show and write rules',
  help: `Usage: hamlet rules COMMAND …

  lint              say every error and everything not supported, with file and line
  test FILE…        run the test lines of rule files, and rules over messages
  hits INDEX…       per rule: hits in ham and spam, S/O, rank, cost
  show NAME         a rule's definition, origin, score, and what depends on it
  list              custom rules of a file, in order
  add …             write a custom rule
  fit INDEX…        fit scores to labelled mail

hamlet rules COMMAND --help tells more.`,

  async run(args, terminal) {
    const [name, ...rest] = args
    const load = name !== undefined && Object.hasOwn(SUBCOMMANDS, name) ? SUBCOMMANDS[name] : undefined
    if (load === undefined)
      throw new UsageError(name === undefined ? 'no COMMAND given' : `unknown command ${name}`)
    const { verb: command } = await load()
    return runCommand(command, rest, terminal)
  },
}

async function runCommand(command: Verb, args: readonly string[], terminal: Terminal): Promise<number> {
  if (args.includes('--help')) {
    terminal.out(command.help.trimEnd())
    return EXIT.ok
  }
  return command.run(args, terminal)
}
