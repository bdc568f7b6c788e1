/** The SQL of the classifier's store, prepared once. */
import type { Statement } from 'better-sqlite3'
import type { MailClass } from './bayes-store.ts'
import type { Sqlite } from './database.ts'

export interface LessonRow {
  readonly id: number
  readonly message: Buffer
  readonly class: MailClass | 'none'
  readonly before: MailClass | 'none'
  readonly at: number
  readonly who: string
  readonly source: string
  readonly about: string
  readonly undoes: number | null
  readonly undone: number
  /** Null once it is too old; in the journal's answer only whether it is there (1). */
  readonly delta: Buffer | null
}

const SQL = {
  begin: 'BEGIN',
  commit: 'COMMIT',
  totals: 'SELECT spam, ham FROM scope WHERE id = ?',
  addTotals: 'UPDATE scope SET spam = max(0, spam + ?), ham = max(0, ham + ?) WHERE id = ?',
  scopeId: 'SELECT id FROM scope WHERE name = ?',
  addScope: 'INSERT OR IGNORE INTO scope (name) VALUES (?)',
  scope: 'SELECT snapshot FROM scope WHERE id = ?',
  setSnapshot: 'UPDATE scope SET snapshot = ? WHERE id = ?',
  addWord: `INSERT INTO token VALUES (?, ?, ?, ?, ?)
    ON CONFLICT (id) DO UPDATE SET spam = spam + excluded.spam, ham = ham + excluded.ham,
      -- a day of the future was written while the clock was ahead
      day = CASE WHEN day > excluded.day + 1 THEN excluded.day ELSE max(day, excluded.day) END`,
  takeWord: 'UPDATE token SET spam = max(0, spam + ?), ham = max(0, ham + ?) WHERE id = ?',
  words: 'SELECT id, spam, ham FROM token WHERE id IN (SELECT value FROM json_each(?))',
  pages: 'SELECT number, data FROM page WHERE scope = ? AND kind = ? ORDER BY number',
  setPage: 'INSERT OR REPLACE INTO page VALUES (?, ?, ?, ?)',
  since: `SELECT id, scope = $scope AS own, CASE WHEN scope = $scope THEN delta END AS delta, rehearses FROM lesson
    WHERE id > $after ORDER BY id`,
  delta: 'SELECT delta FROM lesson WHERE id = ?',
  lesson: 'SELECT * FROM lesson WHERE id = ? AND scope = ?',
  lastLesson: 'SELECT max(id) AS last FROM lesson',
  addLesson: `INSERT INTO lesson (scope, message, class, before, at, who, source, about, undoes, delta)
    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  addRehearsal: `INSERT INTO lesson (scope, message, class, before, at, who, source, about, rehearses, delta)
    VALUES (?, x'', 'rehearsal', 'none', ?, '', '', '', ?, ?)`,
  rehearsals: 'SELECT delta FROM lesson WHERE rehearses = ?',
  keptCount:
    'SELECT count(*) AS count FROM lesson WHERE scope = ? AND class = ? AND delta IS NOT NULL AND undone = 0',
  kept: `SELECT id, delta FROM lesson WHERE scope = ? AND class = ? AND delta IS NOT NULL AND undone = 0
    LIMIT 1 OFFSET ?`,
  markUndone: 'UPDATE lesson SET undone = 1 WHERE id = ?',
  journal: `SELECT id, class, before, at, who, source, about, undoes, undone, delta IS NOT NULL AS delta FROM lesson
    WHERE scope = $scope AND at >= $since AND at < $until AND ($source IS NULL OR source = $source) AND ($who IS NULL OR who = $who)
      AND rehearses IS NULL
    ORDER BY id DESC LIMIT $limit`,
  taughtBy: `SELECT count(*) AS lessons FROM lesson WHERE at > ? AND who = ? AND source IN ('mail', 'folder')`,
  about: 'SELECT message FROM lesson WHERE scope = ? AND about = ? ORDER BY id DESC LIMIT 1',
  autolearned: `SELECT count(*) AS lessons, coalesce(sum(undone AND EXISTS (SELECT 1 FROM lesson AS back
      WHERE back.undoes = latest.id AND back.source NOT IN ('auto', 'undo'))), 0) AS corrected
    FROM (SELECT id, undone FROM lesson WHERE scope = ? AND source = 'auto' AND class <> 'none' AND id > ?
      ORDER BY id DESC LIMIT 200) AS latest`,
  message: 'SELECT class, lesson FROM message WHERE scope = ? AND digest = ?',
  setMessage: 'INSERT OR REPLACE INTO message VALUES (?, ?, ?, ?)',
  dropMessage: 'DELETE FROM message WHERE scope = ? AND digest = ?',
  property: 'SELECT value FROM property WHERE name = ?',
  setProperty: 'INSERT OR IGNORE INTO property VALUES (?, ?)',
  replaceProperty: 'INSERT OR REPLACE INTO property VALUES (?, ?)',
} as const

export type Statements = Readonly<Record<keyof typeof SQL, Statement>>

export function statementsOf(database: Sqlite): Statements {
  const entries = Object.entries(SQL).map(([name, sql]) => [name, database.prepare(sql)] as const)
  const statements = Object.fromEntries(entries) as Record<keyof typeof SQL, Statement>
  statements.words.raw()
  return statements
}
