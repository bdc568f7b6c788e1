/** What bench/hostile.ts measures: something that reads mail, and what hostile mail for it is made of. */

/** A mail, or a part of one, that grows by repetition: `head`, `body` again and again, `tail`. */
export interface Gene {
  readonly head: string
  readonly body: string
  readonly tail: string
}

export interface Subject {
  readonly name: string
  /** Pieces the search puts together; each character is one octet. */
  readonly words: readonly string[]
  /** Attacks known from earlier, tried first. */
  readonly known?: readonly Gene[]
  /** The text of a gene as a whole mail. */
  wrap(text: string): string
  /** The steps whose CPU time is taken, in this order, on one mail. */
  steps(mail: Uint8Array): Iterable<readonly [step: string, run: () => unknown]>
}

/** The text of a gene of about this length. */
export function grown({ head, body, tail }: Gene, length: number): string {
  const times = Math.max(1, Math.floor((length - head.length - tail.length) / Math.max(1, body.length)))
  return head + body.repeat(times) + tail
}
