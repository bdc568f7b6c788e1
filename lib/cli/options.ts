/**
 * Options of a verb: one table says their names, values and help, and is read by the parser, by `--help`, by the man
 * pages and by the shells' completion.
 */
import { Command, CommanderError, Option } from 'commander'
import { UsageError } from './verb.ts'

/** What a shell offers for a value: names of files, words, or what Hamlet itself knows (`completion/candidates.ts`). */
export type Completion =
  'file' | 'directory' | 'rule' | 'reference' | 'address' | 'group' | 'domain' | readonly string[]

/** One option. Without `value` it is a switch. */
export interface OptionSpec {
  /** One letter, for options that other programs of its kind have under it. */
  readonly short?: string
  /** What stands for its value in help texts, such as FILE; the value is optional where this stands in brackets. */
  readonly value?: string
  /** May be given several times; the values come as a list. */
  readonly multiple?: true
  readonly default?: string
  /** Without it FILE and PATH are files, DIRECTORY is a directory, and for anything else nothing is offered. */
  readonly complete?: Completion
  /** A line for people, in lower case and without a full stop. */
  readonly help: string
}
/** By long name, without the dashes. */
export type OptionTable = Readonly<Record<string, OptionSpec>>

type ValueOf<S extends OptionSpec> = S extends { readonly value: string }
  ? S extends { readonly multiple: true }
    ? readonly string[] | undefined
    : S extends { readonly default: string }
      ? string
      : string | undefined
  : boolean | undefined

export type OptionValues<O extends OptionTable> = { readonly [K in keyof O]: ValueOf<O[K]> }

export interface Parsed<O extends OptionTable> {
  readonly values: OptionValues<O>
  readonly positionals: readonly string[]
}

/** The option that nearly every verb has. */
export const CONFIG_OPTION = {
  value: 'FILE',
  help: 'configuration; without it /etc/hamlet/hamlet.yaml if there is one, else the embedded default',
} as const satisfies OptionSpec

/** `--config FILE` may stand before the command of a verb (`hamlet learn --config FILE log`) as well as behind it. */
export function commandFirst(args: readonly string[]): readonly string[] {
  const [first = ''] = args
  const length = first === '--config' ? 2 : first.startsWith('--config=') ? 1 : 0
  const [command, ...rest] = args.slice(length)
  return command === undefined ? args : [command, ...args.slice(0, length), ...rest]
}

/** Options and positional arguments; anything unknown is a `UsageError` that names the nearest option there is. */
export function parseOptions<const O extends OptionTable>(args: readonly string[], options: O): Parsed<O> {
  const command = new Command()
    .exitOverride()
    .helpOption(false)
    .allowExcessArguments()
    .configureOutput({ writeErr: () => undefined, writeOut: () => undefined })
  for (const [name, spec] of Object.entries(options)) command.addOption(optionOf(name, spec))
  try {
    command.parse(args, { from: 'user' })
  } catch (error) {
    if (error instanceof CommanderError) throw new UsageError(inOneLine(error.message))
    throw error
  }
  const given: Readonly<Record<string, unknown>> = command.opts()
  // the parser names options in camel case
  const values = Object.fromEntries(Object.keys(options).map((name) => [name, given[camelCase(name)]]))
  return { values: values as OptionValues<O>, positionals: command.args }
}

function optionOf(name: string, { short, value, multiple, default: preset, help }: OptionSpec): Option {
  const argument = value === undefined ? '' : value.startsWith('[') ? ` ${value}` : ` <${value}>`
  const option = new Option(`${short === undefined ? '' : `-${short}, `}--${name}${argument}`, help)
  if (multiple) option.argParser((text, before: readonly string[] | undefined) => [...(before ?? []), text])
  return preset === undefined ? option : option.default(preset)
}

const camelCase = (name: string): string =>
  name.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())

const inOneLine = (message: string): string =>
  message
    .replace(/^error: /, '')
    .replace(/(?<!\s)\s*\n\s*/g, ' ')
    .trim()
