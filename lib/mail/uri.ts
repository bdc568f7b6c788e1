/** The URIs of a message, from HTML attributes and from text, with the forms a browser would make of them. */
import { makeDomains, PUBLIC_SUFFIXES } from './domain.ts'
import type { Domains } from './domain.ts'
import type { HtmlFacts } from './html.ts'
import type { Octets } from './octets.ts'
import { textUris } from './uri-text.ts'
import { uriVariants } from './uri-variants.ts'

export interface Uri {
  /** As it stood in the message; from text, with the scheme added if it had none. */
  readonly uri: Octets
  /** HTML tags it came from (a, img, form, iframe...), and parsed, unlinked, schemeless for text, domainkeys. */
  readonly types: ReadonlySet<string>
  /** The URI itself and its canonical variants, each once; what `uri` rules match. */
  readonly cleaned: readonly Octets[]
  /** Distinct texts of the anchors that lead to it, by page. */
  readonly anchorText: readonly Octets[]
  /** Registered domains, lower case. */
  readonly domains: ReadonlySet<string>
  /** Host names, each with its registered domain; an IP address maps to itself. */
  readonly hosts: ReadonlyMap<string, string>
}

/** What the rule files say about URIs. Keep one object per rule set: a message remembers its answer by identity. */
export interface UriOptions {
  readonly domains: Domains
  /** Of each pattern that matches a URI, group 1 is the address it redirects to (`redirector_pattern`). */
  readonly redirectors: readonly RegExp[]
  /** Also take the d= domains of DKIM signatures (`parse_dkim_uris`). */
  readonly dkim: boolean
}

export interface UriSources {
  /** Rendered lines; octets. */
  readonly lines: readonly Octets[]
  readonly pages: readonly HtmlFacts[]
  /** Values of DKIM-Signature and DomainKey-Signature headers. */
  readonly signatures: readonly Octets[]
}

/** Without rule files: the public suffix list, no redirectors. */
export const DEFAULT_URI_OPTIONS: UriOptions = {
  domains: makeDomains(PUBLIC_SUFFIXES),
  redirectors: [],
  dkim: true,
}

/** Distinct URIs of a message that are looked at; far beyond honest mail. */
const MOST_URIS = 10_000
/** Octets of a variant that are kept. */
const LONGEST_URI = 8192

interface Draft {
  readonly types: Set<string>
  readonly cleaned: Set<Octets>
  readonly anchorText: Octets[]
  readonly domains: Set<string>
  readonly hosts: Map<string, string>
}

/** Collects the URIs of a message, text first. Never throws. */
export function findUris({ lines, pages, signatures }: UriSources, options: UriOptions): readonly Uri[] {
  const found = new Map<Octets, Draft>()
  const seen = new Set<Octets>()
  for (const line of lines) {
    for (const { raw, uri, types } of textUris(line, options.domains)) {
      if (seen.has(raw) || seen.size >= MOST_URIS) continue
      seen.add(raw)
      add(found, uri, types, uriVariants(uri, options.redirectors, options.domains), options, true)
    }
  }
  for (const { uris, toOctets } of pages) {
    for (const [uri, { types, anchorText }] of uris) {
      const variants = uriVariants(uri, options.redirectors, options.domains)
      const named = types.size === 0 ? ['parsed'] : types
      const draft = add(found, toOctets(uri), named, variants.map(toOctets), options, false)
      // one by one: a page can have more anchors than a call can have arguments
      for (const text of new Set(anchorText.map(toOctets))) draft?.anchorText.push(text)
    }
  }
  if (options.dkim) addSigners(found, signatures, options)
  return [...found].map(([uri, draft]) => ({
    ...draft,
    uri,
    cleaned: [...draft.cleaned],
  }))
}

function addSigners(found: Map<Octets, Draft>, signatures: readonly Octets[], options: UriOptions): void {
  for (const signature of signatures) {
    for (const [, name = ''] of signature.matchAll(/\bd[\t-\r ]*=[\t-\r ]*([^;]+)/g)) {
      const uri = `domainkeys:${name.replace(/[\t-\r ]+/g, '')}`
      add(found, uri, ['domainkeys', 'nocanon', 'noclean'], [uri], options, true)
    }
  }
}

/** `hosted`: taken only if one of the variants has a valid host. */
function add(
  found: Map<Octets, Draft>,
  uri: Octets,
  types: Iterable<string>,
  variants: readonly string[],
  options: UriOptions,
  hosted: boolean,
): Draft | undefined {
  const hosts = new Map<string, string>()
  for (const variant of variants) {
    const place = options.domains.ofUri(variant.slice(0, LONGEST_URI))
    if (place !== undefined) hosts.set(place.host, place.domain)
  }
  if (hosted && hosts.size === 0) return undefined
  let draft = found.get(uri)
  if (draft === undefined) {
    if (found.size >= MOST_URIS) return undefined
    draft = {
      types: new Set(),
      cleaned: new Set(),
      anchorText: [],
      domains: new Set(),
      hosts: new Map(),
    }
    found.set(uri, draft)
  }
  for (const type of types) draft.types.add(type)
  if (!draft.types.has('noclean')) {
    for (const variant of variants) draft.cleaned.add(variant.slice(0, LONGEST_URI))
  }
  for (const [host, domain] of hosts) {
    draft.hosts.set(host, domain)
    draft.domains.add(domain)
  }
  return draft
}
