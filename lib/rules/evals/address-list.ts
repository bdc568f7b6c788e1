/**
 * Lists of address patterns as `welcomelist_from` and its many relatives take them: `*` for any run of characters,
 * `?` for one, everything else as it stands, case ignored. The shapes that make up nearly all of every list (a whole
 * address, `*@domain`, `*@*.domain`) are looked up instead of matched one after another.
 */
import type { Octets } from '../../mail/message.ts'
import { type Glob, makeGlob } from '../glob.ts'
import { lower, words } from './octets.ts'

/** Octets of a domain name; no pattern with a longer one means anything. */
const LONGEST_DOMAIN = 255

export class AddressList {
  /** Pattern as written -> how to test it; undefined for those that are looked up by their own text. */
  readonly #patterns = new Map<string, Glob | undefined>()
  #regexes: readonly Glob[] | undefined

  get size(): number {
    return this.#patterns.size
  }

  add(pattern: string): void {
    const key = lower(pattern)
    const simple = !/[*?]/.test(key.replace(/^\*@(?:\*\.)?/, ''))
    this.#patterns.set(key, simple ? undefined : wildcard(key))
    this.#regexes = undefined
  }

  remove(pattern: string): void {
    this.#patterns.delete(lower(pattern))
    this.#regexes = undefined
  }

  has(address: Octets): boolean {
    if (this.#patterns.size === 0) return false
    const key = lower(address)
    if (this.#patterns.has(key) || this.#byDomain(key)) return true
    this.#regexes ??= [...this.#patterns.values()].filter((regex) => regex !== undefined)
    return this.#regexes.some((regex) => regex.test(key))
  }

  /** Every `@` may be the one before the pattern's domain: a hostile address can hold several. */
  #byDomain(address: Octets): boolean {
    const first = Math.max(0, address.length - LONGEST_DOMAIN - 1)
    for (let at = address.indexOf('@', first); at >= 0; at = address.indexOf('@', at + 1)) {
      const domain = address.slice(at + 1)
      if (this.#patterns.has(`*@${domain}`)) return true
      for (let dot = domain.indexOf('.'); dot >= 0; dot = domain.indexOf('.', dot + 1)) {
        if (this.#patterns.has(`*@*.${domain.slice(dot + 1)}`)) return true
      }
    }
    return false
  }
}

/** The pattern of an address with `*` and `?`, anchored at both ends. */
export function wildcard(pattern: string): Glob {
  return makeGlob(pattern.replace(/[\0\\(]/g, '_'), 'whole')
}

/** An address pattern that counts only together with a place the mail must come from: a relay's name or address, a DKIM domain. */
export interface BoundEntry {
  readonly regex: Glob
  readonly bounds: string[]
}

export type BoundList = Map<string, BoundEntry>

/** Adds a pattern with one more place. */
export function bind(list: BoundList, pattern: string, bound: string): void {
  const key = lower(pattern)
  const entry = list.get(key)
  if (entry === undefined) list.set(key, { regex: wildcard(key), bounds: [lower(bound)] })
  else entry.bounds.push(lower(bound))
}

/** Applies a list directive's value to a list: its words are patterns. */
export function addAll(list: AddressList, value: string): string | undefined {
  const patterns = words(value)
  for (const pattern of patterns) list.add(pattern)
  return patterns.length === 0 ? 'an address is missing' : undefined
}

/** The same for taking patterns off again. */
export function removeAll(list: AddressList, value: string): string | undefined {
  const patterns = words(value)
  for (const pattern of patterns) list.remove(pattern)
  return patterns.length === 0 ? 'an address is missing' : undefined
}

/** The list of that name, made when it is first named. */
export function listNamed(lists: Map<string, AddressList>, name: string): AddressList {
  let list = lists.get(name)
  if (list === undefined) lists.set(name, (list = new AddressList()))
  return list
}
