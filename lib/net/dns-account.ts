/**
 * The account that one mail has with the DNS: how long it may wait for answers in all its stages together, and how many
 * questions of it may be open at once. Time is counted while at least one of its questions is open; what is late is
 * `unavailable`.
 */
import type { Answer, Dns } from './dns.ts'

export interface DnsAccountOptions {
  /** Milliseconds. */
  readonly time: number
  /** Questions open at once. */
  readonly open: number
  /** Milliseconds spent before, in another thread. */
  readonly spent?: number
  readonly now?: () => number
}

export interface DnsAccount {
  /** A resolver whose answers are waited for on this account. */
  of(dns: Dns): Dns
  /** Milliseconds waited for so far. */
  spent(): number
  /** Another mail begins: nothing is spent yet. What is open goes on, on its account. */
  restart(): void
}

export function dnsAccount({ time, open: most, spent: before = 0, now }: DnsAccountOptions): DnsAccount {
  const clock = now ?? (() => performance.now())
  const open = new Set<() => void>()
  let spent = before
  let since = 0
  let timer: NodeJS.Timeout | undefined
  const waited = () => spent + (open.size > 0 ? clock() - since : 0)
  const over: Answer<never> = { kind: 'unavailable', reason: `no answer within the ${time} ms of one mail` }
  const giveUp = () => {
    for (const end of open) end()
  }
  const begin = () => {
    since = clock()
    clearTimeout(timer)
    // answers that have come in meanwhile are read before the time is over
    timer = setTimeout(() => setImmediate(() => waited() >= time && giveUp()), Math.max(0, time - spent))
    timer.unref()
  }
  const within = <T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> => {
    if (waited() >= time) return Promise.resolve(over)
    if (open.size >= most)
      return Promise.resolve({
        kind: 'unavailable',
        reason: `over ${most} DNS questions at once for one mail`,
      })
    if (open.size === 0) begin()
    return new Promise((resolve) => {
      const end = (answer: Answer<T>) => {
        if (!open.delete(late)) return
        if (open.size === 0) {
          spent += clock() - since
          clearTimeout(timer)
        }
        resolve(answer)
      }
      const late = () => end(over)
      open.add(late)
      void ask().then(end)
    })
  }
  return {
    of: (dns) => ({
      a: (name, signal) => within(() => dns.a(name, signal)),
      aaaa: (name, signal) => within(() => dns.aaaa(name, signal)),
      mx: (name, signal) => within(() => dns.mx(name, signal)),
      txt: (name, signal) => within(() => dns.txt(name, signal)),
      ptr: (address, signal) => within(() => dns.ptr(address, signal)),
      ns: (name, signal) => within(() => dns.ns(name, signal)),
      cname: (name, signal) => within(() => dns.cname(name, signal)),
    }),
    spent: () => Math.min(time, Math.round(waited())),
    restart() {
      spent = 0
      if (open.size > 0) begin()
    },
  }
}
