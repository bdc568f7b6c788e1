/**
 * What the classifier remembers: how many mails of each class had a word, the weights of the linear model, and every
 * lesson, so that each can be taken back. One writer at a time; readers never wait. Every method may throw
 * `StoreError`, which a check turns into `unavailable`.
 *
 * Words arrive as numbers (keyed hashes below 2^53), features of the linear model as slots in blocks. The store knows
 * nothing of mail: what a lesson changes in the weights is one step per block, computed by the `teach` it is given.
 */
export interface BayesTotals {
  readonly spam: number
  readonly ham: number
}
export type MailClass = 'spam' | 'ham'
export type Lesson = 'learned' | 'relearned' | 'known' | 'forgotten' | 'unknown'

/** A message as the store sees it. */
export interface LearnedFeatures {
  /** Identities of its distinct words. */
  readonly words: Float64Array
  /** Slots in the table of weights, per block. */
  readonly blocks: readonly Int32Array[]
}

/** Where a lesson comes from, for the journal and for taking back a source. */
export interface LessonOrigin {
  /** Milliseconds since the epoch. */
  readonly at: number
  /** The user or mailbox that taught it, or the account of the command. */
  readonly who: string
  /** `command`, `folder`, `mail`, `auto`. */
  readonly source: string
  /** Message-ID or whatever lets a person recognise the message. */
  readonly about: string
}

export interface LessonInput extends LessonOrigin {
  /** Identity of the message, at least 16 octets of a digest. */
  readonly message: Uint8Array
  readonly as: MailClass
  readonly features: LearnedFeatures
}

/** Everything a classifier asks of the model at one moment. */
export interface ModelView {
  readonly totals: BayesTotals
  readonly weights: Float32Array
  /** Spam and ham counts of the words, two numbers a word, in their order. */
  counts(words: Float64Array): Float64Array
}

/** How far each block's weights move (all slots of a block by the same step). Pure. */
export type Teach = (features: LearnedFeatures, as: MailClass, model: ModelView) => readonly number[]

export interface JournalEntry {
  readonly id: number
  readonly at: number
  readonly who: string
  readonly source: string
  readonly about: string
  /** What the message counts as since; `none` after a forget. */
  readonly as: MailClass | 'none'
  readonly before: MailClass | 'none'
  /** Undone since, or too old to be undone (its features are gone). */
  readonly state: 'active' | 'undone' | 'kept'
}

export interface JournalQuery {
  readonly since?: number
  readonly until?: number
  readonly source?: string
  readonly who?: string
  readonly limit?: number
}

/** What is in the database, counted. */
export interface BayesOverview {
  /** Distinct words with counts. */
  readonly words: number
  /** All lessons that are still in the journal; `none` is a forget. */
  readonly bySource: readonly {
    readonly source: string
    readonly as: MailClass | 'none'
    readonly lessons: number
    readonly takenBack: number
  }[]
  /** Newest first; `day` is local, such as 2026-11-20. */
  readonly byDay: readonly {
    readonly day: string
    readonly source: string
    readonly as: MailClass | 'none'
    readonly lessons: number
  }[]
  /** Size of the file, how much of it is free for use again, and what it may reach. */
  readonly octets: number
  readonly free: number
  readonly limit: number
}

export interface BayesStore {
  /** Key of the hashes, made with the database. */
  readonly salt: readonly [number, number]
  totals(): BayesTotals
  model(): ModelView
  /** All of them in one transaction; a busy writer is waited for, at most the lock time-out. */
  learn(lessons: readonly LessonInput[], teach: Teach): readonly Lesson[]
  /** `features` are used where the lesson's own are gone. */
  forget(message: Uint8Array, features: LearnedFeatures | null, origin: LessonOrigin): Lesson
  /** What a message was learned as. */
  learnedAs(message: Uint8Array): MailClass | null
  /** Identity of the message last learned under this Message-ID (`about`), null when there is none. */
  messageOf(about: string): Uint8Array | null
  /** Lessons, newest first. */
  journal(query: JournalQuery): readonly JournalEntry[]
  /** Of the last 200 lessons of the source `auto` since `resumeAutolearn`, how many people have corrected. */
  autolearnRecord(): { readonly lessons: number; readonly corrected: number }
  resumeAutolearn(): void
  /** How many lessons this person has taught since then, by mail or from a folder. */
  taughtBy(who: string, since: number): number
  /** Counts everything: tens of milliseconds in a large database. `since` bounds the days. */
  overview(since: number): BayesOverview
  /** Takes one lesson back; false when it is unknown, undone, superseded by a later one or too old. */
  undo(id: number, origin: LessonOrigin): boolean
  /** Keeps the file within its size by dropping the least useful, a little at a time; returns rows dropped. */
  expire(now: number, rows: number): number
  close(): void
}
