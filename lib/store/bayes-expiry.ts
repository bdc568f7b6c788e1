/**
 * Keeps bayes.sqlite within its size. What is least useful goes first: words seen once long ago, later also words seen
 * a few times; the deltas of old lessons (they can then no longer be taken back), never those the weights still need.
 * Each run looks at a bounded number of rows and goes on where the last one stopped, so mail never waits for it. Freed
 * pages are used again; when many are free (the size was lowered) the file shrinks.
 */
import type { Sqlite } from './database.ts'

/** Of the size, what may be used before anything is dropped. */
const FULL = 0.85
/** Shares of the size: what lessons added, the journal's lines, the list of messages learned; octets a row of each. */
const DELTAS = { share: 0.25, octets: 12_000 }
const LINES = { share: 0.1, octets: 250 }
const MESSAGES = { share: 0.1, octets: 100 }
/** What goes, in turns: words with at most `count` mails, not seen for `days`. */
const TURNS = [
  { count: 1, days: 30 },
  { count: 1, days: 7 },
  { count: 2, days: 30 },
  { count: 1, days: 1 },
  { count: 3, days: 7 },
  { count: 10, days: 90 },
  { count: 1, days: 0 },
  { count: 2, days: 0 },
  { count: 1e9, days: 30 },
  { count: 5, days: 0 },
  { count: 1e9, days: 0 },
] as const
/** When a write found no room: rows looked at in a step, and steps at most. */
const RESCUE = { rows: 50_000, steps: 100 }
const DAY = 86_400_000

/** Which turn it is, the last word looked at, and how much was used when the round began. */
interface Position {
  readonly turn: number
  readonly after: number
  readonly used: number
}

export class BayesExpiry {
  readonly #database: Sqlite
  readonly #limit: number

  constructor(database: Sqlite, size: number) {
    this.#database = database
    this.#limit = size
    const pageSize = Number(database.pragma('page_size', { simple: true }))
    // The last word: beyond it SQLite refuses to write, which is said as a full disk is.
    if (!database.readonly) database.pragma(`max_page_count = ${Math.floor(size / pageSize)}`)
  }

  /** True when something should go. */
  due(): boolean {
    return this.#used() > FULL * this.#limit
  }

  /**
   * Drops, within the caller's transaction, until there is room again: for the lesson that found none. Takes some
   * tenths of a second, but never happens while the steps of `run` keep up. False when there was nothing to drop.
   */
  rescue(today: number): boolean {
    const before = this.#used()
    this.dropDeltas()
    for (let step = 0; step < RESCUE.steps && this.due(); step++) {
      this.run(today, RESCUE.rows)
      this.dropDeltas()
    }
    return this.#used() < before
  }

  /** Drops at most about `rows` rows, within the caller's transaction; `today` in days since the epoch. */
  run(today: number, rows: number): number {
    if (!this.due()) return 0
    return (
      this.#dropLessons(this.#older(LINES), rows) +
      this.#dropMessages(this.#older(MESSAGES), rows) +
      this.#dropWords(today, rows)
    )
  }

  /**
   * Drops what old lessons had added, so that they cannot be taken back or gone over again. Never of a lesson that is
   * not in the snapshot of its model yet, nor of one that was gone over again since.
   */
  dropDeltas(): number {
    if (!this.due()) return 0
    return this.#database
      .prepare(
        `UPDATE lesson SET delta = NULL WHERE delta IS NOT NULL AND id < ?
           AND id <= (SELECT snapshot FROM scope WHERE scope.id = lesson.scope)
           AND NOT EXISTS (SELECT 1 FROM lesson AS again WHERE again.rehearses = lesson.id
             AND again.id > (SELECT snapshot FROM scope WHERE scope.id = lesson.scope))`,
      )
      .run(this.#older(DELTAS)).changes
  }

  /** Lessons before this one are over the share. When words alone do not make room, lessons were larger than thought. */
  #older({ share, octets }: typeof DELTAS): number {
    const row = this.#database.prepare('SELECT coalesce(max(id), 0) AS last FROM lesson').get()
    const { last } = row as { last: number }
    return last - Math.floor((share * this.#limit) / octets / (1 + this.#position().turn))
  }

  #dropLessons(before: number, rows: number): number {
    return this.#database
      .prepare(
        'DELETE FROM lesson WHERE id IN (SELECT id FROM lesson WHERE delta IS NULL AND id < ? ORDER BY id LIMIT ?)',
      )
      .run(before, rows).changes
  }

  /** Learned again after that, such a message counts as new. */
  #dropMessages(before: number, rows: number): number {
    return this.#database
      .prepare(
        `DELETE FROM message WHERE (scope, digest) IN
           (SELECT scope, digest FROM message WHERE lesson < ? ORDER BY lesson LIMIT ?)`,
      )
      .run(before, rows).changes
  }

  /** Goes on where the last run stopped; a round that made no room is followed by a less choosy one. */
  #dropWords(today: number, rows: number): number {
    let left = rows
    let dropped = 0
    for (let rounds = 0; rounds <= TURNS.length && left > 0 && dropped === 0; rounds++) {
      const position = this.#position()
      const seen = this.#database
        .prepare(
          'SELECT max(id) AS last, count(*) AS rows FROM (SELECT id FROM token WHERE id > ? ORDER BY id LIMIT ?)',
        )
        .get(position.after, left) as { last: number | null; rows: number }
      left -= seen.rows
      if (seen.last === null) {
        const gained = this.#used() < 0.99 * position.used
        this.#setPosition({
          turn: this.#possible(gained ? 0 : position.turn + 1, today),
          after: -1,
          used: this.#used(),
        })
        continue
      }
      const { count, days } = TURNS[position.turn] ?? TURNS[0]
      dropped += this.#database
        .prepare(
          // a word of the future was learned while the clock was ahead: it is no newer than others
          'DELETE FROM token WHERE id > ? AND id <= ? AND spam + ham <= ? AND (day <= ? OR day > ?)',
        )
        .run(position.after, seen.last, count, today - days, today + 1).changes
      this.#setPosition({ ...position, after: seen.last })
    }
    return dropped
  }

  /** The next turn that can find anything: in a file of a day no word is a month old. */
  #possible(turn: number, today: number): number {
    const oldest = this.#database.prepare('SELECT at FROM lesson ORDER BY id LIMIT 1').get()
    const days = today - Math.floor(((oldest as { at: number } | undefined)?.at ?? 0) / DAY)
    for (let next = turn; next < TURNS.length; next++) if ((TURNS[next]?.days ?? 0) <= days) return next
    return TURNS.findIndex((each) => each.days <= days)
  }

  #position(): Position {
    const row = this.#database.prepare("SELECT value FROM property WHERE name = 'expiry'").get()
    const text = (row as { value: string } | undefined)?.value ?? `0 -1 ${this.#used()}`
    const [turn = 0, after = -1, used = 0] = text.split(' ').map(Number)
    return { turn, after, used }
  }

  #setPosition({ turn, after, used }: Position): void {
    this.#database
      .prepare("INSERT OR REPLACE INTO property VALUES ('expiry', ?)")
      .run(`${turn} ${after} ${used}`)
  }

  /** Octets in use; pages that became free are not counted, room within pages is. */
  #used(): number {
    const of = (name: string) => Number(this.#database.pragma(name, { simple: true }))
    return (of('page_count') - of('freelist_count')) * of('page_size')
  }
}
