/**
 * A `Dns` made of a table, for tests that must not reach any network. A name nobody declared is a mistake in the test
 * or in the code, so asking for one throws; `absent` names are declared like any other.
 */
import type { Answer, Dns, MxRecord } from '../../lib/net/dns.ts'

type Found<T> = readonly T[] | 'absent' | 'unavailable'

/** Records of one name; a type that is left out is absent as long as the name is declared at all. */
export interface ZoneEntry {
  readonly a?: Found<string>
  readonly aaaa?: Found<string>
  readonly mx?: Found<MxRecord>
  readonly txt?: Found<string>
  readonly ns?: Found<string>
  readonly cname?: Found<string>
  readonly ptr?: Found<string>
}
/** By lower-case name; PTR records by address. `'absent'` or `'unavailable'` hold for every type. */
export type Zone = Readonly<Record<string, ZoneEntry | 'absent' | 'unavailable'>>

export interface ZoneDns extends Dns {
  /** Every question in order, such as `a 2.0.0.127.list.example`. */
  readonly asked: readonly string[]
}

export function zoneDns(zone: Zone, { strict = true, ttl = 300 } = {}): ZoneDns {
  const asked: string[] = []
  const look = async <T>(name: string, type: keyof ZoneEntry): Promise<Answer<T>> => {
    const key = name.toLowerCase()
    asked.push(`${type} ${key}`)
    const entry = Object.hasOwn(zone, key) ? zone[key] : undefined
    if (entry === undefined && strict) throw new Error(`nobody declared ${type} ${key}`)
    const found = typeof entry === 'object' ? (entry[type] ?? 'absent') : (entry ?? 'absent')
    if (found === 'unavailable') return { kind: 'unavailable', reason: 'SERVFAIL' }
    if (typeof entry !== 'object') return { kind: 'absent', noName: true }
    if (found === 'absent' || found.length === 0) return { kind: 'absent' }
    return { kind: 'found', records: found as unknown as readonly T[], ttl }
  }
  return {
    asked,
    a: (name) => look(name, 'a'),
    aaaa: (name) => look(name, 'aaaa'),
    mx: (name) => look(name, 'mx'),
    txt: (name) => look(name, 'txt'),
    ns: (name) => look(name, 'ns'),
    cname: (name) => look(name, 'cname'),
    ptr: (address) => look(address, 'ptr'),
  }
}
