/** `hamlet learn log`: the journal of lessons, newest first. */
import type { JournalEntry } from '../../store/bayes-store.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, UsageError } from '../verb.ts'
import type { Verb } from '../verb.ts'
import { journalQuery, PERIOD } from './period.ts'
import { DOMAIN_OPTION, withBayesStore } from './store.ts'

const STATES = { active: '', undone: '  (taken back)', kept: '  (too old to be taken back)' } as const

const OPTIONS = {
  config: CONFIG_OPTION,
  domain: DOMAIN_OPTION,
  ...PERIOD,
  limit: { value: 'N', help: 'lessons shown; default 50' },
  json: { help: 'one JSON object a line' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'log',
  usage: ['[OPTION…]'],
  about: `The lessons of the classifier, newest first.`,
  options: OPTIONS,
  exits: {
    0: 'done',
    1: 'the model of this domain is not there',
    64: 'wrong arguments',
    75: 'the database is busy or unusable: try later',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0]}`)
    const limit = Number(values.limit ?? 50)
    if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit: expected a number from 1')
    return withBayesStore(values, (store) => {
      for (const entry of store.journal({ ...journalQuery(values, Date.now()), limit }))
        terminal.out(values.json === true ? JSON.stringify(entry) : lineOf(entry))
      return EXIT.ok
    })
  },
}

function lineOf({ id, at, who, source, about, as, before, state }: JournalEntry): string {
  const what = as === 'none' ? `forget (was ${before})` : before === 'none' ? as : `${as} (was ${before})`
  const text = `${id}  ${new Date(at).toISOString().slice(0, 19)}Z  ${source}/${who}  ${what}  ${about || '-'}${STATES[state]}`
  // What a sender wrote must not move the administrator's cursor.
  return text.replace(/[^\x20-\x7e]/g, '?')
}
