/**
 * Every statement of every store, as SQLite means to work it off: none that runs beside mail walks through a table that
 * can grow, so that no query touches more rows than it answers with, or drops.
 */
import { describe, expect, it } from '@jest/globals'
import Database from 'better-sqlite3'
import { BayesExpiry } from '../../lib/store/bayes-expiry.ts'
import { BAYES_MIGRATIONS } from '../../lib/store/bayes-schema.ts'
import { openBayesStore } from '../../lib/store/bayes-sqlite.ts'
import { openDatabase } from '../../lib/store/database.ts'
import { openHistory } from '../../lib/store/history-sqlite.ts'
import { openSeen } from '../../lib/store/seen-store.ts'
import { openState } from '../../lib/store/state.ts'

/** What a person asks for by a command, in a process of its own, may look at everything. */
const BY_HAND: readonly RegExp[] = [
  // hamlet senders: a part of an address
  /FROM reputation WHERE instr\(/,
  // hamlet allow --list, and the count before an entry is added by hand
  /^SELECT \* FROM sender_list WHERE .* ORDER BY kind/,
  /^SELECT count\(\*\) FROM (sender_list|releases)$/,
  // hamlet limits: the highest of a kind
  /^SELECT key, SUM\(amount\)/,
  // hamlet limits: who is shut out, newest first
  /FROM blocks WHERE .*ORDER BY since DESC/,
  // a row a configured list; a row a model
  /list_status/,
  // hamlet learn --journal
  /FROM lesson WHERE scope = \$scope AND at >=/,
]
/** Once, when the file is opened. */
const AT_START = /^SELECT count\(\*\) FROM \w+$/

interface Prepared {
  readonly database: Database.Database
  readonly sql: string
}

/** Everything that is prepared while the stores are opened and used once. */
function prepared(work: () => void): readonly Prepared[] {
  const found: Prepared[] = []
  const { prepare } = Database.prototype
  Database.prototype.prepare = function (this: Database.Database, sql: string) {
    found.push({ database: this, sql })
    return prepare.call(this, sql) as ReturnType<typeof prepare>
  } as typeof prepare
  try {
    work()
  } finally {
    Database.prototype.prepare = prepare
  }
  return found
}

/** Values do not matter to a plan, only that they are there. */
function planOf({ database, sql }: Prepared): readonly string[] {
  const filled = sql.replace(/[@$]\w+|\?/g, '1')
  const rows = database.prepare(`EXPLAIN QUERY PLAN ${filled}`).all() as { readonly detail: string }[]
  return rows.map(({ detail }) => detail)
}

const oneLine = (sql: string): string => sql.replace(/\s+/g, ' ').trim()

describe('no query beside mail walks through a table', () => {
  const bounds = {
    events: 10,
    greylisted: 10,
    reputations: 10,
    correspondents: 10,
    blocks: 10,
    senderEntries: 10,
    releases: 10,
  }
  const statements = prepared(() => {
    openState(':memory:', { bounds })
    openHistory(':memory:')
    openSeen(':memory:', { size: 1e6 })
    openBayesStore(':memory:')
    // a size that is always exceeded: everything there is to drop is looked for
    const expiry = new BayesExpiry(openDatabase(':memory:', { migrations: BAYES_MIGRATIONS }), 1)
    expiry.run(1, 10)
    expiry.dropDeltas()
  }).filter(({ sql }) => /^\s*(SELECT|DELETE|UPDATE|INSERT)/i.test(sql))

  it('is asked of every table that can grow', () => {
    const text = statements.map(({ sql }) => sql).join('\n')
    for (const table of [
      'events',
      'greylist',
      'good_sources',
      'reputation',
      'correspondents',
      'blocks',
      'sender_list',
      'releases',
      'decisions',
      'decision_addresses',
      'seen',
      'token',
      'lesson',
      'message',
    ])
      expect(text).toMatch(new RegExp(`(FROM|INTO|UPDATE|JOIN) ${table}\\b`))
  })

  it.each([...new Map(statements.map((one) => [oneLine(one.sql), one]))])('%s', (text, statement) => {
    const inProcess = BY_HAND.some((pattern) => pattern.test(text)) || AT_START.test(text)
    const walks = planOf(statement).filter(
      (step) =>
        // what is read from one end of an index up to a number of rows is no walk, nor is what that answers
        (/^SCAN (?!CONSTANT|json_each|asked|latest|\(subquery)/.test(step) &&
          !/FROM \w+ ORDER BY \w+( DESC)? LIMIT/.test(text)) ||
        // a sort of the answer touches the answer; before a limit it touches more
        (/USE TEMP B-TREE FOR ORDER BY/.test(step) && /LIMIT/.test(text)),
    )
    expect(inProcess ? [] : walks).toEqual([])
  })
})
