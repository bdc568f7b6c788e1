/** Host names: their syntax, their top-level domain and the registered part of them. */
import { isUtf8 } from 'node:buffer'
import { domainToASCII } from 'node:url'
import { parse } from 'tldts'
import { isIpText } from './ip-text.ts'
import { fromUtf8, hasNonAscii, lowerAscii } from './octets.ts'

/** Where registered domains begin; the rule engine makes one from util_rb_tld, util_rb_2tld and util_rb_3tld lines. */
export interface Domains {
  /** 'a.b.example.co.uk' -> ['a.b', 'example.co.uk']; internationalised names come out in their ASCII form. */
  split(name: string): readonly [host: string, domain: string]
  /** Has a dot, no white space, and a top level domain that exists. */
  valid(name: string): boolean
  /** Host and registered domain of a URI (mailto: too); undefined where there is no valid one. An address is its own domain. */
  ofUri(uri: string): { readonly host: string; readonly domain: string } | undefined
  /** Source of a JavaScript pattern matching one existing top level domain, without captures; for case-blind use. */
  readonly tldPattern: string
}

/** Where registries delegate names, all in lower case and ASCII form. */
export interface Registries {
  isTld(label: string): boolean
  /** 'co.uk' */
  isSecondLevel(name: string): boolean
  /** 'esc.edu.ar' */
  isThirdLevel(name: string): boolean
  /** Source of a pattern for one top level domain. */
  readonly tldPattern: string
}

const NAME_LABEL = /^[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?$/
const LONGEST_NAME = 253
const LONGEST_LABEL = 63
/** States under .us, where names are registered below places: `city.state.us`. */
const US_STATES = new Set(
  (
    'ak al ar az ca co ct dc de fl ga gu hi ia id il in ks ky la ma md me mi mn mo ms mt nc nd ne nh nj nm nv ny' +
    ' oh ok or pa pr ri sc sd tn tx ut va vi vt wa wi wv wy'
  ).split(' '),
)

/** True for a host name in ASCII form: two labels or more, each of 1 to 63 letters, digits, `-`, and `_` before the last two. */
export function isHostName(name: string): boolean {
  const host = name.toLowerCase().replace(/(?<!\.)\.+$/, '')
  if (host.length > LONGEST_NAME) return false
  const labels = host.split('.')
  return (
    labels.length > 1 &&
    labels.every(
      (label, index) =>
        label.length <= LONGEST_LABEL &&
        NAME_LABEL.test(label) &&
        !(index >= labels.length - 2 && label.includes('_')),
    )
  )
}

/** A host name, UTF-8 octets or Unicode, to its ASCII form in lower case; what cannot be converted comes back as it is. */
export function toAsciiName(name: string): string {
  if (/^[a-zA-Z0-9_.:[\]-]*$/.test(name)) return name.toLowerCase()
  if (!hasNonAscii(name)) return name.toLowerCase()
  const octets = !/[^\x00-\xff]/.test(name) && isUtf8(Buffer.from(name, 'latin1'))
  const dotted = (octets ? fromUtf8(name) : name).replace(/[\u3002\uff0e\uff61]/g, '.')
  return domainToASCII(dotted) || name
}

/** Names of the public suffix list, for use without rule files. */
export const PUBLIC_SUFFIXES: Registries = {
  isTld: isPublicSuffix,
  isSecondLevel: isPublicSuffix,
  isThirdLevel: isPublicSuffix,
  tldPattern: '(?:[a-z]{2,24}|xn--[a-z0-9-]{2,59})',
}

function isPublicSuffix(name: string): boolean {
  const { publicSuffix, isIcann } = parse(`example.${name}`, { detectIp: false })
  return isIcann === true && publicSuffix === name
}

/** Makes the questions answerable. Keep the result: it is asked for every URI. */
export function makeDomains(registries: Registries): Domains {
  const valid = (name: string) => {
    const ascii = toAsciiName(name)
    if (/[\t-\r ]/.test(ascii)) return false
    const dot = ascii.lastIndexOf('.')
    return dot >= 0 && registries.isTld(ascii.slice(dot + 1))
  }
  const split = (name: string) => splitName(toAsciiName(name), registries)
  return {
    split,
    valid,
    tldPattern: registries.tldPattern,
    ofUri(uri) {
      const raw = hostOfUri(lowerAscii(uri))
      if (raw === undefined) return undefined
      const host = toAsciiName(raw)
      if (isIpText(host)) return { host, domain: host }
      return isHostName(host) && valid(host) ? { host, domain: split(host)[1] } : undefined
    },
  }
}

function splitName(ascii: string, registries: Registries): readonly [string, string] {
  const labels = ascii
    .replace(/\.{2,}/g, '.')
    .replace(/^\.|\.$/g, '')
    .split('.')
  let first = 0
  while (labels.length - first > 1 && !isRegistry(labels.slice(first), registries)) first++
  // one label below the registry belongs to the domain
  if (first > 0) first--
  return [labels.slice(0, first).join('.'), labels.slice(first).join('.')]
}

function isRegistry(labels: readonly string[], registries: Registries): boolean {
  const [one, two, three, four] = labels
  if (labels.length === 2) return registries.isSecondLevel(`${one}.${two}`)
  if (labels.length === 3)
    return three === 'us' ? US_STATES.has(two!) : registries.isThirdLevel(labels.join('.'))
  return (
    labels.length === 4 &&
    four === 'us' &&
    US_STATES.has(three!) &&
    ((one === 'pvt' && two === 'k12') || one === 'ci' || one === 'co')
  )
}

/** The host part as written, undefined where there can be none. Expects lower case. */
function hostOfUri(uri: string): string | undefined {
  if (/^(?:javascript|cid|file):/.test(uri)) return undefined
  let host: string
  if (uri.startsWith('mailto:')) {
    const address = uri.slice(7).replace(/\?[^\n]*/, '')
    const at = address.lastIndexOf('@')
    if (at < 0 || address.indexOf('@') !== at) return undefined
    host = address.slice(at + 1)
  } else {
    host = uri
      .replace(/^[a-z]+:\/{0,2}/, '')
      .replace(/[/?#][^\n]*/g, '')
      .replace(/^[^/]*@/, '')
      .replace(/:\d*\n?$/, '')
  }
  // an encoded host is seen again decoded
  return /%(?:2[1-9a-f]|[3-6][0-9a-f]|7[0-9a-e])/.test(host) ? undefined : host
}
