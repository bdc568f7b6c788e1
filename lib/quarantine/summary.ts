/** What a line of the quarantine's list says of a mail, from its headers. Pure. */
import { splitMail } from '../mail/split.ts'
import { plainText } from '../plain-text.ts'
import { decodeWords } from '../mail/words.ts'

export interface Summary {
  readonly from: string
  readonly subject: string
  /** From X-Spam-Held (X-Spam-Status in older mail); null when Hamlet did not write one: somebody else holds this mail. */
  readonly score: string | null
  readonly tests: string
  /** The reference by which the journal speaks of it. */
  readonly reference: string | null
}

/** `head` is the mail or its first part. */
export function summarize(head: Buffer): Summary {
  const { headers } = splitMail(head)
  const first = (name: string) =>
    headers
      .find((header) => header.name.toLowerCase() === name)
      ?.value.replace(/\s+/g, ' ')
      .trim() ?? ''
  const status = first('x-spam-held') || first('x-spam-status')
  return {
    from: readable(first('from')),
    subject: readable(first('subject')),
    score: /\bscore=(-?[\d.]+)/.exec(status)?.[1] ?? null,
    // the list was folded at its commas
    tests: plainText(/\btests=(\S+)/.exec(status.replace(/, /g, ','))?.[1] ?? '').slice(0, MOST_TESTS),
    reference: /\bref=([\w-]+)/.exec(status)?.[1] ?? null,
  }
}

/** Characters; a forged list may have any length. */
const MOST_TESTS = 2000

function readable(octets: string): string {
  const text = Buffer.from(decodeWords(octets.slice(0, 2000)), 'latin1').toString('utf8')
  return plainText(text).replace(/ +/g, ' ').slice(0, 200)
}
