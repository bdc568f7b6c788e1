/** Words that only this Hamlet knows: names of its rules, references and addresses of its record, its groups and domains. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { Config } from '../../config/schema.ts'
import { readRuleFiles } from '../../scan/rule-files.ts'
import { openHistory } from '../../store/history-sqlite.ts'

const KINDS = ['rule', 'reference', 'address', 'group', 'domain'] as const
export type CandidateKind = (typeof KINDS)[number]

/** Of the record only the latest decisions are of interest, and a shell shows no long lists. */
const LATEST = 200
/** A word goes to a shell unquoted: nothing that a sender wrote may be more than a word there. */
const PLAIN = /^[A-Za-z0-9@._+=:/-]{1,200}$/

export function isCandidateKind(text: string): text is CandidateKind {
  return KINDS.some((kind) => kind === text)
}

/** Throws what the files behind it throw. */
export function candidates(kind: CandidateKind, config: Config): readonly string[] {
  const words = wordsOf(kind, config).filter((word) => PLAIN.test(word))
  return [...new Set(words)]
}

function wordsOf(kind: CandidateKind, config: Config): readonly string[] {
  switch (kind) {
    case 'rule':
      return ruleNames(config)
    case 'group':
      return Object.keys(config.groups)
    case 'domain':
      return config.bayes.domains
    case 'reference':
      return latest(config).map(({ reference }) => reference)
    case 'address':
      return latest(config).flatMap(({ sender, recipients }) => [sender, ...recipients])
  }
}

/** By the first words of the lines: reading the rules in earnest would take a second. */
function ruleNames(config: Config): readonly string[] {
  return readRuleFiles(config.rules).sources.flatMap(({ text }) =>
    [...text.matchAll(/^[ \t]*(?:header|body|rawbody|full|uri|meta|mimeheader|score)[ \t]+([A-Z]\w*)/gm)].map(
      ([, name]) => name ?? '',
    ),
  )
}

function latest(config: Config) {
  if (!existsSync(join(config.state, 'history.sqlite'))) return []
  const history = openHistory(config.state)
  try {
    return history.latest(LATEST)
  } finally {
    history.close()
  }
}
