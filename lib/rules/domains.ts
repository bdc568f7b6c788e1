/**
 * Where registered domains begin, as the util_rb_tld, util_rb_2tld and util_rb_3tld lines of a rule set say; without
 * such lines, as the public suffix list says.
 */
import { domainToASCII } from 'node:url'
import ipaddr from 'ipaddr.js'
import { getDomain, getPublicSuffix, parse } from 'tldts'
import type { Domains } from '../mail/domain.ts'
import type { Settings } from './settings.ts'

const US_STATES = new Set(
  (
    'ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny oh ok ' +
    'or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy'
  ).split(' '),
)
/** A name ends here: so that the pattern of top level domains does not match in the middle of one. */
const PATTERN_START = '(?<![a-zA-Z0-9-])(?:'
const PATTERN_END = ')(?!(?:[a-zA-Z0-9-]|\\.[a-zA-Z0-9]))'
/** RFC 1035 section 2.3.4, without the final dot. */
const MAX_NAME = 253

/** Lower case, and A-labels for what is not ASCII (octets of UTF-8). */
function asciiName(name: string): string {
  if (!/[^\0-\x7f]/.test(name)) return name.toLowerCase()
  const text = Buffer.from(name, 'latin1')
    .toString('utf8')
    .replace(/[\u3002\uff0e\uff61]/g, '.')
  return domainToASCII(text) || name.toLowerCase()
}

function cleaned(name: string): string {
  return asciiName(name)
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '')
}

/** At least two labels of letters, digits, - and _, as long as names may be; no _ in the last two. */
export function isHostName(name: string): boolean {
  const host = name.replace(/\.+$/, '')
  if (host.length > MAX_NAME) return false
  const labels = host.split('.')
  return (
    labels.length > 1 &&
    labels.every(
      (label, at) =>
        label.length <= 63 &&
        /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/.test(label) &&
        (at < labels.length - 2 || !label.includes('_')),
    )
  )
}

function isAddress(host: string): boolean {
  const bare = host.replace(/^\[|\]$/g, '')
  return ipaddr.IPv4.isValidFourPartDecimal(bare) || ipaddr.IPv6.isValid(bare)
}

/** The host part of a URI, or undefined where there is none worth a look. */
function hostOf(uri: string): string | undefined {
  let text = uri.toLowerCase()
  if (/^(?:javascript|cid|file):/.test(text)) return undefined
  if (text.startsWith('mailto:')) {
    text = text.slice('mailto:'.length).replace(/\?.*/s, '')
    const at = text.lastIndexOf('@')
    if (at === -1 || text.indexOf('@') !== at) return undefined
    text = text.slice(at + 1)
  } else {
    text = text.replace(/^[a-z]+:\/{0,2}/, '').replace(/[/?#].*/s, '')
    text = text.slice(text.lastIndexOf('@') + 1).replace(/:\d*$/, '')
  }
  // Encoded characters that need no encoding: the decoded form of the URI is looked at instead.
  if (/%(?:2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e])/.test(text)) return undefined
  return asciiName(text)
}

function withUris(base: Omit<Domains, 'ofUri'>): Domains {
  return {
    ...base,
    ofUri(uri) {
      const host = hostOf(uri)
      if (host === undefined) return undefined
      if (isAddress(host)) return { host, domain: host }
      if (!isHostName(host) || !base.valid(host)) return undefined
      return { host, domain: base.split(host)[1] }
    },
  }
}

function listedDomains(settings: Settings): Domains {
  const tops = new Set(settings.topLevelDomains)
  const seconds = new Set(settings.secondLevelDomains)
  const thirds = new Set(settings.thirdLevelDomains)
  const isSuffix = (labels: readonly string[]): boolean => {
    if (labels.length === 2) return seconds.has(labels.join('.'))
    if (labels.length === 3)
      return labels[2] === 'us' ? US_STATES.has(labels[1]!) : thirds.has(labels.join('.'))
    // Delegated names of RFC 1480: school.pvt.k12.state.us, office.ci.city.state.us.
    if (labels.length !== 4 || labels[3] !== 'us' || !US_STATES.has(labels[2]!)) return false
    return (labels[0] === 'pvt' && labels[1] === 'k12') || /^c[io]$/.test(labels[0]!)
  }
  return withUris({
    tldPattern: `${PATTERN_START}${[...tops].map((top) => top.replace(/[^a-z0-9-]/g, '')).join('|')}${PATTERN_END}`,
    split(name) {
      const labels = cleaned(name).split('.')
      const host: string[] = []
      while (labels.length > 1 && !isSuffix(labels)) host.push(labels.shift()!)
      const registered = host.pop()
      if (registered !== undefined) labels.unshift(registered)
      return [host.join('.'), labels.join('.')]
    },
    valid(name) {
      const ascii = asciiName(name)
      const top = /\.([^.]+)$/.exec(ascii)?.[1]
      return top !== undefined && !/\s/.test(ascii) && tops.has(top)
    },
  })
}

const SUFFIX_OPTIONS = { allowPrivateDomains: false, validateHostname: false } as const

function suffixDomains(): Domains {
  return withUris({
    // Any top level domain by its form: `valid` knows which exist.
    tldPattern: `${PATTERN_START}[a-zA-Z]{2,24}|[xX][nN]--[a-zA-Z0-9-]{1,59}${PATTERN_END}`,
    split(name) {
      const ascii = cleaned(name)
      const domain = getDomain(ascii, SUFFIX_OPTIONS) ?? ascii
      return [ascii.length > domain.length ? ascii.slice(0, ascii.length - domain.length - 1) : '', domain]
    },
    valid(name) {
      const ascii = asciiName(name)
      if (!ascii.includes('.') || /\s/.test(ascii)) return false
      const { isIcann, isPrivate } = parse(ascii, { ...SUFFIX_OPTIONS, allowPrivateDomains: true })
      return (isIcann === true || isPrivate === true) && getPublicSuffix(ascii, SUFFIX_OPTIONS) !== null
    },
  })
}

let fromSuffixList: Domains | undefined

/** Domain boundaries for a rule set. */
export function domainsOf(settings: Settings): Domains {
  if (settings.topLevelDomains.length > 0) return listedDomains(settings)
  fromSuffixList ??= suffixDomains()
  return fromSuffixList
}
