/**
 * The forms of a URI that a browser or mail program would make of it, as SpamAssassin lists them: decoded, with a
 * scheme, without a user part, its host in ASCII, an address in odd notation as four numbers, the target of a
 * redirector. Rules see all of them, so that no spelling hides a site.
 */
import { toAsciiName } from './domain.ts'
import type { Domains } from './domain.ts'
import { lowerAscii } from './octets.ts'
import { trimUnicode } from './space.ts'

/** Variants of one URI; redirectors inside redirectors end here. */
const MOST_VARIANTS = 100
const HOSTED = /^(https?:\/\/)([^@/?#]*@)?([^/?#:]+)(?![^/?#:])((?::(\d*))?[^\n]*)\n?$/i

/** `uri` (cleaned of line breaks) and its variants, each once. */
export function uriVariants(
  uri: string,
  redirectors: readonly RegExp[],
  domains: Domains,
): readonly string[] {
  const sources = [uri]
  const made: string[] = []
  for (let i = 0; i < sources.length && i + made.length < MOST_VARIANTS; i++) {
    const clean = trimUnicode(sources[i]!.replace(/\n/g, '')).replace(/\r/g, '')
    sources[i] = clean
    // anchors, queries and paths of this site are no addresses
    if (clean.length <= 1 || /^(?:[#?&]|\/(?!\/))/.test(clean)) continue
    if (/^mailto:/i.test(clean) || /^[^:]*@/.test(clean)) addMailVariants(clean, made)
    else addWebVariants(clean, sources, made, redirectors, domains)
  }
  return [...new Set([...sources, ...made])]
}

/** Outlook makes links of what follows the address, too. */
function addMailVariants(uri: string, made: string[]): void {
  const question = /^([^@]+@[^?]+)\?/.exec(uri)
  if (question) made.push(question[1]!)
  const ampersand = /^([^@]+@[^?&]+)&/.exec(uri)
  if (ampersand) made.push(ampersand[1]!)
  const padded = uri.includes('%20') ? /^(?=[^@]*@[^?&%])(?:mailto:)?(?:%20)*([^@]+@[^?&%]+)/.exec(uri) : null
  if (padded) made.push(`mailto:${padded[1]}`)
  const bracketed = lastBracketed(uri)
  if (bracketed !== undefined) made.push(`mailto:${bracketed}`)
}

/** What stands in the last `<user@host>` that begins before a query. */
function lastBracketed(uri: string): string | undefined {
  const query = uri.search(/[?&]/)
  const end = query < 0 ? uri.length : query
  let sign = -1
  let close = -1
  for (let at = uri.length - 1; at >= 0; at--) {
    const character = uri[at]
    if (character === '@') sign = at
    else if (character === '>') close = at
    else if (character === '<' && at < end && sign > at + 1 && close > sign + 1)
      return uri.slice(at + 1, close)
  }
  return undefined
}

function addWebVariants(
  uri: string,
  sources: string[],
  made: string[],
  redirectors: readonly RegExp[],
  domains: Domains,
): void {
  const normal = normalize(uri)
  if (normal !== uri) made.push(normal)
  const match = HOSTED.exec(normal)
  if (match === null) return
  const [, scheme = '', user = '', rawHost = '', rest = '', port = ''] = match
  const add = (host: string, tail = rest) => made.push(scheme + host + tail)
  const defaultPort = scheme === 'http://' ? '80' : '443'
  const withoutPort = port === defaultPort ? rest.replace(/^:\d+\b/, '') : rest
  if (withoutPort !== rest) add(rawHost, withoutPort)

  let host = rawHost
  const ascii = toAsciiName(rawHost)
  if (ascii !== lowerAscii(rawHost)) {
    add(ascii)
    if (port !== '' && withoutPort !== '') add(ascii, withoutPort)
    host = ascii
  }
  // browsers drop control characters from host names
  const printable = host.replace(/[\x00-\x20]/g, '')
  if (printable !== host) add((host = printable))
  addRedirectTarget(scheme + host + rest, rest, redirectors, sources)
  const withoutUser = host.replace(/^[^@]+@/, '')
  if (withoutUser !== host) add((host = withoutUser))
  // in a sentence: "visit example.biz!!!"
  const ended = host.replace(/(?<![^0-9A-Za-z])[^0-9A-Za-z]+$/, '')
  if (ended !== host) add((host = ended))

  const numeric = numericHost(host)
  if (numeric !== undefined) add(numeric)
  else if (scheme === 'http://' && user === '' && (port === '' || port === '80')) {
    // browsers try www.NAME.com for a bare name
    const bare = ascii === 'localhost' ? null : /^(?:www\.)?([^.]+)$/.exec(ascii)
    if (bare && !domains.valid(ascii)) add(`www.${bare[1]}.com`)
  }
}

function normalize(uri: string): string {
  let normal = uri.replaceAll('\\', '/').replace(/^(https?:)\/{0,2}/i, '$1//')
  if (/%[0-9a-fA-F]{2}/.test(normal)) normal = decodePercent(normal)
  if (!/^[-_a-z0-9]+:/i.test(normal)) normal = (normal.startsWith('ftp.') ? 'ftp://' : 'http://') + normal
  normal = normal.replace(/^(https?:\/\/[^/?#]+)([?#])/i, '$1/$2')
  if (!normal.includes('&#')) return normal
  return normal
    .replace(/&#0*(3[3-9]|[4-9]\d|1[01]\d|12[0-6]);/g, (_, code: string) => String.fromCharCode(Number(code)))
    .replace(/&#x0*(2[1-9]|[3-6][a-fA-F0-9]|7[0-9a-eA-E]);/g, (_, code: string) =>
      String.fromCharCode(parseInt(code, 16)),
    )
    .replace(/&#(?:x2e|12290|x3002|65294|xff0e|65377|xff61);/gi, '.')
}

/** Decodes what need not be encoded (printable US-ASCII) and encodes what must be (RFC 1738's unsafe octets). */
export function decodePercent(uri: string): string {
  return uri.replace(/%([0-9a-fA-F]{2})|[\x00-\x20\x7f-\xff"%<>]/g, (piece: string, hex?: string) => {
    if (hex === undefined) return `%${piece.charCodeAt(0).toString(16).padStart(2, '0')}`
    return /^(?:20|7f|[0189a-f][0-9a-f])$/i.test(hex) ? piece : String.fromCharCode(parseInt(hex, 16))
  })
}

/** The site a redirector leads to is looked at like any other. */
function addRedirectTarget(
  uri: string,
  rest: string,
  redirectors: readonly RegExp[],
  sources: string[],
): void {
  for (const pattern of redirectors) {
    pattern.lastIndex = 0
    const target = pattern.exec(uri)?.[1]
    if (target?.includes('.')) {
      sources.push(target)
      return
    }
  }
  const target = /(https?:\/{0,2}[^&#]+)/i.exec(rest)?.[1]
  if (target?.includes('.')) sources.push(target)
}

/** Digits of a host that is a number; what is longer means the same as this many. */
const LONGEST_NUMBER = 40
const QUAD = /^((?:0x[0-9a-f]+|\d+)\.){3}(?:0x[0-9a-f]+|\d+)\n?$/i

/** A host that is an IPv4 address in any notation, as four decimal numbers; undefined for names. */
function numericHost(host: string): string | undefined {
  if (QUAD.test(host)) return host.split('.').map(decimalOctet).join('.')
  const hex = /^0x[0-9a-f]*?([0-9a-f]{1,8})\n?$/i.exec(host)
  if (hex) return dotted(BigInt(`0x${hex[1]}`))
  return /^[0-9]+\n?$/.test(host) ? dotted(BigInt(host.slice(0, LONGEST_NUMBER))) : undefined
}

function decimalOctet(text: string): string {
  const hex = /^0x([0-9a-f]+)/i.exec(text)
  if (hex) return String(parseInt(hex[1]!, 16)).replace(/^0+/, '')
  return text
    .replace(/^0+([1-3][0-7]{0,2}|[4-7][0-7]?)\b/, (_, octal: string) => String(parseInt(octal, 8)))
    .replace(/^0+/, '')
}

/** As SpamAssassin: of a number with more than 32 bits the first eight hexadecimal digits count. */
function dotted(address: bigint): string {
  const digits = (address > LARGEST ? LARGEST : address).toString(16).padStart(8, '0')
  return [0, 2, 4, 6].map((place) => parseInt(digits.slice(place, place + 2), 16)).join('.')
}
const LARGEST = 0xffff_ffff_ffff_ffffn
