/**
 * The classifier's store in SQLite (bayes.sqlite): counts by word, the linear model's weights, the journal.
 *
 * A lesson is one row that holds everything it added; the model in memory is the snapshot of the weights plus the
 * lessons after it. So a process follows what others learn by reading the new rows (two microseconds when there are
 * none), learning is a short transaction, and taking a lesson back is adding its opposite. Within the transaction the
 * model is brought up to date first: two learners at once lose nothing.
 */
import { join } from 'node:path'
import { decodeDelta, decodeSteps, encodeDelta, encodeSteps, inverse } from './bayes-codec.ts'
import type { Delta } from './bayes-codec.ts'
import { BayesExpiry } from './bayes-expiry.ts'
import { journalOf } from './bayes-journal.ts'
import { BayesMemory } from './bayes-memory.ts'
import { overviewOf } from './bayes-overview.ts'
import { BAYES_MIGRATIONS } from './bayes-schema.ts'
import { scopeOf } from './bayes-scope.ts'
import { statementsOf } from './bayes-statements.ts'
import type { LessonRow, Statements } from './bayes-statements.ts'
import type {
  BayesOverview,
  BayesStore,
  BayesTotals,
  JournalEntry,
  JournalQuery,
  LearnedFeatures,
  Lesson,
  LessonInput,
  LessonOrigin,
  MailClass,
  ModelView,
  Teach,
} from './bayes-store.ts'
import { openDatabase, shrinkStep, storeError } from './database.ts'
import type { Sqlite } from './database.ts'
import { WordWriter } from './word-writer.ts'

export interface BayesOptions {
  /** Weights of the linear model; a power of two. Default 2^21. */
  readonly slots?: number
  /** Octets the file may reach. Default 200 MB. */
  readonly size?: number
  /** Whose model in the file: '' (default) the site's, else the name of a domain or a user. */
  readonly scope?: string
  readonly readonly?: boolean
  /** Milliseconds to wait for another writer. Default 250. */
  readonly lockTimeout?: number
  /** Fixed key of the hashes, for benchmarks and tests that must repeat; used when the file is made. */
  readonly salt?: readonly [number, number]
}

const DAY = 86_400_000
/** Rows looked at for dropping with each lesson once the file is nearly full: several times what a lesson adds. */
const ROWS_A_LESSON = 3000

/** Name of the database in a state directory. */
export const BAYES_FILE = 'bayes.sqlite'

/** Opens (and makes) the store: a state directory, a file `*.sqlite`, or `:memory:`. Throws `StoreError`. */
export function openBayesStore(place: string, options: BayesOptions = {}): BayesStore {
  const path = place === ':memory:' || place.endsWith('.sqlite') ? place : join(place, BAYES_FILE)
  const database = openDatabase(path, {
    migrations: BAYES_MIGRATIONS,
    readonly: options.readonly ?? false,
    lockTimeout: options.lockTimeout ?? 250,
    shrink: 'new',
  })
  try {
    return new SqliteBayesStore(database, path, options)
  } catch (error) {
    database.close()
    throw storeError(path, error)
  }
}

class SqliteBayesStore implements BayesStore {
  readonly salt: readonly [number, number]
  readonly #database: Sqlite
  readonly #path: string
  readonly #sql: Statements
  readonly #scope: number
  readonly #expiry: BayesExpiry
  readonly #slots: number
  readonly #size: number
  readonly #words: WordWriter
  /** Made on first use: who only reads the journal needs none. */
  #memory: BayesMemory | null = null
  /** Day of the newest lesson written here: the clock of expiry. */
  #today = 0

  constructor(database: Sqlite, path: string, options: BayesOptions) {
    this.#database = database
    this.#path = path
    this.#slots = options.slots ?? 2 ** 21
    this.#size = options.size ?? 200 * 1024 ** 2
    database.pragma('mmap_size = 268435456')
    this.#sql = statementsOf(database)
    const { id, salt } = scopeOf(this.#sql, options)
    this.#scope = id
    this.salt = salt
    this.#words = new WordWriter(this.#sql, this.#scope)
    this.#expiry = new BayesExpiry(database, this.#size)
  }

  totals(): BayesTotals {
    return this.#guard(() => this.#totals())
  }

  model(): ModelView {
    return this.#read((memory) => this.#view(memory))
  }

  learn(lessons: readonly LessonInput[], teach: Teach): readonly Lesson[] {
    const results = this.#write((memory) =>
      lessons.map((lesson) => {
        const result = this.#learnOne(lesson, teach)
        if (result !== 'known') this.#rehearse(teach, lesson.at)
        if (memory.snapshotIfDue()) this.#expiry.dropDeltas()
        if (this.#expiry.due()) {
          this.#words.flush()
          this.#expiry.run(this.#today, ROWS_A_LESSON)
        }
        return result
      }),
    )
    this.#guard(() => shrinkStep(this.#database))
    return results
  }

