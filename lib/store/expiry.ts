/**
 * How a table is kept small: what has outlived its time goes, and while there are more rows than may be, those of the
 * future (written while the clock was ahead; they count for nothing until then) and then the oldest. Every statement
 * walks an index from one end and touches the rows it drops.
 */
import type { Sqlite } from './database.ts'
import { RowBound } from './row-bound.ts'

/** Milliseconds by which two looks at a clock may differ without one of them being of the future. */
export const CLOCK_SLACK = 300_000

/** Whether a time was written while the clock was ahead of `now`. */
export const isFuture = (at: number, now: number): boolean => at > now + CLOCK_SLACK

export interface TableExpiry {
  readonly rows: RowBound
  /** Drops what is older than `before`, then what is too much; at most `limit` rows. Returns rows dropped. */
  run(before: number, limit: number, now?: number): number
}

/** `key`: the columns of the primary key; `time`: an indexed column, in milliseconds. */
export function tableExpiry(
  database: Sqlite,
  { table, key, time, most }: { table: string; key: string; time: string; most: number },
): TableExpiry {
  const columns = key.includes(',') ? `(${key})` : key
  const drop = (which: string) =>
    database.prepare(
      `DELETE FROM ${table} WHERE ${columns} IN (SELECT ${key} FROM ${table} ${which} LIMIT ?)`,
    )
  const old = drop(`WHERE ${time} < ? ORDER BY ${time}`)
  const future = drop(`WHERE ${time} > ? ORDER BY ${time} DESC`)
  const oldest = drop(`ORDER BY ${time}`)
  const rows = new RowBound(database, table, most)
  return {
    rows,
    run(before, limit, now = Infinity) {
      let dropped = old.run(before, limit).changes
      rows.changed(-dropped)
      for (const more of [
        () => future.run(now + CLOCK_SLACK, rows.over(limit - dropped)),
        () => oldest.run(rows.over(limit - dropped)),
      ]) {
        if (rows.over(limit - dropped) === 0) break
        const { changes } = more()
        rows.changed(-changes)
        dropped += changes
      }
      return dropped
    },
  }
}
