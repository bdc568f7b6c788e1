/** Which names the lines of rule files speak of: what lint needs to find names that belong to no rule. */
import type { Place } from './problem.ts'

export interface Mention extends Place {
  /** The directive: score, describe, tflags, priority, shortcircuit, replace_rules, subjprefix. */
  readonly word: string
  readonly rule: string
}

/** A rule that is defined a second time; the second definition counts. */
export interface Redefinition extends Place {
  readonly rule: string
  readonly before: Place
}

/** What is noted while files are read. Only lint asks for it: it is as long as the files. */
export interface Notes {
  readonly mentions: Mention[]
  readonly redefinitions: Redefinition[]
}
