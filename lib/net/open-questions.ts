/**
 * Questions on their way, by the domain they are about: one whose name servers are silent must not have everybody
 * wait for it, whatever names below it are asked for. Pure.
 */
import { getDomain } from 'tldts'

/** A question that has been open for so many milliseconds is late. */
const LATE = 1000
/** So many late ones about a domain, and no more are asked about it. */
const MOST_LATE = 8

export class OpenQuestions {
  /** When they were asked, oldest first. */
  readonly #open = new Map<string, Set<{ readonly since: number }>>()

  areTooMany(name: string, now: number): boolean {
    const open = this.#open.get(domainOf(name))
    if (open === undefined || open.size < MOST_LATE) return false
    let late = 0
    for (const { since } of open) {
      if (now - since < LATE) return false
      if (++late >= MOST_LATE) return true
    }
    return false
  }

  /** The answer is to be told by calling what is returned. */
  begin(name: string, now: number): () => void {
    const domain = domainOf(name)
    const open = this.#open.get(domain) ?? new Set()
    this.#open.set(domain, open)
    const question = { since: now }
    open.add(question)
    return () => {
      open.delete(question)
      if (open.size === 0 && this.#open.get(domain) === open) this.#open.delete(domain)
    }
  }
}

/** The registered domain; of the name of an address the zone above it. */
const domainOf = (name: string): string =>
  name.endsWith('.arpa')
    ? name.slice(name.indexOf('.') + 1)
    : (getDomain(name, { allowPrivateDomains: true }) ?? name.split('.').slice(-2).join('.'))
