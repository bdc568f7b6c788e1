/**
 * The questions Hamlet asks of the DNS, and the three ways an answer can turn out. Everything that looks something up
 * takes a `Dns`; tests pass one that throws on a name nobody declared.
 */

/**
 * `absent`: the DNS says there is no such record; `noName` where it says that not even the name exists (NXDOMAIN).
 * `unavailable`: nobody knows; never read as absent.
 */
export type Answer<T> =
  | { readonly kind: 'found'; readonly records: readonly T[]; readonly ttl: number }
  | { readonly kind: 'absent'; readonly noName?: true }
  | { readonly kind: 'unavailable'; readonly reason: string }

/** The reason of an `unavailable` that nobody was asked for: no resolver gives a sign of life. */
export const RESOLVER_DEAD = 'the resolver does not answer'

export interface MxRecord {
  readonly exchange: string
  readonly priority: number
}

/** All names are taken as they are (no search domains) and lower-cased; a promise here never rejects. */
export interface Dns {
  a(name: string, signal?: AbortSignal): Promise<Answer<string>>
  aaaa(name: string, signal?: AbortSignal): Promise<Answer<string>>
  mx(name: string, signal?: AbortSignal): Promise<Answer<MxRecord>>
  /** One string per record, its chunks joined. */
  txt(name: string, signal?: AbortSignal): Promise<Answer<string>>
  ptr(address: string, signal?: AbortSignal): Promise<Answer<string>>
  ns(name: string, signal?: AbortSignal): Promise<Answer<string>>
  cname(name: string, signal?: AbortSignal): Promise<Answer<string>>
}
