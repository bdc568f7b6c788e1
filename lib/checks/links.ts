/** Links that deceive: judged by their looks alone. The lists of domains are another check. */
import { addressDomain, fromAddresses } from './author.ts'
import type { Message } from '../mail/message.ts'
import type { Check, Hit } from './check.ts'
import { imitates } from '../links/lookalike.ts'
import { inspectLinks, LINK_LIMIT, type Link, type LinkOptions } from '../links/inspect.ts'
import { organizationalDomain } from '../auth/domains.ts'
import { weigh } from './weigh.ts'

export const links: Check<'message'> = {
  name: 'links',
  stage: 'message',
  enabled: ({ links }) => links.check !== 'off',
  async run(input, { config }) {
    const { shorteners, protected_domains: protectedDomains, check } = config.links
    const domains = fromAddresses(input.headers).map(addressDomain)
    return {
      kind: 'hits',
      hits: weigh(check, judge(linksOf(input.head), domains, { shorteners, protectedDomains })),
    }
  },
}

export function judge(
  all: readonly Link[],
  fromDomains: readonly string[],
  options: LinkOptions,
): readonly Hit[] {
  const imitated = fromDomains.slice(0, 10).flatMap((domain) => {
    const whom = imitates(organizationalDomain(domain), options.protectedDomains)
    return whom === null ? [] : [{ name: 'FROM_LOOKALIKE', detail: `${domain} looks like ${whom}` }]
  })
  return [...imitated.slice(0, 1), ...inspectLinks(all, options)]
}

/** The mail model speaks octets of UTF-8; links are compared as text. */
function linksOf(message: Message): readonly Link[] {
  return message
    .uris()
    .slice(0, LINK_LIMIT)
    .map(({ uri, types, anchorText }) => ({
      target: text(uri),
      texts: anchorText.slice(0, 10).map((one) => text(one.slice(0, 2000)).trim()),
      tags: types,
    }))
}

const text = (octets: string): string => Buffer.from(octets.slice(0, 4096), 'latin1').toString('utf8')
