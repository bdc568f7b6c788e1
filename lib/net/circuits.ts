/**
 * What is known of services outside that fail, in memory that all threads share: how often one failed in a row, since
 * when it is left alone, who tries it again. It outlives a thread that is ended, and what one thread learns holds for
 * all. A service is known by a name; those for which there is no place are known to one thread only.
 */

/** Words of a circuit. */
const FAILURES = 0
/** Milliseconds of the common clock. */
const ANSWERED = 1
const NEXT_TRY = 2
const TRYING = 3
const WORDS = 4
const MOST = 64

/** Handed from thread to thread. */
export type CircuitMemory = SharedArrayBuffer

/** Each place has a word for the name, by its hash, and those of the circuit. */
export const circuitMemory = (): CircuitMemory =>
  new SharedArrayBuffer(MOST * (WORDS + 1) * BigInt64Array.BYTES_PER_ELEMENT)

/** Milliseconds of a clock that all threads have in common and that nobody sets. */
export const commonClock = (): number => Number(process.hrtime.bigint() / 1_000_000n)

/** The circuit of one service, as all threads see it. */
export class Circuit {
  readonly #words: BigInt64Array

  constructor(words: BigInt64Array = new BigInt64Array(WORDS)) {
    this.#words = words
  }

  /** Failures in a row. */
  get failures(): number {
    return this.#get(FAILURES)
  }
  /** When it last answered; 0 for never. */
  get answered(): number {
    return this.#get(ANSWERED)
  }

  succeeded(now: number): void {
    if (this.#get(FAILURES) !== 0) this.#set(FAILURES, 0)
    if (this.#get(TRYING) !== 0) this.#set(TRYING, 0)
    if (this.#get(ANSWERED) < now) this.#set(ANSWERED, now)
  }

  /** It is not to be tried before `nextTry`. */
  failed(nextTry: number): void {
    Atomics.add(this.#words, FAILURES, 1n)
    this.#set(NEXT_TRY, nextTry)
    this.#set(TRYING, 0)
  }

  /**
   * Whether whoever asks is the one who tries it now: from `NEXT_TRY` on one thread is, and another one when that has
   * brought no result within `patience` milliseconds.
   */
  claimsTry(now: number, patience: number): boolean {
    if (now < this.#get(NEXT_TRY)) return false
    const trying = this.#get(TRYING)
    if (trying !== 0 && now < trying + patience) return false
    return Atomics.compareExchange(this.#words, TRYING, BigInt(trying), BigInt(now)) === BigInt(trying)
  }

  #get(word: number): number {
    return Number(Atomics.load(this.#words, word))
  }
  #set(word: number, value: number): void {
    Atomics.store(this.#words, word, BigInt(Math.trunc(value)))
  }
}

export class Circuits {
  readonly #words: BigInt64Array
  readonly #known = new Map<string, Circuit>()
  /** Milliseconds of a clock that all threads have in common. */
  readonly now: () => number

  constructor(memory: CircuitMemory = circuitMemory(), now: () => number = commonClock) {
    this.#words = new BigInt64Array(memory)
    this.now = now
  }

  /** The circuit of the service with this name; the same in all threads that have the same memory. */
  of(name: string): Circuit {
    const known = this.#known.get(name)
    if (known !== undefined) return known
    const circuit = this.#place(hash(name)) ?? new Circuit()
    this.#known.set(name, circuit)
    return circuit
  }

  #place(name: bigint): Circuit | null {
    for (let place = 0; place < MOST; place++) {
      const at = place * (WORDS + 1)
      const before = Atomics.compareExchange(this.#words, at, 0n, name)
      if (before === 0n || before === name) return new Circuit(this.#words.subarray(at + 1, at + 1 + WORDS))
    }
    return null
  }
}

/** FNV-1a of 63 bits; never 0, which is a free place. */
function hash(name: string): bigint {
  let value = 0xcbf29ce484222325n
  for (const octet of Buffer.from(name))
    value = ((value ^ BigInt(octet)) * 0x100000001b3n) & 0xffff_ffff_ffff_ffffn
  return value & 0x7fff_ffff_ffff_ffffn || 1n
}
