/** Asks the DNS what rules want to know, all at once, bounded in number and time. */
import type { Answer, Dns } from '../net/dns.ts'
import type { Answers, Lookup } from '../rules/eval.ts'

/** Rules of one mail ask no more than this; what is beyond stays unanswered. */
const MOST_LOOKUPS = 500

/** Keys are `type:name` in lower case. A question that got no answer in time is `unavailable`. */
async function answersTo(lookups: readonly Lookup[], dns: Dns, signal: AbortSignal): Promise<Answers> {
  const wanted = new Map<string, Lookup>()
  for (const lookup of lookups) {
    const key = `${lookup.type}:${lookup.name}`.toLowerCase()
    if (wanted.size < MOST_LOOKUPS) wanted.set(key, lookup)
  }
  const entries = await Promise.all(
    [...wanted].map(async ([key, lookup]): Promise<[string, Answer<string>]> => [
      key,
      await ask(lookup, dns, signal),
    ]),
  )
  return new Map(entries)
}

/** Asks until the answers bring no new questions, at most `rounds` times. `waits` is called before each wait. */
export async function answersInRounds(
  needed: (answers: Answers) => readonly Lookup[],
  rounds: number,
  dns: Dns,
  signal: AbortSignal,
  waits: () => void = () => undefined,
): Promise<Answers> {
  let answers: Answers = new Map()
  for (let round = 0; round < rounds && !signal.aborted; round++) {
    const known = answers
    const open = needed(known).filter(({ type, name }) => !known.has(`${type}:${name}`.toLowerCase()))
    if (open.length === 0) break
    waits()
    answers = new Map([...known, ...(await answersTo(open, dns, signal))])
  }
  return answers
}

async function ask({ type, name }: Lookup, dns: Dns, signal: AbortSignal): Promise<Answer<string>> {
  if (type !== 'mx') return dns[type](name, signal)
  const answer = await dns.mx(name, signal)
  return answer.kind === 'found'
    ? { ...answer, records: answer.records.map(({ exchange }) => exchange) }
    : answer
}
