/**
 * The DNS as mailauth wants it: a function that answers records or throws an error with one of c-ares' codes. It asks
 * through our own Dns, so that time-outs, the cache and the abort signal hold; and it counts, because a mail may carry
 * 20 signatures and 50 seals, each of which names a key somewhere.
 */
import type { Answer, Dns } from '../net/dns.ts'

/** Questions for one mail: 20 signatures, 50 seals of ARC, and the walks of DMARC (8 names each). */
const QUESTIONS_PER_MAIL = 120

export type MailauthResolver = (name: string, type: string) => Promise<string[][]>

class ResolverError extends Error {
  readonly code: string
  constructor(message: string, code: string) {
    super(message)
    this.name = 'ResolverError'
    this.code = code
  }
}

/** A resolver for one mail. Questions are asked once; `unavailable` becomes ETIMEOUT, which mailauth calls temperror. */
export function mailauthResolver(dns: Dns, signal: AbortSignal): MailauthResolver {
  const asked = new Map<string, Promise<string[][]>>()
  return (name, type) => {
    const key = `${type}:${name.toLowerCase()}`
    const known = asked.get(key)
    if (known) return known
    const answer =
      asked.size >= QUESTIONS_PER_MAIL
        ? Promise.reject(new ResolverError(`over ${QUESTIONS_PER_MAIL} DNS questions for one mail`, 'ELIMIT'))
        : ask(dns, name.toLowerCase().replace(/\.$/, ''), type, signal)
    // A question asked ahead may fail before anyone waits for it.
    answer.catch(() => {})
    asked.set(key, answer)
    return answer
  }
}

async function ask(dns: Dns, name: string, type: string, signal: AbortSignal): Promise<string[][]> {
  if (type === 'TXT') return records(name, await dns.txt(name, signal)).map((text) => [text])
  if (type === 'CNAME') return records(name, await dns.cname(name, signal)).map((target) => [target])
  // DMARC asks for an address only to learn whether a name exists (np=), which one without addresses does
  if (type === 'A') return records(name, await dns.a(name, signal)).map((address) => [address])
  throw new ResolverError(`no ${type} questions are asked`, 'ENOTIMP')
}

function records(name: string, answer: Answer<string>): readonly string[] {
  if (answer.kind === 'found') return answer.records
  if (answer.kind === 'absent')
    throw answer.noName === true
      ? new ResolverError(`${name}: no such name`, 'ENOTFOUND')
      : new ResolverError(`${name}: no such record`, 'ENODATA')
  throw new ResolverError(`${name}: ${answer.reason}`, 'ETIMEOUT')
}
