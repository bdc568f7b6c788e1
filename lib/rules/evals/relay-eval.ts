/** RelayEval: the way a mail came, by what its trusted relays wrote about the machines they spoke with. */
import type { Octets } from '../../mail/message.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { IPV4, isIpv4, isPrivate } from './ip.ts'
import { escapeRegex, header, lower } from './octets.ts'

export const relayEval: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::RelayEval',
  initial: () => ({}),
  directives: {},
  functions: {
    check_for_numeric_helo: numericHelo,
    check_for_illegal_ip: () => false,
    check_all_trusted: ({ relays }) =>
      relays.trusted.length > 0 && relays.untrusted.length === 0 && relays.unparseable === 0,
    check_no_relays: ({ relays }) =>
      relays.trusted.length === 0 && relays.untrusted.length === 0 && relays.unparseable === 0,
    check_relays_unparseable: ({ relays }) => relays.unparseable > 0,
    check_for_sender_no_reverse: ({ relays }) => {
      const first = relays.untrusted.at(-1)
      return first !== undefined && first.rdns.includes('.') && !first.private
    },
    check_for_from_domain_in_received_headers: fromDomainInReceived,
    check_for_forged_received_trail: (input) => forgery(input).names > 1,
    check_for_forged_received_ip_helo: (input) => forgery(input).addresses > 0,
    helo_ip_mismatch: heloIpMismatch,
    check_for_no_rdns_dotcom_helo: noRdnsDotcomHelo,
  },
}

const NUMERIC_HELO = new RegExp(`\\bhelo=(${IPV4})(?=[\\x00-\\x20,;[()<>]|$)`, 'i')

function numericHelo({ relays }: EvalInput): boolean {
  const address = NUMERIC_HELO.exec(relays.untrustedText)?.[1]
  return address !== undefined && !isPrivate(address)
}

function heloIpMismatch({ relays }: EvalInput): boolean {
  return relays.untrusted.some(({ helo, ip }) => {
    if (!isIpv4(helo) || isPrivate(helo) || !isIpv4(ip) || isPrivate(ip)) return false
    return helo.split('.').slice(0, 3).join('.') !== ip.split('.').slice(0, 3).join('.')
  })
}

/** `check_for_from_domain_in_received_headers(domain, 'true'|'false')`: did a relay of the author's domain write a hop? */
function fromDomainInReceived(input: EvalInput, [domain = '', desired]: readonly string[]): boolean {
  const name = escapeRegex(domain)
  if (!new RegExp(`\\b${name}`, 'i').test(header(input, 'From:addr'))) return false
  const path = `${input.relays.trustedText}\n${input.relays.untrustedText}`
  const token = `[^ \\t\\n]*\\b${name} `
  const passed = new RegExp(` rdns=${token}[^\\]]*by=${token}`).test(path)
  return passed === (desired === 'true')
}

const DOTCOM =
  /(?:\.|^)(?:lycos\.com|lycos\.co\.uk|hotmail\.com|localhost\.com|excite\.com|caramail\.com|cs\.com|aol\.com|msn\.com|yahoo\.com|drizzle\.com)$/i

function noRdnsDotcomHelo({ relays }: EvalInput): boolean {
  // The oldest public relay decides: a later one only forwards.
  const last = relays.untrusted.findLast((relay) => !relay.private)
  return last !== undefined && last.noReverseDns && DOTCOM.test(last.helo)
}

interface Forgery {
  /** Hops in which a relay calls itself otherwise than the next one knew it. */
  readonly names: number
  /** Hops whose HELO address lies in another /16 than the client's. */
  readonly addresses: number
}

const KEY = {}
/** Longer names are junk. */
const LONGEST_NAME = 255

function isHost(name: Octets): boolean {
  return name.length <= LONGEST_NAME && /^\w[\w.-]+\.\w+$/.test(name)
}

function forgery(input: EvalInput): Forgery {
  return input.memo(KEY, () => {
    let [names, addresses] = [0, 0]
    let previous: Octets | undefined
    for (const [index, relay] of input.relays.untrusted.entries()) {
      const by = organisation(lower(relay.by))
      const from: Octets | undefined = organisation(lower(relay.rdns))
      const usable = isHost(by)
      if (usable && differs(lower(relay.helo), relay.ip)) addresses++
      if (usable && index > 0 && previous !== undefined && isHost(previous) && by !== previous) {
        if (!(by === 'msn.com' && previous === 'hotmail.com')) names++
      }
      const isSelf = usable && /^localhost(?:\.localdomain)?$/.test(from) && relay.ip === '127.0.0.1'
      previous = isSelf ? undefined : from
    }
    return { names, addresses }
  })
}

function differs(helo: Octets, ip: string): boolean {
  const name = organisation(helo)
  if (!/^\d+\.\d+\.\d+\.\d+$/.test(name) || !/^\d+\.\d+\.\d+\.\d+$/.test(ip)) return false
  return name.split('.').slice(0, 2).join('.') !== ip.split('.').slice(0, 2).join('.') && !isPrivate(name)
}

/** The last two labels, or three under short country codes that register below a second level. */
function organisation(host: Octets): Octets {
  if (!/[a-zA-Z]/.test(host)) return host
  const labels = host.split('.')
  while (labels.at(-1) === '') labels.pop()
  if (labels.length > 1 && /[^ \t]{3,}|ie|fr|de/.test(labels.at(-1) ?? '')) return labels.slice(-2).join('.')
  return labels.length > 2 ? labels.slice(-3).join('.') : host
}
