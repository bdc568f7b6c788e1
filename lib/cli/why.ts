/** `hamlet why`: what was decided about a mail, and on what grounds. */
import { existsSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { parseDuration } from '../config/units.ts'
import { explainDecision } from '../history/why.ts'
import { loadDescriptions } from '../scan/descriptions.ts'
import { openHistory } from '../store/history-sqlite.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, EXIT, UsageError, type Verb } from './verb.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  since: { value: 'TIME', help: 'how far back to look: 2h, 7d (default: all that is kept)' },
  limit: { value: 'N', default: '10', help: 'how many decisions at most (default 10)' },
  json: { help: 'the decisions as JSON, one a line' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'why',
  usage: ['[OPTION…] WORD…'],
  about: `Finds decisions in the record, the newest first, and explains each: what was done, every test with its points, what
could not answer, and what would have changed the outcome. A WORD is

  a reference      k3jd92hx-2, from the SMTP reply, the sender's bounce, X-Spam-Status or the journal
  a queue id       4D2F61C0A1
  a Message-ID     with or without brackets
  an address       of the envelope: anna@example.org, or @example.org for a whole domain
  a client         192.0.2.7`,
  options: OPTIONS,
  takes: 'reference',
  exits: {
    0: 'found',
    1: 'nothing found',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length === 0) throw new UsageError('no WORD given')
    const limit = Number(values.limit)
    if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit: expected a whole number from 1')
    const span = values.since === undefined ? null : parseDuration(values.since)
    if (values.since !== undefined && span === null)
      throw new UsageError('--since: expected a time such as 2h or 7d')
    const { config } = loadConfig(values.config)
    if (!existsSync(join(config.state, 'history.sqlite')))
      throw new CommandError(`there is no record in ${config.state} yet`, EXIT.negative)
    const history = openHistory(config.state)
    try {
      const since = span === null ? 0 : Date.now() - span
      const found = positionals.flatMap((word) => history.find({ word, since, limit })).slice(0, limit)
      const descriptions = values.json === true || found.length === 0 ? new Map() : loadDescriptions(config)
      for (const decision of found)
        if (values.json === true) terminal.out(JSON.stringify(decision))
        else for (const line of [...explainDecision(decision, descriptions), '']) terminal.out(line)
      if (found.length === 0) terminal.err(`nothing is known of ${positionals.join(' ')}${hint(positionals)}`)
      return found.length > 0 ? EXIT.ok : EXIT.negative
    } finally {
      history.close()
    }
  },
}

/** A bare domain is no word of any record: addresses are found whole, or by what stands behind the @. */
function hint(words: readonly string[]): string {
  const domains = words.filter((word) => /^[^@\s]+\.[^@\s.]{2,}$/.test(word) && isIP(word) === 0)
  return domains.length === 0
    ? ''
    : `; for the mail of a domain: hamlet why ${domains.map((one) => `@${one}`).join(' ')}`
}
