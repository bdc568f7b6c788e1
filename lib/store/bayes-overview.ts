/** What is in bayes.sqlite, counted: for `hamlet stats`. Reads whole indexes, so not for each mail. */
import type { BayesOverview } from './bayes-store.ts'
import type { Sqlite } from './database.ts'

const SOURCES = `SELECT source, class AS "as", count(*) AS lessons, sum(undone) AS takenBack FROM lesson
  WHERE scope = ? AND rehearses IS NULL GROUP BY source, class ORDER BY source, class`
const DAYS = `SELECT date(at / 1000, 'unixepoch', 'localtime') AS day, source, class AS "as", count(*) AS lessons
  FROM lesson WHERE scope = ? AND at >= ? AND rehearses IS NULL GROUP BY day, source, class ORDER BY day DESC, source, class`

/** Of one model, but for the sizes, which are the file's. `since` bounds the days, in milliseconds since the epoch; `limit` is the size the file may reach. */
export function overviewOf(database: Sqlite, scope: number, limit: number, since: number): BayesOverview {
  const number = (pragma: string) => Number(database.pragma(pragma, { simple: true }))
  const { words } = database.prepare('SELECT count(*) AS words FROM token WHERE scope = ?').get(scope) as {
    words: number
  }
  return {
    words,
    bySource: database.prepare(SOURCES).all(scope) as BayesOverview['bySource'],
    byDay: database.prepare(DAYS).all(scope, since) as BayesOverview['byDay'],
    octets: number('page_count') * number('page_size'),
    free: number('freelist_count') * number('page_size'),
    limit,
  }
}
