/**
 * IP addresses in text: patterns for finding them in headers and hosts. They take what SpamAssassin takes, IPv6 with an
 * optional `IPv6:` in front, so that the same relays are found.
 */

const OCTET = '(?:1\\d\\d|2[0-4]\\d|25[0-5]|[1-9]\\d|\\d)'
const IPV4 = `${OCTET}\\.${OCTET}\\.${OCTET}\\.${OCTET}`
const H = '[a-fA-F0-9]{1,4}'
const PREFIX = '(?:[Ii][Pp][Vv]6:|(?<![a-fA-F0-9:]))'

/** Twelve octets of IPv6, as far as written, before an IPv4 address. */
const MAPPED = [
  `(?:${H}:){6}`,
  `::(?:${H}:){0,5}`,
  `(?:${H}:){1,5}:`,
  `${H}::(?:${H}:){1,4}`,
  `(?:${H}:){2}:(?:${H}:){1,3}`,
  `(?:${H}:){3}:(?:${H}:){1,2}`,
  `(?:${H}:){4}:${H}:`,
].join('|')

const PURE = [
  `(?:${H}:){7}${H}`,
  `:(?::${H}){1,7}`,
  `(?:${H}:){1,7}:`,
  `${H}:(?::${H}){1,6}`,
  `(?:${H}:){2}(?::${H}){1,5}`,
  `(?:${H}:){3}(?::${H}){1,4}`,
  `(?:${H}:){4}(?::${H}){1,3}`,
  `(?:${H}:){5}(?::${H}){1,2}`,
  `(?:${H}:){6}:${H}`,
  '::',
].join('|')

/** Source of a pattern for an IPv4 or IPv6 address, without captures. */
export const IP_ADDRESS = `(?:\\b(?<!:)${IPV4}\\b|${PREFIX}(?:(?:${MAPPED})${IPV4}|${PURE})(?![a-fA-F0-9:]))`

const Z = '0{1,4}'
const ZEROS_BEFORE_IPV4 = [
  `(?:${Z}:){5}`,
  `::(?:${Z}:){0,4}`,
  `(?:${Z}:){1,4}:`,
  `${Z}::(?:${Z}:){1,3}`,
  `(?:${Z}:){2}:0{1,2}:`,
  `(?:${Z}:){3}:0:`,
  `(?:${Z}:){4}:`,
].join('|')
const IPV6_LOOPBACK = [
  `(?:${Z}:){7}0{0,3}1`,
  `:(?::${Z}){0,6}:0{0,3}1`,
  `${Z}:(?::${Z}){0,5}:0{0,3}1`,
  `(?:${Z}:){2}(?::${Z}){0,4}:0{0,3}1`,
  `(?:${Z}:){3}(?::${Z}){0,3}:0{0,3}1`,
  `(?:${Z}:){4}(?::${Z}){0,2}:0{0,3}1`,
  `(?:${Z}:){5}(?::${Z}){0,1}:0{0,3}1`,
  `(?:${Z}:){6}:0{0,3}1`,
].join('|')

/** Source of a pattern for this host itself, by name or address, without captures. */
export const LOCALHOST =
  `(?:[Ll][Oo][Cc][Aa][Ll][Hh][Oo][Ss][Tt](?:\\.[Ll][Oo][Cc][Aa][Ll][Dd][Oo][Mm][Aa][Ii][Nn])?` +
  `|\\b(?<!:)127\\.0\\.0\\.1\\b` +
  `|${PREFIX}(?:(?:${ZEROS_BEFORE_IPV4})[fF]{4}:127\\.0\\.0\\.1|${IPV6_LOOPBACK})(?![a-fA-F0-9:]))`

const PRIVATE_IPV4 =
  '(?:10|127|169\\.254|172\\.(?:1[6-9]|2[0-9]|3[01])|192\\.168|100\\.(?:6[4-9]|[7-9][0-9]|1[01][0-9]|12[0-7]))\\..*'
const PRIVATE = new RegExp(
  `^(?:${PRIVATE_IPV4}|${PREFIX}(?:(?:${ZEROS_BEFORE_IPV4})ffff:${PRIVATE_IPV4}` +
    `|fe[89ab][0-9a-f]:.*|${IPV6_LOOPBACK})(?![a-fA-F0-9:]))`,
  'i',
)
const WHOLE = new RegExp(`^${IP_ADDRESS}\\n?$`)
/** No address is longer, `IPv6:` included. */
const LONGEST = 60

/** True when `text` is an IP address and nothing else. */
export function isIpText(text: string): boolean {
  return text.length <= LONGEST && WHOLE.test(text)
}

/** True for addresses of private networks, of this host and of the link: those that no stranger can have. */
export function isPrivateIp(ip: string): boolean {
  return PRIVATE.test(ip.slice(0, LONGEST))
}