  forget(message: Uint8Array, features: LearnedFeatures | null, origin: LessonOrigin): Lesson {
    return this.#write(() => {
      const known = this.#known(message)
      if (!known) return 'unknown'
      return this.#takeBack(known.lesson, message, features, origin) === null ? 'unknown' : 'forgotten'
    })
  }

  learnedAs(message: Uint8Array): MailClass | null {
    return this.#guard(() => this.#known(message)?.class ?? null)
  }

  messageOf(about: string): Uint8Array | null {
    const find = () =>
      (this.#sql.about.get(this.#scope, about) as { message: Buffer } | undefined)?.message ?? null
    return about === '' ? null : this.#guard(find)
  }

  journal(query: JournalQuery): JournalEntry[] {
    return this.#guard(() => journalOf(this.#sql, this.#scope, query))
  }

  autolearnRecord(): { lessons: number; corrected: number } {
    return this.#guard(() => {
      const from = this.#sql.property.get(this.#resumed) as { value: string } | undefined
      return this.#sql.autolearned.get(this.#scope, Number(from?.value ?? 0)) as {
        lessons: number
        corrected: number
      }
    })
  }

  taughtBy(who: string, since: number): number {
    return this.#guard(() => (this.#sql.taughtBy.get(since, who) as { lessons: number }).lessons)
  }

  resumeAutolearn(): void {
    this.#guard(() => {
      const { last } = this.#sql.lastLesson.get() as { last: number | null }
      this.#sql.replaceProperty.run(this.#resumed, String(last ?? 0))
    })
  }

  overview(since: number): BayesOverview {
    return this.#guard(() => overviewOf(this.#database, this.#scope, this.#size, since))
  }

  undo(id: number, origin: LessonOrigin): boolean {
    return this.#write(() => {
      const row = this.#sql.lesson.get(id, this.#scope) as LessonRow | undefined
      if (!row || row.undone || !row.delta) return false
      const known = this.#known(row.message)
      const stands = row.class === 'none' ? known === null : known?.lesson === row.id
      if (!stands) return false
      this.#takeBack(row.id, row.message, null, origin)
      if (row.before !== 'none') this.#restore(row, origin)
      return true
    })
  }

  expire(now: number, rows: number): number {
    const dropped = this.#write(() => this.#expiry.run(Math.floor(now / DAY), rows))
    this.#guard(() => shrinkStep(this.#database))
    return dropped
  }

  close(): void {
    this.#database.close()
  }

  #learnOne(lesson: LessonInput, teach: Teach): Lesson {
    const known = this.#known(lesson.message)
    if (known?.class === lesson.as) return 'known'
    let undoes: number | null = null
    if (known) undoes = this.#takeBack(known.lesson, lesson.message, lesson.features, lesson)
    const steps = teach(lesson.features, lesson.as, this.#view(this.#loaded()))
    const spam = lesson.as === 'spam' ? 1 : 0
    const delta: Delta = { ...lesson.features, steps, spam, ham: 1 - spam }
    const id = this.#record(lesson.message, lesson.as, known?.class ?? 'none', lesson, undoes, delta)
    this.#sql.setMessage.run(this.#scope, lesson.message, lesson.as, id)
    return known ? 'relearned' : 'learned'
  }

  /**
   * After every second lesson goes over an earlier one again, of either class with the same chance. Who learns a folder of spam and then one
   * of ham would else have a model that remembers the ham alone.
   */
  #rehearse(teach: Teach, at: number): void {
    const dice = thrown(this.#loaded().followed)
    if (dice % 2 === 1) return
    const as = dice % 4 === 0 ? 'spam' : 'ham'
    const { count } = this.#sql.keptCount.get(this.#scope, as) as { count: number }
    if (count === 0) return
    const row = this.#sql.kept.get(this.#scope, as, (dice >>> 2) % count) as { id: number; delta: Buffer }
    const features = decodeDelta(row.delta)
    if (!features) return
    const steps = teach(features, as, this.#view(this.#loaded()))
    if (steps.every((step) => step === 0)) return
    const id = Number(this.#sql.addRehearsal.run(this.#scope, at, row.id, encodeSteps(steps)).lastInsertRowid)
    this.#loaded().apply(id, { ...features, steps, spam: 0, ham: 0 })
  }

  /** Adds the opposite of a lesson; the message counts as nothing then. Returns the row, null when nothing is left to subtract. */
  #takeBack(
    id: number,
    message: Uint8Array,
    features: LearnedFeatures | null,
    origin: LessonOrigin,
  ): number | null {
    const row = this.#sql.lesson.get(id, this.#scope) as LessonRow | undefined
    const stored = row ? this.#wholeDelta(row) : null
    const was = this.#known(message)?.class ?? row?.class ?? 'none'
    const sign = (of: MailClass) => (was === of ? 1 : 0)
    // Of an old lesson only the counts can be taken back; its share of the weights has faded into later ones.
    const delta =
      stored ??
      (features && { ...features, steps: features.blocks.map(() => 0), spam: sign('spam'), ham: sign('ham') })
    if (!delta) return null
    const taken = this.#record(message, 'none', was, origin, id, inverse(delta))
    this.#sql.markUndone.run(id)
    this.#sql.dropMessage.run(this.#scope, message)
    return taken
  }

  /** What a lesson added in all, with the times it was gone over again. */
  #wholeDelta({ id, delta }: LessonRow): Delta | null {
    const first = delta && decodeDelta(delta)
    if (!first) return null
    const again = this.#sql.rehearsals.all(id) as { delta: Buffer | null }[]
    const steps = again.map((row) => (row.delta && decodeSteps(row.delta)) ?? [])
    return {
      ...first,
      steps: first.steps.map((step, at) => steps.reduce((sum, more) => sum + (more[at] ?? 0), step)),
    }
  }

  /** After a lesson that had moved or forgotten a message was taken back: what it had been before counts again. */
  #restore({ class: as, before, undoes, message }: LessonRow, origin: LessonOrigin): void {
    // Taking a "forget" back has already added what it had subtracted.
    if (as === 'none') {
      const { last } = this.#sql.lastLesson.get() as { last: number }
      this.#sql.setMessage.run(this.#scope, message, before, last)
      return
    }
    const earlier =
      undoes === null ? undefined : (this.#sql.lesson.get(undoes, this.#scope) as LessonRow | undefined)
    const delta = earlier && this.#wholeDelta(earlier)
    if (!earlier || !delta) return
    const id = this.#record(message, before, 'none', origin, earlier.id, inverse(delta))
    this.#sql.setMessage.run(this.#scope, message, before, id)
  }

  /** Writes a lesson's row and everything it adds. */
  #record(
    message: Uint8Array,
    as: MailClass | 'none',
    before: MailClass | 'none',
    { at, who, source, about }: LessonOrigin,
    undoes: number | null,
    delta: Delta,
  ): number {
    const row = [this.#scope, message, as, before, at, who, source, about, undoes, encodeDelta(delta)]
    const id = Number(this.#sql.addLesson.run(row).lastInsertRowid)
    this.#sql.addTotals.run(delta.spam, delta.ham, this.#scope)
    const day = Math.floor(at / DAY)
    // the newest, also after a clock that was ahead was set back
    this.#today = day
    this.#words.add(delta.words, delta.spam, delta.ham, day)
    this.#loaded().apply(id, delta)
    return id
  }

  #known(message: Uint8Array): { class: MailClass; lesson: number } | null {
    return (
      (this.#sql.message.get(this.#scope, message) as { class: MailClass; lesson: number } | undefined) ??
      null
    )
  }

  #loaded(): BayesMemory {
    return (this.#memory ??= new BayesMemory(this.#sql, this.#scope, this.#slots))
  }

  #view(memory: BayesMemory): ModelView {
    return { totals: this.#totals(), weights: memory.weights, counts: (words) => this.#counts(words) }
  }

  #counts(words: Float64Array): Float64Array {
    if (!this.#database.inTransaction) return this.#read((memory) => memory.counts(words))
    this.#words.flush()
    return this.#loaded().counts(words)
  }

  /** One state of the file for everything inside: counts that are newer than the followed lessons would count twice. */
  #read<T>(work: (memory: BayesMemory) => T): T {
    return this.#guard(() => {
      // By hand: the driver's own wrapper costs more than the reading, and every mail reads twice.
      this.#sql.begin.run()
      try {
        this.#loaded().follow()
        return work(this.#loaded())
      } finally {
        this.#sql.commit.run()
      }
    })
  }

  /** Everything inside sees the newest state and either happens whole or not at all. */
  #write<T>(work: (memory: BayesMemory) => T): T {
    const run = this.#database.transaction(() => {
      this.#loaded().follow()
      const result = work(this.#loaded())
      this.#words.flush()
      return result
    })
    return this.#guard(() => {
      const attempt = () => {
        const before = this.#loaded().followed
        try {
          return run.immediate()
        } catch (error) {
          this.#words.drop()
          if (this.#loaded().followed !== before) this.#loaded().invalidate()
          throw error
        }
      }
      try {
        return attempt()
      } catch (error) {
        // a lesson that finds no room makes room: else nothing would ever be learned again
        if (!isFull(error) || !this.#rescue()) throw error
        return attempt()
      }
    })
  }

  #rescue(): boolean {
    return this.#database.transaction(() => this.#expiry.rescue(this.#today)).immediate()
  }

  #totals(): BayesTotals {
    return (this.#sql.totals.get(this.#scope) as BayesTotals | undefined) ?? { spam: 0, ham: 0 }
  }

  /** Name of the property with the last lesson before autolearn was told to go on. */
  get #resumed(): string {
    return this.#scope === 0 ? 'autolearn' : `autolearn ${this.#scope}`
  }

  #guard<T>(work: () => T): T {
    try {
      return work()
    } catch (error) {
      throw storeError(this.#path, error)
    }
  }
}

const isFull = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && error.code === 'SQLITE_FULL'

/** A number that jumps about, in all its bits, and is the same when the same mails are learned again. */
function thrown(seed: number): number {
  let dice = Math.imul(seed + 1, 0x9e3779b1)
  dice = Math.imul(dice ^ (dice >>> 15), 0x2c1b3c6d)
  dice = Math.imul(dice ^ (dice >>> 12), 0x297a2d39)
  return (dice ^ (dice >>> 15)) >>> 0
}
