/** What a file in this folder provides: one verb of the `hamlet` command. */
import { forTerminal } from '../plain-text.ts'
import type { Completion, OptionTable } from './options.ts'

export interface Verb {
  readonly name: string
  /** What may follow the verb, a form each, such as `[OPTION…] FILE…`. */
  readonly usage: readonly string[]
  /** Paragraphs parted by empty lines; lines that begin with blanks stand as they are. */
  readonly about: string
  readonly options: OptionTable
  /** What a shell offers for the arguments. */
  readonly takes?: Completion
  /** Words that may stand first, each with what it does; for verbs that are too small to have commands. */
  readonly actions?: Readonly<Record<string, string>>
  /** Exit codes and what they mean. */
  readonly exits: Readonly<Record<number, string>>
  /** Verbs below this one, such as `lint` of `hamlet rules lint`; a verb that has some does nothing by itself. */
  readonly commands?: VerbTable
  /** Runs with the arguments after the verb; returns the exit code. Throws `UsageError` or `CommandError` for a clean message. */
  readonly run?: (args: readonly string[], terminal: Terminal) => Promise<number>
}

/** A verb that does something. */
export type RunnableVerb = Verb & Required<Pick<Verb, 'run'>>

export interface VerbEntry {
  /** One line for the list of verbs. */
  readonly summary: string
  readonly load: () => Promise<{ readonly verb: Verb }>
}
/** Verbs by name, loaded when they are asked for. */
export type VerbTable = Readonly<Record<string, VerbEntry>>

/** Where a verb reads and writes, so that tests can look on. */
export interface Terminal {
  readonly stdin: NodeJS.ReadableStream
  /** Results. */
  out(line: string): void
  /** Octets as they are, such as a mail; nothing is added. Absent where only lines are looked at. */
  octets?(bytes: Uint8Array): void
  /** Diagnostics and progress. */
  err(line: string): void
}

/** What a line is written to: a stream of the process, which may be a screen. */
interface Screen {
  readonly isTTY?: boolean
  write(text: string | Uint8Array): unknown
}

/**
 * The one way by which verbs print. Names of files, headers, rules and whatever else came from outside reach no screen
 * as escape sequences, whichever verb shows them. Octets (a whole mail) go to a file or pipe untouched.
 */
export function cleanTerminal(stdin: NodeJS.ReadableStream, stdout: Screen, stderr: Screen): Terminal {
  return {
    stdin,
    out: (line) => void stdout.write(`${forTerminal(line)}\n`),
    octets: (bytes) =>
      void stdout.write(
        stdout.isTTY === true
          ? forTerminal(Buffer.from(bytes).toString('utf8').replaceAll('\r\n', '\n'))
          : bytes,
      ),
    err: (line) => void stderr.write(`${forTerminal(line)}\n`),
  }
}

/** Exit codes of sysexits.h as the mail world uses them. */
export const EXIT = Object.freeze({
  ok: 0,
  /** A check said no: spam found, lint errors. */
  negative: 1,
  usage: 64,
  dataError: 65,
  noInput: 66,
  unavailable: 69,
  software: 70,
  cannotCreate: 73,
  ioError: 74,
  tempfail: 75,
  config: 78,
})

/** A failure that is explained by its message alone: printed as one line, no stack. */
export class CommandError extends Error {
  readonly exitCode: number
  constructor(message: string, exitCode: number) {
    super(message)
    this.name = 'CommandError'
    this.exitCode = exitCode
  }
}

/** Wrong arguments: the message, then a hint to --help. */
export class UsageError extends CommandError {
  constructor(message: string) {
    super(message, EXIT.usage)
    this.name = 'UsageError'
  }
}
