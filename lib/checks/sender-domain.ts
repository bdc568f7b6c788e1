/** Whether the domain of the MAIL FROM address exists, so that an answer or a bounce could reach anybody. */
import { domainToASCII } from 'node:url'
import { toCharacters } from '../octet-text.ts'
import type { Config } from '../config/schema.ts'
import { mailDomain, type Existence } from '../net/exists.ts'
import { domainName } from '../net/name.ts'
import { CLEAN, type Check, type CheckResult } from './check.ts'
import { choose, isExempt } from './choose.ts'

export const senderDomain: Check<'sender'> = {
  name: 'sender_domain',
  stage: 'sender',
  join: 'recipient',
  asksNetwork: true,
  enabled: ({ sender_domain }) => sender_domain.enabled,
  async run(input, { config, dns, signal }) {
    if (isExempt(input, config.sender_domain.exempt)) return CLEAN
    const domain = domainOf(input.sender.address)
    if (domain === null) return CLEAN
    return judge(domain, await mailDomain(domain, dns, signal), config.sender_domain)
  },
}

/**
 * The domain to look up, in A-labels; null when there is none to look up: the null sender, a bare local name (the MTA
 * decides about those), an address literal. A domain that cannot be a name at all is looked up nowhere and is absent.
 */
export function domainOf(address: string): string | null {
  const at = address.lastIndexOf('@')
  if (at < 0) return null
  const written = address.slice(at + 1).replace(/\.$/, '')
  if (written === '' || written.startsWith('[')) return null
  const text = toCharacters(written)
  const ascii = /[^\x00-\x7f]/.test(text) ? domainToASCII(text) : text.toLowerCase()
  return ascii === '' ? written.toLowerCase() : ascii
}

export function judge(domain: string, found: Existence, config: Config['sender_domain']): CheckResult {
  const existence: Existence = domainName(domain) === null ? { kind: 'absent' } : found
  switch (existence.kind) {
    case 'exists':
      return CLEAN
    case 'unavailable':
      return { kind: 'unavailable', reason: existence.reason }
    case 'absent':
      return choose(
        config.absent,
        { name: 'SENDER_DOMAIN_ABSENT', detail: domain },
        // RFC 3463: bad sender's system address.
        { text: 'The domain of the sender address does not exist', enhanced: '1.8' },
      )
    case 'null-mx':
      return choose(
        config.null_mx,
        { name: 'SENDER_DOMAIN_NULL_MX', detail: domain },
        // RFC 7505 section 4.2.
        { text: 'The domain of the sender address takes no mail', enhanced: '7.27' },
      )
  }
}
