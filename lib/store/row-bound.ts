/**
 * How many rows a table may have. The rows are counted once, when the file is opened; from then on the one process that
 * writes it keeps the count, because counting a large table takes longer than a mail may wait.
 */
import type { Sqlite } from './database.ts'

export class RowBound {
  readonly #most: number
  #rows: number

  /** `most` may be Infinity, for those who only read. */
  constructor(database: Sqlite, table: string, most: number) {
    this.#most = most
    this.#rows = Number.isFinite(most)
      ? Number(database.prepare(`SELECT count(*) FROM ${table}`).pluck().get())
      : 0
  }

  /** Rows were added, or (a negative number) dropped. */
  changed(rows: number): void {
    this.#rows += rows
  }

  /** Rows that are too many, at most `limit`. */
  over(limit: number): number {
    return Math.max(0, Math.min(limit, this.#rows - this.#most))
  }
}
