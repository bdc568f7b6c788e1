/** `hamlet learn log`: the journal of lessons, newest first. */
import type { JournalEntry } from '../../store/bayes-store.ts'
import { parseOptions } from '../options.ts'
import { EXIT, UsageError } from '../verb.ts'
import type { Terminal } from '../verb.ts'
import { journalQuery, PERIOD } from './period.ts'
import { withBayesStore } from './store.ts'

const STATES = { active: '', undone: '  (taken back)', kept: '  (too old to be taken back)' } as const

export async function log(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseOptions(args, {
    config: { type: 'string' },
    domain: { type: 'string' },
    ...PERIOD,
    limit: { type: 'string' },
    json: { type: 'boolean' },
  })
  if (positionals.length > 0) throw new UsageError(`unexpected argument ${positionals[0]}`)
  const limit = Number(values.limit ?? 50)
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit: expected a number from 1')
  return withBayesStore(values, (store) => {
    for (const entry of store.journal({ ...journalQuery(values, Date.now()), limit }))
      terminal.out(values.json === true ? JSON.stringify(entry) : lineOf(entry))
    return EXIT.ok
  })
}

function lineOf({ id, at, who, source, about, as, before, state }: JournalEntry): string {
  const what = as === 'none' ? `forget (was ${before})` : before === 'none' ? as : `${as} (was ${before})`
  const text = `${id}  ${new Date(at).toISOString().slice(0, 19)}Z  ${source}/${who}  ${what}  ${about || '-'}${STATES[state]}`
  // What a sender wrote must not move the administrator's cursor.
  return text.replace(/[^\x20-\x7e]/g, '?')
}
