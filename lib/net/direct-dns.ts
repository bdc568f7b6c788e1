/**
 * Asks a zone's own name servers, past every resolver: some paid lists know their customer by the address that asks.
 * The servers are found by NS lookup, at the zone itself or at the nearest parent that has any, and looked up again
 * now and then. Everything but address questions goes to the common resolver.
 */
import type { Answer, Dns } from './dns.ts'

export interface DirectDnsOptions {
  readonly zone: string
  /** Finds the servers. */
  readonly dns: Dns
  /** Makes a resolver for the servers found. */
  readonly makeDns: (servers: readonly string[]) => Dns & { close?(): void }
  readonly now: () => number
  /** Milliseconds for which the servers found are used. */
  readonly keep?: number
}

const KEEP = 1_800_000
/** Servers of one zone that are used; more are no help. */
const MOST_SERVERS = 8

interface Found {
  readonly servers: string
  readonly dns: Dns & { close?(): void }
  readonly until: number
}

export function directDns({ zone, dns, makeDns, now, keep = KEEP }: DirectDnsOptions): Dns {
  let found: Found | null = null
  let finding: Promise<Found | string> | null = null
  const find = async (): Promise<Found | string> => {
    const servers = await serversOf(zone, dns)
    // When the servers cannot be looked up now, the ones known from before are better than none.
    if (typeof servers === 'string') return found ? { ...found, until: now() + keep / 10 } : servers
    const text = servers.join(' ')
    if (found?.servers === text) return { ...found, until: now() + keep }
    found?.dns.close?.()
    return { servers: text, dns: makeDns(servers), until: now() + keep }
  }
  const current = async (): Promise<Found | string> => {
    // kept for longer than `keep`: the clock was ahead, and has been set back
    if (found && found.until > now() && found.until <= now() + keep) return found
    finding ??= find().finally(() => (finding = null))
    const result = await finding
    if (typeof result !== 'string') found = result
    return result
  }
  return {
    ...dns,
    async a(name, signal): Promise<Answer<string>> {
      const servers = await current()
      return typeof servers === 'string'
        ? { kind: 'unavailable', reason: servers }
        : servers.dns.a(name, signal)
    },
  }
}

/** Addresses of the name servers responsible for a zone, or why there are none. */
async function serversOf(zone: string, dns: Dns): Promise<readonly string[] | string> {
  for (let at = zone; at.includes('.'); at = at.slice(at.indexOf('.') + 1)) {
    const answer = await dns.ns(at)
    if (answer.kind === 'unavailable') return `its name servers could not be looked up: ${answer.reason}`
    if (answer.kind === 'found') return addressesOf(answer.records.slice(0, MOST_SERVERS), dns)
  }
  return 'it has no name servers'
}

async function addressesOf(names: readonly string[], dns: Dns): Promise<readonly string[] | string> {
  const answers = await Promise.all(names.flatMap((name) => [dns.a(name), dns.aaaa(name)]))
  const four = answers.filter((_, index) => index % 2 === 0)
  const six = answers.filter((_, index) => index % 2 === 1)
  // IPv4 first: many mail servers have no IPv6, and a server that cannot be reached costs a time-out.
  const addresses = [...four, ...six].flatMap((answer) => (answer.kind === 'found' ? answer.records : []))
  return addresses.length > 0
    ? [...new Set(addresses)].slice(0, MOST_SERVERS)
    : 'its name servers have no addresses'
}
