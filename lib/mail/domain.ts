/** Host names: their syntax, their top-level domain and the registered part of them. */
import type { Octets } from './octets.ts'

/** Where registered domains begin; the rule engine makes one from util_rb_tld, util_rb_2tld and util_rb_3tld lines. */
export interface Domains {
  /** 'a.b.example.co.uk' -> ['a.b', 'example.co.uk']; internationalised names come out in their ASCII form. */
  split(name: string): readonly [host: string, domain: string]
  /** Has a dot, no white space, and a top level domain that exists. */
  valid(name: string): boolean
  /** Host and registered domain of a URI (mailto: too); undefined where there is no valid one. An address is its own domain. */
  ofUri(uri: Octets): { readonly host: string; readonly domain: string } | undefined
  /** Source of a JavaScript pattern matching one existing top level domain, without captures; for case-blind use. */
  readonly tldPattern: string
}
