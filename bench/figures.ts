/** Figures of merit of a spam filter from the scores it gave a stream of mails; higher scores mean spam. Pure. */
import type { MailClass } from '../lib/store/bayes-store.ts'

export interface Scored {
  readonly label: MailClass
  readonly score: number
}

/** The file format of the classifier's benchmarks: `label<TAB>score` a line. */
export const asLine = ({ label, score }: Scored): string => `${label}\t${score}`

/** Share of the pairs of a ham and a spam in which the ham has the higher score; a tie is half a pair. */
export function oneMinusAuc(stream: readonly Scored[]): number {
  const sorted = stream.toSorted((one, other) => one.score - other.score)
  let lost = 0
  let spamBelow = 0
  for (let from = 0; from < sorted.length;) {
    let to = from
    while (to < sorted.length && sorted[to]!.score === sorted[from]!.score) to++
    const tied = sorted.slice(from, to)
    const ham = tied.filter(({ label }) => label === 'ham').length
    const spam = tied.length - ham
    lost += ham * (spamBelow + spam / 2)
    spamBelow += spam
    from = to
  }
  return lost / (spamBelow * (stream.length - spamBelow))
}

/** Share of the spam that passes under the lowest limit that costs at most this share of the ham. */
export function spamMissed(stream: readonly Scored[], hamLost: number): number {
  const of = (label: MailClass) => stream.filter((one) => one.label === label).map(({ score }) => score)
  const ham = of('ham').sort((one, other) => other - one)
  const spam = of('spam')
  const limit = ham[Math.floor(ham.length * hamLost)] ?? -Infinity
  return spam.filter((score) => score <= limit).length / spam.length
}

/** Both in percent, as docs/classifier.md has them. */
export function figuresOf(stream: readonly Scored[]): string {
  const percent = (share: number) => (100 * share).toPrecision(3)
  return `1-AUC ${percent(oneMinusAuc(stream))} %, spam missed at 0.1 % ham lost ${percent(spamMissed(stream, 0.001))} %`
}
