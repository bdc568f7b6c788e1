/** The `Dns` of `--local`: asks nobody, and says so. */
import type { Answer, Dns } from './dns.ts'

/** The reason it gives; by it a missing answer that nobody wanted is told from one that did not come. */
export const NOT_ASKED = 'not asked (local)'

const silence = <T>(): Promise<Answer<T>> => Promise.resolve({ kind: 'unavailable', reason: NOT_ASKED })

export const SILENT_DNS: Dns = Object.freeze({
  a: silence,
  aaaa: silence,
  mx: silence,
  txt: silence,
  ptr: silence,
  ns: silence,
  cname: silence,
})
