/** argv -> one verb. Verbs are loaded when they are asked for: `hamlet learn` in a mail pipe must start fast. */
import { traceOf } from './fault.ts'
import { definitions, helpText } from './cli/help.ts'
import { commandFirst } from './cli/options.ts'
import {
  cleanTerminal,
  CommandError,
  EXIT,
  UsageError,
  type Terminal,
  type VerbEntry,
  type VerbTable,
} from './cli/verb.ts'
import { nearest } from './config/nearest.ts'
import { packageVersion } from './package-root.ts'
import { StoreError } from './store/database.ts'

export const VERBS: VerbTable = {
  start: { summary: 'run the filter', load: () => import('./cli/start.ts') },
  'check-config': {
    summary: 'check the configuration and the rules',
    load: () => import('./cli/check-config.ts'),
  },
  explain: {
    summary: 'show which words moved the classifier, and how far',
    load: () => import('./cli/explain.ts'),
  },
  learn: {
    summary: 'teach the classifier spam and ham, or take that back',
    load: () => import('./cli/learn.ts'),
  },
  limits: {
    summary: 'show and reset what clients and users have used of their limits',
    load: () => import('./cli/limits.ts'),
  },
  lists: {
    summary: 'show which DNS lists are asked and which are suspended, and test them',
    load: () => import('./cli/lists.ts'),
  },
  rules: {
    summary: 'check, test, measure, show and write rules',
    load: () => import('./cli/rules.ts'),
  },
  stats: {
    summary: 'show what the classifier has learned and what it still needs',
    load: () => import('./cli/stats.ts'),
  },
  why: { summary: 'say what became of a mail, and why', load: () => import('./cli/why.ts') },
  scan: { summary: 'judge messages as if they had just arrived', load: () => import('./cli/scan.ts') },
  allow: {
    summary: 'deliver mail of a sender whatever its score, as far as it is proven to be theirs',
    load: () => import('./cli/allow.ts'),
  },
  block: {
    summary: 'refuse mail of a sender',
    load: () => import('./cli/block.ts'),
  },
  senders: {
    summary: 'show, forgive and forget what senders have earned by their mails',
    load: () => import('./cli/senders.ts'),
  },
  quarantine: {
    summary: 'list, show, release and delete held mail',
    load: () => import('./cli/quarantine.ts'),
  },
  ping: { summary: 'ask whether the filter judges, for monitoring', load: () => import('./cli/ping.ts') },
  completion: {
    summary: 'print the completion for a shell',
    load: () => import('./cli/completion.ts'),
  },
}

/** Runs one command line; returns the exit code (sysexits.h). */
export async function main(args: readonly string[], terminal: Terminal = processTerminal()): Promise<number> {
  const [name, ...rest] = args
  if (name === 'help' && rest.length > 0) return main([...rest, '--help'], terminal)
  if (name === undefined || name === '--help' || name === '-h' || name === 'help') {
    terminal.out(overview())
    return name === undefined ? EXIT.usage : EXIT.ok
  }
  if (name === '--version' || name === '-V') {
    terminal.out(`hamlet ${packageVersion()}`)
    return EXIT.ok
  }
  const entry = Object.hasOwn(VERBS, name) ? VERBS[name] : undefined
  if (entry === undefined) {
    const guess = nearest(name, Object.keys(VERBS))
    terminal.err(`hamlet: unknown verb \`${name}\`${guess === null ? '' : `; did you mean \`${guess}\`?`}`)
    terminal.err('See hamlet --help.')
    return EXIT.usage
  }
  return runVerb(name, entry, rest, terminal)
}

async function runVerb(
  name: string,
  entry: VerbEntry,
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  const { verb } = await entry.load()
  const [first = '', ...rest] = commandFirst(args)
  const command = Object.hasOwn(verb.commands ?? {}, first) ? verb.commands?.[first] : undefined
  if (command !== undefined) return runVerb(`${name} ${first}`, command, rest, terminal)
  // after `--` everything is a file name
  const options = args.includes('--') ? args.slice(0, args.indexOf('--')) : args
  if (options.includes('--help') || options.includes('-h')) {
    terminal.out(helpText(name, verb))
    return EXIT.ok
  }
  try {
    if (verb.run === undefined) throw unknownCommand(first, Object.keys(verb.commands ?? {}))
    return await verb.run(args, terminal)
  } catch (error) {
    if (error instanceof UsageError) {
      terminal.err(`hamlet ${name}: ${error.message}`)
      terminal.err(`See hamlet ${name} --help.`)
      return error.exitCode
    }
    if (error instanceof CommandError) {
      terminal.err(`hamlet ${name}: ${error.message}`)
      return error.exitCode
    }
    if (error instanceof StoreError) {
      terminal.err(`hamlet ${name}: ${error.message}`)
      return EXIT.tempfail
    }
    terminal.err(`hamlet ${name}: ${traceOf(error)}`)
    return EXIT.software
  }
}

function unknownCommand(name: string, known: readonly string[]): UsageError {
  if (name === '') return new UsageError('no COMMAND given')
  const guess = nearest(name, known)
  return new UsageError(`unknown command ${name}${guess === null ? '' : `; did you mean ${guess}?`}`)
}

function overview(): string {
  return [
    'hamlet: a spam filter for Postfix and Sendmail',
    '',
    'Usage: hamlet VERB [OPTION…] [FILE…]',
    '',
    definitions(Object.entries(VERBS).map(([name, { summary }]) => [name, summary] as const)),
    '',
    'hamlet VERB --help says more. hamlet --version.',
  ].join('\n')
}

/** The process' own streams. A reader that went away (`hamlet scan … | head`) ends the program quietly. */
function processTerminal(): Terminal {
  process.stdout.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code === 'EPIPE') process.exit(EXIT.ok)
  })
  return cleanTerminal(process.stdin, process.stdout, process.stderr)
}
