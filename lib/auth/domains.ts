/** Comparing domain names of identities: case, a final dot, parents. */
import { getDomain } from 'tldts'
import { asciiDomain } from '../octet-text.ts'

/** Lower case without a final dot, labels in ASCII: a U-label and its A-label are one domain. */
export const plainDomain = (domain: string): string =>
  asciiDomain(domain.trim().toLowerCase().replace(/\.$/, ''))

/** Whether `domain` is `parent` or lies below it; false for empty names. */
export function isSubdomain(domain: string, parent: string): boolean {
  const child = plainDomain(domain)
  const top = plainDomain(parent)
  return child !== '' && top !== '' && (child === top || child.endsWith(`.${top}`))
}

/** The registered domain by the public suffix list, private suffixes included; the name itself where there is none. */
export function organizationalDomain(domain: string): string {
  const name = plainDomain(domain)
  return getDomain(name, { allowPrivateDomains: true }) ?? name
}

/** Relaxed alignment: the same registered domain. */
export const aligned = (one: string, other: string): boolean =>
  plainDomain(one) !== '' && organizationalDomain(one) === organizationalDomain(other)

/** The part of an address after its last @, plain; '' when there is none. */
export const domainOf = (address: string): string =>
  address.includes('@') ? plainDomain(address.slice(address.lastIndexOf('@') + 1)) : ''
