/**
 * Names that a machine made from an address: dsl-192-0-2-7.pool.example, 7.2.0.192.dynamic.example, ip-c0000207.example.
 * Mail servers of people who run one on purpose have a name that somebody chose.
 */
import { addressText, type Address } from './ip.ts'

/** Labels (or parts of labels between hyphens and digits) that pools of addresses are called by. */
const POOL_WORDS: ReadonlySet<string> = new Set(
  (
    'adsl broadband cable catv client clients cpe cust customer customers dhcp dial dialin dialup dip docsis dsl dyn ' +
    'dynamic dynamicip dynip ftth gprs hsd internetdsl ipconnect kabel lte mobile nat pool pools ppp pppoe pptp ras ' +
    'rev static umts vdsl wifi wireless wlan xdsl'
  ).split(' '),
)

/** Whether the name looks made from the address or calls itself a pool. */
export function isGeneric(name: string, address: Address): boolean {
  const host = hostPart(name.toLowerCase())
  if (host === '') return false
  if (containsAddress(host, address)) return true
  return /\d/.test(host) && host.split(/[^a-z]+/).some((word) => POOL_WORDS.has(word))
}

/** Everything before the last two labels: the part that the owner of an address gave to a single host. */
function hostPart(name: string): string {
  return name.split('.').slice(0, -2).join('.')
}

function containsAddress(host: string, address: Address): boolean {
  if (address.family === 6) return containsNibbles(host, address)
  const octets = addressText(address).split('.').map(Number)
  const numbers = (host.match(/\d{1,12}/g) ?? []).map(String)
  return (
    hasRun(numbers.map(Number), octets, 3) ||
    hasRun(numbers.map(Number), [...octets].reverse(), 3) ||
    hasPadded(numbers, octets) ||
    hasHex(host, octets)
  )
}

/** At least `least` octets one after the other, in their order: 192-0-2-7, x2-7 in 192.0 is not enough. */
function hasRun(numbers: readonly number[], octets: readonly number[], least: number): boolean {
  for (let from = 0; from + least <= octets.length; from++)
    for (let at = 0; at + least <= numbers.length; at++)
      if (octets.slice(from, from + least).every((octet, index) => numbers[at + index] === octet)) return true
  return false
}

/** 192000002007: all octets padded to three digits. */
function hasPadded(numbers: readonly string[], octets: readonly number[]): boolean {
  const padded = octets.map((octet) => String(octet).padStart(3, '0'))
  return numbers.some((number) => number === padded.join('') || number === [...padded].reverse().join(''))
}

/** c0000207 */
function hasHex(host: string, octets: readonly number[]): boolean {
  const hex = octets.map((octet) => octet.toString(16).padStart(2, '0')).join('')
  return host
    .split(/[^0-9a-z]+/)
    .some((word) => word.replace(/^(?:ip|x|h|host|p)(?=[0-9a-f]{8}$)/, '') === hex)
}

/** The last 64 bits of an IPv6 address, or all of it, spelt out with or without separators. */
function containsNibbles(host: string, { value }: Extract<Address, { family: 6 }>): boolean {
  const all = value.toString(16).padStart(32, '0')
  const plain = host.replace(/[^0-9a-f]/g, '')
  const reversed = [...all].reverse().join('')
  return [all, reversed].some((nibbles) => plain.includes(nibbles)) || plain.includes(all.slice(16))
}
