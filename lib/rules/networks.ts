/** trusted_networks and its kin: words of rule files turned into a test for addresses. */
import { type Address, type Range, parseAddress, parseRange } from '../net/ip.ts'

interface Entry {
  readonly range: Range
  readonly except: boolean
}

/**
 * One word: an address, a network in CIDR form, the leading octets of one (`10.` or `192.168/16`), `!` before it for
 * an exception. Returns an error text for anything else.
 */
export function parseNetwork(word: string): Entry | string {
  const except = word.startsWith('!')
  const text = except ? word.slice(1) : word
  const range = parseRange(fullForm(text))
  return typeof range === 'string' ? range : { range, except }
}

/** 10. and 10/8 and 192.168 with their missing octets. */
function fullForm(text: string): string {
  const short = /^(\d+(?:\.\d+){0,2})\.?(\/\d+)?$/.exec(text)
  if (short === null) return text
  const octets = short[1]!.split('.')
  const prefix = short[2] ?? `/${octets.length * 8}`
  return `${[...octets, '0', '0', '0'].slice(0, 4).join('.')}${prefix}`
}

function holds({ range }: Entry, address: Address): boolean {
  if (range.family === 4)
    return address.family === 4 && address.value >= range.low && address.value <= range.high
  return address.family === 6 && address.value >= range.low && address.value <= range.high
}

/** A test for the words of one list; the first word that holds decides. Loopback is always in. */
export function networkTest(words: readonly string[]): (ip: string) => boolean {
  const entries: Entry[] = []
  for (const word of ['127.0.0.0/8', '::1', ...words]) {
    const entry = parseNetwork(word)
    if (typeof entry !== 'string') entries.push(entry)
  }
  return (ip) => {
    const address = parseAddress(ip)
    if (address === null) return false
    const entry = entries.find((candidate) => holds(candidate, address))
    return entry !== undefined && !entry.except
  }
}
