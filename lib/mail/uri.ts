/** The URIs of a message, from HTML attributes and from text, with the forms a browser would make of them. */
import type { Domains } from './domain.ts'
import type { Octets } from './octets.ts'

export interface Uri {
  /** As it stood in the message; from text, with the scheme added if it had none. */
  readonly uri: Octets
  /** HTML tags it came from (a, img, form, iframe...), and parsed, unlinked, schemeless for text, domainkeys. */
  readonly types: ReadonlySet<string>
  /** The URI itself and its canonical variants, each once; what `uri` rules match. */
  readonly cleaned: readonly Octets[]
  /** Distinct texts of the anchors that lead to it. */
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
