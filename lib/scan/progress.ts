/**
 * How far a worker is, in memory that it shares with the thread that may have to end it: a worker that is held up by a
 * pattern cannot answer any more, but what it wrote before can be read. A worker has several mails at once, of which
 * one at a time uses the CPU.
 */
import { LAYERS, type Layer } from './layers.ts'

/** Words of the shared memory. */
const MAIL = 0
/** CPU time of the thread when the mail had its turn, and what the mail had used before that; milliseconds. */
const SINCE = 1
const USED = 2
const LAYER = 3
/** The number of the rule that runs, -1 for none; how many have hit, and their numbers. */
const RULE = 4
const HITS = 5
const FIRST_HIT = 6
const MOST_HITS = 250

export type Progress = Int32Array

export function createProgress(): Progress {
  const words = new Int32Array(new SharedArrayBuffer((FIRST_HIT + MOST_HITS) * Int32Array.BYTES_PER_ELEMENT))
  words[MAIL] = words[LAYER] = words[RULE] = -1
  return words
}

/** What the thread was at, read by the one that watches it. */
export interface Whereabouts {
  /** The mail that had the CPU; null when none had. */
  readonly mail: number | null
  readonly layer: Layer | null
  /** The rule that ran. */
  readonly rule: string | null
  /** Rules that had hit. */
  readonly hits: readonly string[]
}

/** `ruleNames` are in the order of their numbers. */
export function whereabouts(progress: Progress, ruleNames: readonly string[]): Whereabouts {
  const mail = progress[MAIL] ?? -1
  const hits = [...progress.subarray(FIRST_HIT, FIRST_HIT + Math.min(MOST_HITS, progress[HITS] ?? 0))]
  return {
    mail: mail < 0 ? null : mail,
    layer: LAYERS[progress[LAYER] ?? -1] ?? null,
    rule: ruleNames[progress[RULE] ?? -1] ?? null,
    hits: hits.flatMap((number) => ruleNames[number] ?? []),
  }
}

/** CPU milliseconds that the mail which has its turn has used, by the CPU time of the thread now. */
export function usedBy(
  progress: Progress,
  cpu: number,
): { readonly mail: number; readonly used: number } | null {
  const mail = progress[MAIL] ?? -1
  if (mail < 0) return null
  return { mail, used: (progress[USED] ?? 0) + Math.max(0, cpu - (progress[SINCE] ?? 0)) }
}

/** The worker's side: whose turn it is, and what each mail has used. */
export class CpuAccount {
  readonly #words: Progress
  readonly #cpu: () => number
  readonly #mails = new Map<number, { used: number; layer: number }>()
  #current: number | null = null

  constructor(words: Progress, cpu: () => number) {
    this.#words = words
    this.#cpu = cpu
  }

  begin(mail: number): void {
    this.#mails.set(mail, { used: 0, layer: -1 })
    this.turn(mail)
  }

  /** From here on it is this mail that uses the CPU: its answer from outside has come. */
  turn(mail: number): void {
    const entry = this.#mails.get(mail)
    if (this.#current === mail || entry === undefined) return
    const now = this.#settle()
    this.#current = mail
    const words = this.#words
    words[SINCE] = now
    words[USED] = entry.used
    words[LAYER] = entry.layer
    words[RULE] = -1
    words[HITS] = 0
    words[MAIL] = mail
  }

  enter(mail: number, layer: Layer): void {
    const entry = this.#mails.get(mail)
    if (entry !== undefined) entry.layer = LAYERS.indexOf(layer)
    this.turn(mail)
    this.#words[LAYER] = LAYERS.indexOf(layer)
    this.#words[RULE] = -1
  }

  /** CPU milliseconds it has used in all. */
  end(mail: number): number {
    if (this.#current === mail) {
      this.#settle()
      this.#current = null
    }
    const used = this.#mails.get(mail)?.used ?? 0
    this.#mails.delete(mail)
    return used
  }

  /** Where the rule pass notes the rule that runs and those that hit. */
  ruleWords(): Int32Array {
    this.#words[HITS] = 0
    return this.#words.subarray(RULE)
  }

  #settle(): number {
    const now = this.#cpu()
    const before = this.#current === null ? undefined : this.#mails.get(this.#current)
    if (before !== undefined) before.used += Math.max(0, now - (this.#words[SINCE] ?? 0))
    this.#words[MAIL] = -1
    return now
  }
}
