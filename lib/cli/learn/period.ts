/** The options by which `learn log` and `learn undo` choose lessons. */
import { parseDuration } from '../../config/units.ts'
import type { JournalQuery } from '../../store/bayes-store.ts'
import type { OptionTable } from '../options.ts'
import { UsageError } from '../verb.ts'

/** The same in both. */
export const PERIOD = {
  since: { value: 'TIME', help: 'from 2026-11-20, 2026-11-20T08:00 or an age such as 3d' },
  until: { value: 'TIME', help: 'before' },
  source: { value: 'NAME', help: 'only lessons that came from there: command, folder, mail, autolearn…' },
  who: { value: 'NAME', help: 'only lessons of this person' },
} as const satisfies OptionTable

export interface PeriodOptions {
  readonly since?: string | undefined
  readonly until?: string | undefined
  readonly source?: string | undefined
  readonly who?: string | undefined
}

/** `now` in milliseconds since the epoch. Throws `UsageError`. */
export function journalQuery({ since, until, source, who }: PeriodOptions, now: number): JournalQuery {
  return {
    ...(since === undefined ? {} : { since: parseTime('--since', since, now) }),
    ...(until === undefined ? {} : { until: parseTime('--until', until, now) }),
    ...(source === undefined ? {} : { source }),
    ...(who === undefined ? {} : { who }),
  }
}

/** A date, a date and time (local), or an age. */
function parseTime(option: string, text: string, now: number): number {
  const age = parseDuration(text)
  if (age !== null) return now - age
  // A date alone would be read as UTC; the administrator means the day of the place.
  const time = Date.parse(/^\d{4}-\d\d-\d\d$/.test(text) ? `${text}T00:00` : text)
  if (Number.isNaN(time))
    throw new UsageError(`${option}: expected a date such as 2026-11-20 or an age such as 3d`)
  return time
}
