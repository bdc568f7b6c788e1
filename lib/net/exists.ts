/** Whether a name is in the DNS in a way that matters for mail. */
import type { Dns } from './dns.ts'

export type Existence =
  | { readonly kind: 'exists' }
  /** A null MX (RFC 7505): the domain is there and takes no mail. */
  | { readonly kind: 'null-mx' }
  | { readonly kind: 'absent' }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** A domain that mail could be sent to: an MX, or an address when there is no MX (RFC 5321 section 5.1). */
export async function mailDomain(name: string, dns: Dns, signal: AbortSignal): Promise<Existence> {
  const mx = await dns.mx(name, signal)
  if (mx.kind === 'found')
    return mx.records.every(({ exchange }) => exchange === '' || exchange === '.')
      ? { kind: 'null-mx' }
      : { kind: 'exists' }
  if (mx.kind === 'unavailable') return mx
  return hostName(name, dns, signal)
}

/** A host that has an address. One family that cannot be looked up leaves the question open unless the other answers. */
export async function hostName(name: string, dns: Dns, signal: AbortSignal): Promise<Existence> {
  const answers = await Promise.all([dns.a(name, signal), dns.aaaa(name, signal)])
  if (answers.some(({ kind }) => kind === 'found')) return { kind: 'exists' }
  const silent = answers.find((answer) => answer.kind === 'unavailable')
  return silent?.kind === 'unavailable' ? silent : { kind: 'absent' }
}
