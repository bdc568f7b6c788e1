/**
 * Counts on their way into the database. The mails of one transaction share most of their words: each word is written
 * once, in the order of the table, which is several times quicker than as they come.
 */
import type { Statements } from './bayes-statements.ts'

interface Pending {
  spam: number
  ham: number
  day: number
}

export class WordWriter {
  readonly #sql: Statements
  readonly #scope: number
  readonly #pending = new Map<number, Pending>()

  constructor(sql: Statements, scope: number) {
    this.#sql = sql
    this.#scope = scope
  }

  /** `day`: days since the epoch. */
  add(words: Float64Array, spam: number, ham: number, day: number): void {
    for (let at = 0; at < words.length; at++) {
      const pending = this.#pending.get(words[at]!)
      if (pending) {
        pending.spam += spam
        pending.ham += ham
        pending.day = Math.max(pending.day, day)
      } else this.#pending.set(words[at]!, { spam, ham, day })
    }
  }

  /** Before anything reads the table, and before the transaction ends. */
  flush(): void {
    if (this.#pending.size === 0) return
    for (const word of Float64Array.from(this.#pending.keys()).sort()) {
      const { spam, ham, day } = this.#pending.get(word)!
      if (spam >= 0 && ham >= 0) this.#sql.addWord.run(word, this.#scope, spam, ham, day)
      else this.#sql.takeWord.run(spam, ham, word)
    }
    this.#pending.clear()
  }

  /** The transaction failed. */
  drop(): void {
    this.#pending.clear()
  }
}
