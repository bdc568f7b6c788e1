/** The addresses in From: as our own parser reads them, for checks that need no verified ones. */
import { domainOf } from '../auth/domains.ts'
import { parseAddresses } from '../mail/address.ts'
import { toCharacters } from '../octet-text.ts'
import type { RawHeader } from '../milter/handler.ts'

const VALUE_LIMIT = 20_000
const ADDRESS_LIMIT = 100

/** Addresses of the first two From: headers, lower case, at most 100. */
export function fromAddresses(headers: readonly RawHeader[]): readonly string[] {
  return headers
    .filter(({ name }) => name.trim().toLowerCase() === 'from')
    .slice(0, 2)
    .flatMap(({ value }) => parseAddresses(value.slice(0, VALUE_LIMIT)))
    .flatMap(({ address }) =>
      address === null || address === undefined ? [] : toCharacters(address).toLowerCase(),
    )
    .slice(0, ADDRESS_LIMIT)
}

export const addressDomain = domainOf
