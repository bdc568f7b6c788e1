/** What the client calls itself. Legitimate servers get this wrong too, hence points and no refusals by default. */
import type { Config } from '../config/schema.ts'
import { hostName, mailDomain, type Existence } from '../net/exists.ts'
import { addressText, parseAddress } from '../net/ip.ts'
import { isHostName } from '../net/name.ts'
import { CLEAN, type Check, type CheckResult, type HeloInput } from './check.ts'
import { choose, isExempt, type Choice } from './choose.ts'

export const helo: Check<'helo'> = {
  name: 'helo',
  stage: 'helo',
  join: 'recipient',
  enabled: ({ helo }) => helo.enabled,
  async run(input, { config, dns, signal }) {
    if (isExempt(input, config.helo.exempt)) return CLEAN
    const shape = shapeOf(input, config.helo.own_names)
    if (shape.kind !== 'name') return judge(shape, { kind: 'exists' }, config.helo)
    const host = await hostName(shape.name, dns, signal)
    return judge(
      shape,
      host.kind === 'absent' ? await mailDomain(shape.name, dns, signal) : host,
      config.helo,
    )
  },
}

export type HeloShape =
  | { readonly kind: 'own' | 'bare-ip' | 'not-fqdn'; readonly text: string }
  /** `[192.0.2.1]`: allowed for hosts without a name (RFC 5321 section 4.1.3). */
  | { readonly kind: 'literal'; readonly text: string }
  | { readonly kind: 'name'; readonly name: string }

export function shapeOf(
  { helo, macros, client }: Pick<HeloInput, 'helo' | 'macros' | 'client'>,
  ownNames: readonly string[],
): HeloShape {
  const name = helo.trim().replace(/\.$/, '').toLowerCase()
  const own = [macros.get('j') ?? '', ...ownNames].map((one) => one.toLowerCase()).filter((one) => one !== '')
  if (own.includes(name)) return { kind: 'own', text: name }
  if (parseAddress(name) !== null)
    return isOwnAddress(name, macros.get('{daemon_addr}'), client.address)
      ? { kind: 'own', text: name }
      : { kind: name.startsWith('[') ? 'literal' : 'bare-ip', text: name }
  return isHostName(name) ? { kind: 'name', name } : { kind: 'not-fqdn', text: name }
}

/** Our listening address, said by somebody who is not at that address. */
function isOwnAddress(text: string, daemon: string | undefined, client: string | null): boolean {
  const [said, ours, theirs] = [text, daemon ?? '', client ?? ''].map((one) => parseAddress(one))
  if (!said || !ours || ours.value === 0 || ours.value === 0n) return false
  return addressText(said) === addressText(ours) && !(theirs && addressText(theirs) === addressText(said))
}

export function judge(shape: HeloShape, found: Existence, config: Config['helo']): CheckResult {
  switch (shape.kind) {
    case 'literal':
      return CLEAN
    case 'own':
      return say(config.own_name, 'HELO_OWN_NAME', shape.text, 'You are not me')
    case 'bare-ip':
      return say(config.bare_ip, 'HELO_BARE_IP', shape.text, 'HELO with an address needs brackets')
    case 'not-fqdn':
      return say(config.not_fqdn, 'HELO_NOT_FQDN', shape.text, 'HELO needs a full host name')
    case 'name':
      if (found.kind === 'unavailable') return { kind: 'unavailable', reason: found.reason }
      return found.kind === 'absent'
        ? say(config.unresolvable, 'HELO_UNRESOLVABLE', shape.name, 'The name in HELO does not exist')
        : CLEAN
  }
}

function say(choice: Choice, name: string, detail: string, text: string): CheckResult {
  return choose(choice, { name, detail }, { text })
}
