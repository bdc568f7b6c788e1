/**
 * What the links of a mail give away by themselves, without asking anybody. Takes what the mail model found, returns
 * hits. Every loop is bounded: a mail may have as many links as fit into it.
 */
import { aligned, organizationalDomain } from '../auth/domains.ts'
import { imitates, internationalised } from './lookalike.ts'
import { isShortener, redirectTarget } from './redirect.ts'
import { shownHost } from './shown-domain.ts'

/** One link: where it leads, the texts it is shown by, and the tags it came from. UTF-16 text, not octets. */
export interface Link {
  readonly target: string
  readonly texts: readonly string[]
  readonly tags: ReadonlySet<string>
}

export interface LinkOptions {
  readonly shorteners: readonly string[]
  readonly protectedDomains: readonly string[]
}

export interface LinkFinding {
  readonly name: string
  readonly detail: string
}

export const LINK_LIMIT = 500
const TEXTS_LIMIT = 10

/** Findings by name, each once with the first evidence. */
export function inspectLinks(links: readonly Link[], options: LinkOptions): readonly LinkFinding[] {
  const found = new Map<string, string>()
  const note = (name: string, detail: string) => {
    if (!found.has(name)) found.set(name, detail.slice(0, 200))
  }
  for (const link of links.slice(0, LINK_LIMIT)) inspect(link, options, note)
  return [...found].map(([name, detail]) => ({ name, detail }))
}

const HREF_TAGS = ['a', 'area', 'form', 'iframe', 'object', 'link', 'meta', 'base']

function inspect(
  { target, texts, tags }: Link,
  options: LinkOptions,
  note: (name: string, detail: string) => void,
) {
  const scheme = /^[\s\x00-\x20]*([a-z][a-z0-9+.-]{1,20})[\s\x00-\x20]*:/i
    .exec(target.slice(0, 200))?.[1]
    ?.toLowerCase()
  const isLink = tags.size === 0 || HREF_TAGS.some((tag) => tags.has(tag))
  if (scheme === 'javascript' || scheme === 'vbscript') return note('LINK_SCRIPT', target.slice(0, 80))
  if (scheme === 'data')
    return isLink && target.length > 100 ? note('LINK_DATA', target.slice(0, 60)) : undefined
  if (scheme !== 'http' && scheme !== 'https' && scheme !== 'ftp') return
  const host = hostOf(target)
  if (host === null) return
  if (/^[^/?#]*:\/\/[^/?#]*@/.test(target)) note('LINK_USERINFO', target.slice(0, 120))
  if (/^[\d.]+$|^\[/.test(host)) note('LINK_ADDRESS', host)
  const foreign = internationalised(host)
  if (foreign) note(foreign.deceptive ? 'LINK_HOMOGRAPH' : 'LINK_PUNYCODE', `${foreign.readable} (${host})`)
  const imitated = imitates(organizationalDomain(host), options.protectedDomains)
  if (imitated !== null) note('LINK_LOOKALIKE', `${host} looks like ${imitated}`)
  if (isShortener(host, options.shorteners)) note('LINK_SHORTENED', host)
  const behind = redirectTarget(target)
  if (behind !== null && !aligned(behind, host)) note('LINK_REDIRECT', `${host} leads to ${behind}`)
  if (isLink) mismatch(host, behind, texts, options, note)
}

/** The text shows one domain and the link leads to another. A redirect to the shown domain is no lie. */
function mismatch(
  host: string,
  behind: string | null,
  texts: readonly string[],
  { protectedDomains }: LinkOptions,
  note: (name: string, detail: string) => void,
) {
  for (const text of texts.slice(0, TEXTS_LIMIT)) {
    const shown = shownHost(text)
    if (shown === null || aligned(shown, host) || (behind !== null && aligned(shown, behind))) continue
    // newsletters count clicks in this way: one in twelve does
    const isProtected = protectedDomains.some((one) => aligned(shown, one))
    note(isProtected ? 'LINK_SHOWS_PROTECTED' : 'LINK_SHOWS_OTHER', `shows ${shown}, leads to ${host}`)
  }
}

/** Host of an http link as a browser reads it: A-labels, lower case; null where it makes no sense. */
export function hostOf(target: string): string | null {
  try {
    const { hostname } = new URL(target.slice(0, 4096))
    return hostname === '' ? null : hostname.toLowerCase().replace(/\.$/, '')
  } catch {
    return null
  }
}
