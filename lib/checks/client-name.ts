/**
 * The client's name in the DNS: there is one, it leads back to the address, and it does not look made from it. The MTA
 * has looked already: a name it gives is confirmed; only where it has none do we ask why.
 */
import type { Config } from '../config/schema.ts'
import type { Dns } from '../net/dns.ts'
import { isGeneric } from '../net/generic-name.ts'
import { addressText, parseAddress, type Address } from '../net/ip.ts'
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { chooseAll, isExempt, type Finding } from './choose.ts'

export const clientName: Check<'connect'> = {
  name: 'client_name',
  stage: 'connect',
  join: 'recipient',
  asksNetwork: true,
  enabled: ({ client_name }) => client_name.enabled,
  async run(session, { config, dns, signal }) {
    const address = session.client.address === null ? null : parseAddress(session.client.address)
    if (address === null || isExempt(session, config.client_name.exempt)) return CLEAN
    const named = verifiedName(session.client.hostname)
    const found =
      named === null ? await confirm(address, dns, signal) : { kind: 'confirmed' as const, name: named }
    return judge(address, found, config.client_name)
  },
}

export type NameFound =
  | { readonly kind: 'confirmed'; readonly name: string }
  | { readonly kind: 'unconfirmed'; readonly name: string }
  | { readonly kind: 'none' }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** The name the MTA vouches for; null for `unknown` and `[192.0.2.1]`. */
function verifiedName(hostname: string): string | null {
  return hostname === '' || hostname === 'unknown' || hostname.startsWith('[') ? null : hostname.toLowerCase()
}

/** More PTR records than anybody needs are cut, so that an address with a thousand names costs no thousand questions. */
const MOST_NAMES = 5

async function confirm(address: Address, dns: Dns, signal: AbortSignal): Promise<NameFound> {
  const text = addressText(address)
  const names = await dns.ptr(text, signal)
  if (names.kind === 'absent') return { kind: 'none' }
  if (names.kind === 'unavailable') return names
  const answers = await Promise.all(
    names.records.slice(0, MOST_NAMES).map(async (name) => ({
      name,
      answer: await (address.family === 4 ? dns.a(name, signal) : dns.aaaa(name, signal)),
    })),
  )
  const good = answers.find(
    ({ answer }) => answer.kind === 'found' && answer.records.some((record) => sameAddress(record, text)),
  )
  if (good) return { kind: 'confirmed', name: good.name }
  const silent = answers.find(({ answer }) => answer.kind === 'unavailable')
  if (silent?.answer.kind === 'unavailable') return silent.answer
  return { kind: 'unconfirmed', name: names.records[0] ?? '' }
}

function sameAddress(record: string, text: string): boolean {
  const parsed = parseAddress(record)
  return parsed !== null && addressText(parsed) === text
}

export function judge(address: Address, found: NameFound, config: Config['client_name']): CheckResult {
  if (found.kind === 'unavailable') return { kind: 'unavailable', reason: found.reason }
  // RFC 7372 section 3.3: reverse DNS validation failed.
  const enhanced = '7.25'
  if (found.kind === 'none')
    return chooseAll([
      {
        choice: config.none,
        hit: { name: 'CLIENT_NO_NAME' },
        words: { text: 'Your address has no name in the DNS', enhanced },
      },
    ])
  const findings: Finding[] = []
  if (found.kind === 'unconfirmed')
    findings.push({
      choice: config.unconfirmed,
      hit: { name: 'CLIENT_NAME_UNCONFIRMED', detail: found.name },
      words: { text: 'The name of your address does not lead back to it', enhanced },
    })
  if (isGeneric(found.name, address))
    findings.push({
      choice: config.generic,
      hit: { name: 'CLIENT_NAME_GENERIC', detail: found.name },
      words: { text: 'Your address has a name of a pool; please use the mail server of your provider' },
    })
  return chooseAll(findings)
}
