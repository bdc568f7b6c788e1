/** What a file in this folder provides: one verb of the `hamlet` command. */
export interface Verb {
  readonly name: string
  /** One line for `hamlet --help`. */
  readonly summary: string
  /** The whole help text of `hamlet VERB --help`: usage line, options, exit codes. */
  readonly help: string
  /** Verbs below this one, such as `lint` of `hamlet rules lint`; `run` is for what is none of them. */
  readonly commands?: VerbTable
  /** Runs with the arguments after the verb; returns the exit code. Throws `UsageError` or `CommandError` for a clean message. */
  run(args: readonly string[], terminal: Terminal): Promise<number>
}

/** Verbs by name, loaded when they are asked for. */
export type VerbTable = Readonly<Record<string, { readonly load: () => Promise<{ readonly verb: Verb }> }>>

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
