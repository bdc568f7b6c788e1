/** What is wrong with a rule file, line by line: the loader never throws on what an admin wrote. */

/**
 * `error`: SpamAssassin would refuse the line, too. `unsupported`: it would take it, Hamlet does not.
 * `warning`: accepted, but probably not what was meant.
 */
export type Severity = 'error' | 'unsupported' | 'warning'

export interface Place {
  readonly file: string
  /** From 1. */
  readonly line: number
}

export interface Problem extends Place {
  readonly severity: Severity
  readonly text: string
}
