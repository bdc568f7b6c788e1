/** `hamlet learn undo`: takes lessons back, by number or by time, source and person. */
import type { BayesStore } from '../../store/bayes-store.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from '../options.ts'
import { EXIT, UsageError } from '../verb.ts'
import type { Verb } from '../verb.ts'
import { journalQuery, PERIOD } from './period.ts'
import { DOMAIN_OPTION, accountName, withBayesStore } from './store.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  domain: DOMAIN_OPTION,
  ...PERIOD,
} satisfies OptionTable

export const verb: Verb = {
  name: 'undo',
  usage: ['[OPTION…] LESSON…', '[OPTION…] --since TIME'],
  about: `Takes lessons back by their number, or all of --since, --until, --source, --who.`,
  options: OPTIONS,
  exits: {
    0: 'done',
    1: 'nothing to undo',
    64: 'wrong arguments',
    75: 'the database is busy or unusable: try later',
  },

  async run(args, terminal) {
    const { values, positionals } = parseOptions(args, OPTIONS)
    const query = journalQuery(values, Date.now())
    const chosen = Object.keys(query).length > 0
    if (chosen === positionals.length > 0)
      throw new UsageError(
        'name lessons by their numbers, or choose them by --since, --until, --source, --who',
      )
    const numbers = positionals.map(lessonNumber)
    return withBayesStore(values, (store) => {
      const found = chosen ? lessonsOf(store, query) : numbers
      const origin = { at: Date.now(), who: accountName(), source: 'undo' }
      let done = 0
      for (const id of found) {
        const about = `lesson ${id}`
        if (store.undo(id, { ...origin, about })) done++
        else
          terminal.err(
            `lesson ${id}: not taken back (unknown, taken back before, followed by a later one, or too old)`,
          )
      }
      const { spam, ham } = store.totals()
      terminal.out(`${done} of ${found.length} lessons taken back; now ${spam} spam and ${ham} ham`)
      return done === 0 ? EXIT.negative : EXIT.ok
    })
  },
}

/** Newest first, so that a message's later lesson is gone before its earlier one is asked for. */
function lessonsOf(store: BayesStore, query: Parameters<BayesStore['journal']>[0]): number[] {
  return store
    .journal({ ...query, limit: 1_000_000 })
    .filter(({ state, as, source }) => state === 'active' && as !== 'none' && source !== 'undo')
    .map(({ id }) => id)
}

function lessonNumber(text: string): number {
  const id = Number(text)
  if (!Number.isInteger(id) || id < 1) throw new UsageError(`${text} is not the number of a lesson`)
  return id
}
