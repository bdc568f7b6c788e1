/** The journal of lessons as people ask for it: newest first, without what each lesson added. */
import type { LessonRow, Statements } from './bayes-statements.ts'
import type { JournalEntry, JournalQuery } from './bayes-store.ts'

export function journalOf(
  sql: Statements,
  scope: number,
  { since = 0, until = Number.MAX_SAFE_INTEGER, source, who, limit = 1000 }: JournalQuery,
): JournalEntry[] {
  const asked = { scope, since, until, source: source ?? null, who: who ?? null, limit }
  return (sql.journal.all(asked) as LessonRow[]).map(entryOf)
}

function entryOf(row: LessonRow): JournalEntry {
  const { id, at, who, source, about, class: as, before } = row
  return {
    id,
    at,
    who,
    source,
    about,
    as,
    before,
    state: row.undone ? 'undone' : row.delta ? 'active' : 'kept',
  }
}
