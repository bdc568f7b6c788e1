/**
 * A Dns made of a table. A question nobody declared throws, so that a test cannot pass by accident; `absent` and
 * `unavailable` are declared by null and by an error text.
 */
import type { Answer, Dns, MxRecord } from '../../lib/net/dns.ts'

/** Keys are `txt name`, `a name` and so on; values are records, null for absent, `'!reason'` for unavailable. */
export type Zone = Readonly<Record<string, readonly string[] | null | string>>

export interface TableDns extends Dns {
  /** Every question asked, in order. */
  readonly asked: readonly string[]
}

export function tableDns(zone: Zone, options: { readonly absentByDefault?: boolean } = {}): TableDns {
  const asked: string[] = []
  const look = async (type: string, name: string): Promise<Answer<string>> => {
    const key = `${type} ${name.toLowerCase()}`
    asked.push(key)
    const records = Object.hasOwn(zone, key) ? zone[key] : undefined
    if (records === undefined && options.absentByDefault !== true)
      throw new Error(`nobody declared the DNS question: ${key}`)
    if (records === undefined || records === null)
      return Object.keys(zone).some((one) => one.endsWith(` ${name.toLowerCase()}`) && zone[one] !== null)
        ? { kind: 'absent' }
        : { kind: 'absent', noName: true }
    if (typeof records === 'string') return { kind: 'unavailable', reason: records.replace(/^!/, '') }
    return { kind: 'found', records, ttl: 300 }
  }
  const mx = async (name: string): Promise<Answer<MxRecord>> => {
    const answer = await look('mx', name)
    if (answer.kind !== 'found') return answer
    const records = answer.records.map((line) => {
      const [priority = '0', exchange = ''] = line.split(' ')
      return { priority: Number(priority), exchange }
    })
    return { ...answer, records }
  }
  return {
    asked,
    a: (name) => look('a', name),
    aaaa: (name) => look('aaaa', name),
    txt: (name) => look('txt', name),
    ptr: (address) => look('ptr', address),
    ns: (name) => look('ns', name),
    cname: (name) => look('cname', name),
    mx,
  }
}
