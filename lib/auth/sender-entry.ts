/** Entries of the sender lists: how they are written, what they match, what proves a sender. Pure. */
import { aligned, domainOf, isSubdomain, plainDomain } from './domains.ts'
import type { AuthFacts } from './facts.ts'
import { createIpSet } from '../net/ip-set.ts'
import { parseAddress, parseRange } from '../net/ip.ts'

/** `Name@Example.ORG` -> `name@example.org`; `example.org` and `@example.org` -> `@example.org`; null for anything else. */
export function parseSender(text: string): string | null {
  const plain = text.trim().toLowerCase()
  if (plain.length > 320 || /[\s<>,;]/.test(plain)) return null
  const at = plain.lastIndexOf('@')
  const domain = plainDomain(at < 0 ? plain : plain.slice(at + 1))
  if (!/^[a-z0-9_\u0080-\uffff-]+(\.[a-z0-9_\u0080-\uffff-]+)+$/.test(domain)) return null
  return at > 0 ? `${plain.slice(0, at)}@${domain}` : `@${domain}`
}

export type Proof =
  | { readonly kind: 'aligned' | 'unproven' }
  | { readonly kind: 'dkim' | 'spf'; readonly domain: string }
  | { readonly kind: 'group'; readonly group: string }
  /** The client's address lies in this network: for senders whose server has neither SPF nor DKIM. */
  | { readonly kind: 'net'; readonly network: string }

export function parseProof(text: string): Proof | null {
  if (text === 'aligned' || text === 'unproven') return { kind: text }
  const [, kind, value = ''] = /^(dkim|spf|group|net):(\S{1,253})$/.exec(text) ?? []
  if (kind === 'net') return typeof parseRange(value) === 'string' ? null : { kind, network: value }
  if (kind === 'group') return { kind, group: value }
  if (kind !== 'dkim' && kind !== 'spf') return null
  const domain = plainDomain(value)
  return /^[a-z0-9_-]+(\.[a-z0-9_-]+)+$/.test(domain) ? { kind, domain } : null
}

/** What a list may know a sender by, the most specific first: the address, `@` and each domain it lies in. */
export function keysOf(address: string): readonly string[] {
  const plain = address.toLowerCase()
  const labels = domainOf(plain).split('.')
  const domains = labels.slice(0, -1).map((_, index) => `@${labels.slice(index).join('.')}`)
  return domains.length === 0
    ? []
    : [`${plain.slice(0, plain.lastIndexOf('@'))}@${labels.join('.')}`, ...domains.slice(0, 10)]
}

/** '' is for everybody; a domain is for its addresses and those below it. */
export function isFor(recipient: string, address: string): boolean {
  if (recipient === '') return true
  const plain = address.toLowerCase()
  return recipient.includes('@') ? plain === recipient.toLowerCase() : isSubdomain(domainOf(plain), recipient)
}

/** Whether what was found proves the address; the proof in words, or null. */
export function proves(
  proof: Proof,
  address: string,
  { spf, dkim }: Pick<AuthFacts, 'spf' | 'dkim'>,
  client: { readonly address: string | null; readonly groups: ReadonlySet<string> },
): string | null {
  const signers = (dkim?.signatures ?? []).filter(({ trusted }) => trusted).map(({ domain }) => domain)
  const passed = spf.mailFrom?.result === 'pass' ? spf.mailFrom.domain : null
  const domain = domainOf(address)
  switch (proof.kind) {
    case 'unproven':
      return 'without proof'
    case 'group':
      return client.groups.has(proof.group) ? `by the IP group ${proof.group}` : null
    case 'net':
      return isWithin(client.address, proof.network) ? `by the network ${proof.network}` : null
    case 'dkim': {
      const signer = signers.find((one) => isSubdomain(one, proof.domain))
      return signer === undefined ? null : `by DKIM of ${signer}`
    }
    case 'spf':
      return passed !== null && isSubdomain(passed, proof.domain) ? `by SPF of ${passed}` : null
    case 'aligned': {
      const signer = signers.find((one) => aligned(one, domain))
      if (signer !== undefined) return `by DKIM of ${signer}`
      return passed !== null && aligned(passed, domain) ? `by SPF of ${passed}` : null
    }
  }
}

function isWithin(address: string | null, network: string): boolean {
  const range = parseRange(network)
  const parsed = address === null ? null : parseAddress(address)
  return parsed !== null && typeof range !== 'string' && createIpSet([range]).has(parsed)
}
