/**
 * The model in memory: the weights, a filter of the words that are in the database at all, and the counts of words
 * that were asked for lately. It is the last snapshot in the file plus the lessons after it, and follows every lesson,
 * whichever process gave it. So a mail costs few look-ups, and none for the words nobody has ever seen.
 */
import { CountCache } from './bayes-cache.ts'
import { decodeDelta, decodeSteps } from './bayes-codec.ts'
import type { Delta } from './bayes-codec.ts'
import type { Statements } from './bayes-statements.ts'
import { WordFilter } from './word-filter.ts'

/** Octets of one row of a snapshot. */
const PAGE = 65_536
/** Kinds of pages. */
const WEIGHTS = 0
const FILTER = 1
/** So many lessons are replayed at most when the file is opened: about 20 ms. */
const SNAPSHOT_EVERY = 500
const CACHE_BITS = 17

interface Row {
  readonly id: number
  /** Whether it belongs to this model; others in the file only take up numbers. */
  readonly own: number
  readonly delta: Buffer | null
  readonly rehearses: number | null
}

export class BayesMemory {
  readonly weights: Float32Array
  readonly #scope: number
  readonly #sql: Statements
  readonly #cache = new CountCache(CACHE_BITS)
  readonly #filter: WordFilter
  /** The last lesson it holds; -1 before it is loaded. */
  #followed = -1

  constructor(sql: Statements, scope: number, slots: number) {
    this.#sql = sql
    this.#scope = scope
    this.weights = new Float32Array(slots)
    this.#filter = new WordFilter(slots)
  }

  get followed(): number {
    return this.#followed
  }

  /** Applies what was learned since, here or elsewhere. Within a transaction of the caller. */
  follow(): void {
    if (this.#followed < 0) this.#load()
    if (this.#replay(true)) return
    this.#load()
    this.#replay(false)
  }

  /**
   * False when a row is gone, or its delta is: it is older than the snapshot, others have gone far ahead. After the
   * snapshot nothing of this model is ever dropped: only rows of others can be missing then (`strict` false).
   */
  #replay(strict: boolean): boolean {
    const rows = this.#sql.since.all({ scope: this.#scope, after: this.#followed }) as Row[]
    for (const row of rows) {
      if (strict && row.id !== this.#followed + 1) return false
      const delta = row.own === 1 ? this.#deltaOf(row) : null
      if (strict && row.own === 1 && !delta) return false
      if (delta) this.apply(row.id, delta)
      else this.#followed = row.id
    }
    return true
  }

  #deltaOf({ delta, rehearses }: Row): Delta | null {
    if (!delta) return null
    if (rehearses === null) return decodeDelta(delta)
    const steps = decodeSteps(delta)
    const lesson = this.#sql.delta.get(rehearses) as { delta: Buffer | null } | undefined
    const features = lesson?.delta && decodeDelta(lesson.delta)
    return steps && features ? { ...features, steps, spam: 0, ham: 0 } : null
  }

  /** Takes a lesson in; the next one after `followed`. */
  apply(id: number, delta: Delta): void {
    this.#followed = id
    const { words, blocks, steps, spam, ham } = delta
    const { weights } = this
    const mask = weights.length - 1
    for (let index = 0; index < blocks.length; index++) {
      const block = blocks[index]!
      const step = steps[index] ?? 0
      if (step !== 0) for (let at = 0; at < block.length; at++) weights[block[at]! & mask]! += step
    }
    if (spam === 0 && ham === 0) return
    for (let at = 0; at < words.length; at++) {
      this.#cache.add(words[at]!, spam, ham)
      this.#filter.add(words[at]!)
    }
  }

  /** Spam and ham counts, two numbers a word. Within a transaction that has followed. */
  counts(words: Float64Array): Float64Array {
    const found = new Float64Array(2 * words.length)
    const places = new Map<number, number>()
    for (let at = 0; at < words.length; at++) {
      const word = words[at]!
      // most words of a mail were asked for before: the filter is for the others
      if (!this.#cache.read(word, found, 2 * at) && this.#filter.has(word)) places.set(word, at)
    }
    if (places.size === 0) return found
    const asked = JSON.stringify([...places.keys()])
    for (const [word, spam, ham] of this.#sql.words.all(asked) as [number, number, number][]) {
      const at = places.get(word)!
      found[2 * at] = spam
      found[2 * at + 1] = ham
    }
    for (const [word, at] of places) this.#cache.put(word, found[2 * at]!, found[2 * at + 1]!)
    return found
  }

  /** Writes a snapshot when the last one is old and returns whether it did. Within a write transaction. */
  snapshotIfDue(): boolean {
    const snapshot = this.#snapshot()
    if (this.#followed - snapshot < SNAPSHOT_EVERY) return false
    this.#write(WEIGHTS, new Uint8Array(this.weights.buffer))
    this.#write(FILTER, this.#filter.octets)
    this.#sql.setSnapshot.run(this.#followed, this.#scope)
    return true
  }

  /** The memory may hold what the file does not: the next use begins anew. */
  invalidate(): void {
    this.#followed = -1
  }

  #load(): void {
    this.#cache.clear()
    this.weights.fill(0)
    this.#filter.octets.fill(0)
    this.#read(WEIGHTS, new Uint8Array(this.weights.buffer))
    this.#read(FILTER, this.#filter.octets)
    this.#followed = this.#snapshot()
  }

  /** The last lesson in the pages. */
  #snapshot(): number {
    return (this.#sql.scope.get(this.#scope) as { snapshot: number } | undefined)?.snapshot ?? 0
  }

  #read(kind: number, into: Uint8Array): void {
    const rows = this.#sql.pages.iterate(this.#scope, kind) as Iterable<{ number: number; data: Buffer }>
    for (const { number, data } of rows) {
      const start = number * PAGE
      if (start < into.length) into.set(data.subarray(0, into.length - start), start)
    }
  }

  #write(kind: number, octets: Uint8Array): void {
    for (let number = 0; number * PAGE < octets.length; number++) {
      const page = octets.subarray(number * PAGE, (number + 1) * PAGE)
      if (page.some((octet) => octet !== 0))
        this.#sql.setPage.run(this.#scope, kind, number, Buffer.from(page))
    }
  }
}
