/** trusted_networks and its kin: words of rule files turned into a test for addresses. */
import ipaddr from 'ipaddr.js'

type Address = ipaddr.IPv4 | ipaddr.IPv6

interface Entry {
  readonly network: Address
  readonly bits: number
  readonly except: boolean
}

/**
 * One word: an address, a network in CIDR form, the leading octets of one (`10.` or `192.168/16`), `!` before it for
 * an exception. Returns undefined for anything else.
 */
export function parseNetwork(word: string): Entry | undefined {
  const except = word.startsWith('!')
  const [base = '', bits] = fullForm(except ? word.slice(1) : word).split('/')
  const network = parseAddress(base)
  if (network === undefined || (bits !== undefined && !/^\d{1,3}$/.test(bits))) return undefined
  const most = network.kind() === 'ipv4' ? 32 : 128
  const length = bits === undefined ? most : Number(bits)
  return length > most ? undefined : { network, bits: length, except }
}

/** 10. and 10/8 and 192.168 with their missing octets. */
function fullForm(text: string): string {
  const short = /^(\d+(?:\.\d+){0,2})\.?(\/\d+)?$/.exec(text)
  if (short === null) return text
  const octets = short[1]!.split('.')
  return `${[...octets, '0', '0', '0'].slice(0, 4).join('.')}${short[2] ?? `/${octets.length * 8}`}`
}

/** An address in brackets or with an IPv6: prefix as well; IPv4 in IPv6 clothing is IPv4. */
function parseAddress(text: string): Address | undefined {
  const bare = text.replace(/^\[|\]$/g, '').replace(/^IPv6:/i, '')
  if (ipaddr.IPv4.isValidFourPartDecimal(bare)) return ipaddr.IPv4.parse(bare)
  return ipaddr.IPv6.isValid(bare) ? ipaddr.process(bare) : undefined
}

function holds({ network, bits }: Entry, address: Address): boolean {
  if (network instanceof ipaddr.IPv4) return address instanceof ipaddr.IPv4 && address.match(network, bits)
  return address instanceof ipaddr.IPv6 && address.match(network, bits)
}

/** Whether a list has all of a network already: then a word for it says nothing more. Loopback is always in. */
export function covers(words: readonly string[], word: string): boolean {
  const wanted = parseNetwork(word)
  if (wanted === undefined) return false
  return ['127.0.0.0/8', '::1', ...words]
    .flatMap((other) => parseNetwork(other) ?? [])
    .some((entry) => !entry.except && entry.bits <= wanted.bits && holds(entry, wanted.network))
}

/** A test for the words of one list; the first word that holds decides. Loopback is always in. */
export function networkTest(words: readonly string[]): (ip: string) => boolean {
  const entries = ['127.0.0.0/8', '::1', ...words].flatMap((word) => parseNetwork(word) ?? [])
  return (ip) => {
    const address = parseAddress(ip)
    if (address === undefined) return false
    const entry = entries.find((candidate) => holds(candidate, address))
    return entry !== undefined && !entry.except
  }
}
