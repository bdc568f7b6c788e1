/**
 * Microsoft's Caller ID (draft-atkinson-callerid-00): whether the domain of the purported responsible address says that
 * mail of its comes from this client. The scheme is history; sites that had it with Kerio may still want it.
 */
import { domainToASCII } from 'node:url'
import type { Answer, Dns } from '../net/dns.ts'
import { addressText, parseAddress, parseRange, type Address } from '../net/ip.ts'
import { createIpSet } from '../net/ip-set.ts'
import { domainName } from '../net/name.ts'
import { parseAddresses } from '../mail/address.ts'
import { assemble, parsePolicy, type ServerGroup } from './caller-id-policy.ts'

export type CallerIdResult = 'pass' | 'fail' | 'none' | 'permerror' | 'temperror'

export interface CallerIdAnswer {
  readonly result: CallerIdResult
  readonly domain: string
  /** The domain says that its document is a test. */
  readonly testing: boolean
  readonly comment: string
}

interface HeaderField {
  readonly name: string
  readonly value: string
}

/** Section 3.2: the address of whoever last put the mail on its way; null when the mail names nobody. */
export function responsibleAddress(headers: readonly HeaderField[]): string | null {
  const names = headers.map(({ name }) => name.toLowerCase())
  const value = (index: number) => {
    const field = headers[index]
    return field === undefined ? null : (parseAddresses(field.value)[0]?.address ?? null)
  }
  const resentSender = names.indexOf('resent-sender')
  const resentFrom = names.indexOf('resent-from')
  // A Resent-From above it, with a Received in between, belongs to a later passing on than the Resent-Sender.
  const newer =
    resentFrom >= 0 &&
    resentFrom < resentSender &&
    names.slice(resentFrom, resentSender).some((name) => name === 'received' || name === 'return-path')
  const order = [newer ? -1 : resentSender, resentFrom, names.indexOf('sender'), names.indexOf('from')]
  for (const index of order) {
    const address = value(index)
    if (address !== null && address !== '') return address
  }
  return null
}

/** The domain part in A-labels, or null. */
export function domainOfAddress(address: string): string | null {
  const text = Buffer.from(address.slice(address.lastIndexOf('@') + 1), 'latin1').toString('utf8')
  return address.includes('@') ? domainName(domainToASCII(text)) : null
}

/** Section 3.1 wants room for eight levels of indirection; the questions are bounded because a tree can be broad too. */
const DEEPEST = 8
const MOST_QUESTIONS = 40

/** Thrown inside one evaluation and caught at its top: the outcome is settled, whatever the rest would say. */
class Settled extends Error {
  readonly result: CallerIdResult
  constructor(result: CallerIdResult, comment: string) {
    super(comment)
    this.name = 'Settled'
    this.result = result
  }
}

/** Never rejects. A document that says it is a test counts only when `honourTesting`. */
export async function checkCallerId(
  domain: string,
  client: Address,
  dns: Dns,
  { honourTesting, signal }: { readonly honourTesting: boolean; readonly signal: AbortSignal },
): Promise<CallerIdAnswer> {
  const evaluation = new Evaluation(client, dns, signal, honourTesting)
  try {
    const outgoing = await evaluation.sends(domain, 0)
    const result = outgoing === null ? 'none' : outgoing ? 'pass' : 'fail'
    return { result, domain, testing: evaluation.testing, comment: '' }
  } catch (error) {
    const settled = error instanceof Settled ? error : new Settled('temperror', String(error))
    return { result: settled.result, domain, testing: evaluation.testing, comment: settled.message }
  }
}

class Evaluation {
  readonly #client: Address
  readonly #text: string
  readonly #dns: Dns
  readonly #signal: AbortSignal
  readonly #honourTesting: boolean
  #questions = 0
  testing = false

  constructor(client: Address, dns: Dns, signal: AbortSignal, honourTesting: boolean) {
    this.#client = client
    this.#text = addressText(client)
    this.#dns = dns
    this.#signal = signal
    this.#honourTesting = honourTesting
  }

  /** Whether the domain sends from the client's address; null when it makes no statement. */
  async sends(domain: string, depth: number): Promise<boolean | null> {
    if (depth > DEEPEST) throw new Settled('none', 'policies refer to each other too deeply')
    const document = assemble(await this.#ask(this.#dns.txt(`_ep.${domain}`, this.#signal)))
    if (document === null) return null
    const policy = parsePolicy(document)
    if (policy === null) throw new Settled('permerror', `the policy of ${domain} is not well-formed`)
    if (policy.testing) this.testing = true
    if (policy.testing && !this.#honourTesting) return null
    if (policy.noServers) return false
    if (policy.groups.length === 0) return null
    for (const group of policy.groups) if (await this.#contains(group, domain, depth)) return true
    return false
  }

  async #contains(group: ServerGroup, domain: string, depth: number): Promise<boolean> {
    if (group.indirect.length > 0) {
      for (const other of group.indirect) {
        const name = domainName(other)
        if (name !== null && ((await this.sends(name, depth + 1)) ?? (await this.#receives(name))))
          return true
      }
      return false
    }
    const { addresses, ranges, exchanges } = group
    if (addresses.length + ranges.length + exchanges.length === 0) return this.#receives(domain)
    if (this.#inRanges(ranges.filter((range) => range.startsWith('!')).map((range) => range.slice(1))))
      return false
    if (this.#inRanges(ranges.filter((range) => !range.startsWith('!')))) return true
    for (const address of addresses) if (await this.#isAt(address === '' ? domain : address)) return true
    for (const exchange of exchanges)
      if (await this.#receives(exchange === '' ? domain : exchange)) return true
    return false
  }

  #inRanges(ranges: readonly string[]): boolean {
    const parsed = ranges.map(parseRange).filter((range) => typeof range !== 'string')
    return createIpSet(parsed).has(this.#client)
  }

  /** An address as it stands, or a name with this address. */
  async #isAt(host: string): Promise<boolean> {
    const address = parseAddress(host)
    if (address !== null) return addressText(address) === this.#text
    const asked =
      this.#client.family === 4 ? this.#dns.a(host, this.#signal) : this.#dns.aaaa(host, this.#signal)
    const records = await this.#ask(asked)
    return records.some((record) => {
      const found = parseAddress(record)
      return found !== null && addressText(found) === this.#text
    })
  }

  /** The client is one of the domain's incoming servers (RFC 5321 section 5.1). */
  async #receives(domain: string): Promise<boolean> {
    const exchanges = await this.#ask(this.#dns.mx(domain, this.#signal))
    const hosts = exchanges.length > 0 ? exchanges.map(({ exchange }) => exchange) : [domain]
    for (const host of hosts.slice(0, 10)) if (host !== '' && (await this.#isAt(host))) return true
    return false
  }

  async #ask<T>(question: Promise<Answer<T>>): Promise<readonly T[]> {
    if (++this.#questions > MOST_QUESTIONS) throw new Settled('permerror', 'too many lookups')
    const answer = await question
    if (answer.kind === 'unavailable') throw new Settled('temperror', answer.reason)
    return answer.kind === 'found' ? answer.records : []
  }
}
