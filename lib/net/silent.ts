/** The `Dns` of `--local`: asks nobody, and says so. */
import type { Answer, Dns } from './dns.ts'

const silence = <T>(): Promise<Answer<T>> =>
  Promise.resolve({ kind: 'unavailable', reason: 'not asked (local)' })

export const SILENT_DNS: Dns = Object.freeze({
  a: silence,
  aaaa: silence,
  mx: silence,
  txt: silence,
  ptr: silence,
  ns: silence,
  cname: silence,
})
