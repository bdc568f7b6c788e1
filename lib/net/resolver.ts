/**
 * The `Dns` that asks real servers: node's c-ares resolver with what a mail filter needs around it.
 *
 * The first server is asked, the next one when that has no answer soon or fails; a server that gives no sign of life is
 * left out, and without any that does everybody is told so at once (`name-server.ts`).
 *
 * Every question has one deadline of its own, whatever the servers do; the same question is on its way only once,
 * however many sessions wait for it; answers are kept for their TTL within bounds, denials and failures shorter; the
 * cache has a fixed number of entries. SERVFAIL, REFUSED and silence are `unavailable` and never "does not exist".
 * c-ares asks again over TCP by itself when an answer is truncated.
 */
import { getServers } from 'node:dns'
import { codeOf } from '../fault.ts'
import { askServers } from './ask-servers.ts'
import type { Circuits } from './circuits.ts'
import { RESOLVER_DEAD, type Answer, type Dns, type MxRecord } from './dns.ts'
import { arpaName, parseAddress } from './ip.ts'
import { domainName } from './name.ts'
import { createNameServer, type Ask, type Records } from './name-server.ts'
import { OpenQuestions } from './open-questions.ts'

export interface ResolverOptions {
  /** `address` or `address:port` (IPv6 in brackets with a port); empty: what /etc/resolv.conf names. */
  readonly servers: readonly string[]
  /** Milliseconds one question may take, all servers and repetitions included. */
  readonly timeout: number
  readonly now?: () => number
  /** Most answers kept. */
  readonly cacheSize?: number
  /** Bounds of how long an answer is kept, in milliseconds. */
  readonly minimumTtl?: number
  readonly maximumTtl?: number
  /** For "does not exist": node's resolver does not tell the zone's own wish. */
  readonly negativeTtl?: number
  /** For servers that fail or keep silent: short, so that a dead server costs one time-out and not one a mail. */
  readonly failureTtl?: number
  /** Questions on their way at once; more are answered `unavailable`, so that a flood cannot use up memory or ports. */
  readonly maximumPending?: number
  /**
   * Where it is kept which servers give no sign of life, shared by all threads; absent for servers that are no
   * resolvers, which may ignore the question for one.
   */
  readonly circuits?: Circuits
  /** Told when a server is taken for dead, and when it is back. */
  readonly changed?: (server: string, dead: boolean) => void
}

/** Record types whose TTL node does not tell (all but A and AAAA) are kept this long. */
const UNTOLD_TTL = 300_000

export interface ResolverStatistics {
  readonly asked: number
  readonly answeredFromCache: number
  readonly joined: number
  readonly failed: number
  readonly cached: number
}

export interface CachingDns extends Dns {
  statistics(): ResolverStatistics
  /** Forgets every answer. */
  flush(): void
  /** Answers everything under way with `unavailable` and asks no more. */
  close(): void
}

interface Kept {
  readonly answer: Answer<unknown>
  readonly until: number
}

const DEAD: Answer<never> = Object.freeze({ kind: 'unavailable', reason: RESOLVER_DEAD })
/** Codes that mean "there is nothing there", as opposed to "nobody could say": no such name, no such record. */
const ABSENT: ReadonlyMap<string, Answer<never>> = new Map([
  ['ENOTFOUND', { kind: 'absent', noName: true }],
  ['ENODATA', { kind: 'absent' }],
])

export function createResolver(options: ResolverOptions): CachingDns {
  // a clock that nobody sets: what is kept must not be kept for a year because the other one was ahead
  const now = options.now ?? (() => performance.now())
  const cacheSize = options.cacheSize ?? 50_000
  const minimumTtl = options.minimumTtl ?? 5_000
  const maximumTtl = options.maximumTtl ?? 86_400_000
  const maximumPending = options.maximumPending ?? 2_000
  const { circuits, changed } = options
  const servers = (options.servers.length > 0 ? options.servers : getServers()).map((address) =>
    createNameServer({
      address,
      timeout: options.timeout,
      ...(circuits === undefined ? {} : { circuit: circuits.of(`dns ${address}`) }),
      ...(changed === undefined ? {} : { changed: (dead) => changed(address, dead) }),
    }),
  )

  const cache = new Map<string, Kept>()
  const pending = new Map<string, Promise<Answer<unknown>>>()
  const open = new OpenQuestions()
  const counts = { asked: 0, answeredFromCache: 0, joined: 0, failed: 0 }
  let closed = false

  const keep = (key: string, answer: Answer<unknown>) => {
    const wish =
      answer.kind === 'found'
        ? Math.min(Math.max(answer.ttl * 1000, minimumTtl), maximumTtl)
        : answer.kind === 'absent'
          ? (options.negativeTtl ?? 60_000)
          : (options.failureTtl ?? 5_000)
    if (wish <= 0) return
    cache.delete(key)
    // Insertion order is age: the oldest answer goes first.
    if (cache.size >= cacheSize)
      for (const oldest of cache.keys()) {
        cache.delete(oldest)
        break
      }
    cache.set(key, { answer, until: now() + wish })
  }

  const look = <T>(type: string, text: string, ask: Ask<T>, signal?: AbortSignal): Promise<Answer<T>> => {
    const name = domainName(text)
    if (name === null) return Promise.resolve({ kind: 'absent' })
    const key = `${type}:${name}`
    const kept = cache.get(key)
    if (kept !== undefined) {
      if (kept.until > now()) {
        counts.answeredFromCache++
        return Promise.resolve(kept.answer as Answer<T>)
      }
      cache.delete(key)
    }
    let question = pending.get(key) as Promise<Answer<T>> | undefined
    if (question) counts.joined++
    else if (closed) return Promise.resolve({ kind: 'unavailable', reason: 'the resolver is closed' })
    else if (pending.size >= maximumPending)
      return Promise.resolve({ kind: 'unavailable', reason: 'too many DNS questions at once' })
    else if (open.areTooMany(name, now()))
      return Promise.resolve({ kind: 'unavailable', reason: 'too many questions about this domain are open' })
    else {
      counts.asked++
      const answered = open.begin(name, now())
      question = withDeadline(askServers(servers, ask, name), options.timeout)
      pending.set(key, question)
      void question.then((answer) => {
        pending.delete(key)
        answered()
        if (answer.kind === 'unavailable') counts.failed++
        // that nobody was asked is no answer
        if (!closed && answer !== DEAD) keep(key, answer)
      })
    }
    return signal ? unlessAborted(question, signal) : question
  }

  return {
    a: (name, signal) => look('a', name, askAddresses4, signal),
    aaaa: (name, signal) => look('aaaa', name, askAddresses6, signal),
    mx: (name, signal) => look('mx', name, askExchanges, signal),
    txt: (name, signal) => look('txt', name, askTexts, signal),
    ptr(address, signal) {
      const parsed = parseAddress(address)
      return parsed === null
        ? Promise.resolve({ kind: 'absent' })
        : look('ptr', arpaName(parsed), askNames, signal)
    },
    ns: (name, signal) =>
      look('ns', name, async (from, zone) => ({ records: lower(await from.resolveNs(zone)) }), signal),
    cname: (name, signal) =>
      look(
        'cname',
        name,
        async (from, alias) => ({ records: lower(await from.resolveCname(alias)) }),
        signal,
      ),
    statistics: () => ({ ...counts, cached: cache.size }),
    flush: () => cache.clear(),
    close() {
      closed = true
      cache.clear()
      for (const server of servers) server.close()
    },
  }
}

const askAddresses4: Ask<string> = async (resolver, name) =>
  addresses(await resolver.resolve4(name, { ttl: true }))
const askAddresses6: Ask<string> = async (resolver, name) =>
  addresses(await resolver.resolve6(name, { ttl: true }))
const askExchanges: Ask<MxRecord> = async (resolver, name) => ({
  records: (await resolver.resolveMx(name)).map(({ exchange, priority }) => ({
    exchange: exchange.toLowerCase(),
    priority,
  })),
})
const askTexts: Ask<string> = async (resolver, name) => ({
  records: (await resolver.resolveTxt(name)).map((chunks) => chunks.join('')),
})
// resolvePtr, not reverse(): the latter also reads /etc/hosts.
const askNames: Ask<string> = async (resolver, name) => ({ records: lower(await resolver.resolvePtr(name)) })

function addresses(found: readonly { address: string; ttl: number }[]) {
  return {
    records: found.map(({ address }) => address),
    ttl: Math.min(...found.map(({ ttl }) => ttl)),
  }
}

function lower(names: readonly string[]): readonly string[] {
  return names.map((name) => name.toLowerCase())
}

/** Reasons do not repeat the question: a paid list's key is part of the name that was asked. */
async function withDeadline<T>(asked: Promise<Records<T>>, milliseconds: number): Promise<Answer<T>> {
  let timer: NodeJS.Timeout | undefined
  const deadline = new Promise<Answer<T>>((resolve) => {
    timer = setTimeout(
      () => resolve({ kind: 'unavailable', reason: `no answer in ${milliseconds} ms` }),
      milliseconds,
    )
  })
  const answer = asked.then(
    ({ records, ttl }): Answer<T> =>
      records.length > 0 ? { kind: 'found', records, ttl: ttl ?? UNTOLD_TTL / 1000 } : { kind: 'absent' },
    (error: unknown): Answer<T> => failure(error),
  )
  try {
    return await Promise.race([answer, deadline])
  } finally {
    clearTimeout(timer)
  }
}

function failure<T>(error: unknown): Answer<T> {
  // the code only: the message names the question
  const code = codeOf(error) || 'failed'
  if (code === 'EDEAD') return DEAD
  return ABSENT.get(code) ?? { kind: 'unavailable', reason: code }
}

function unlessAborted<T>(question: Promise<Answer<T>>, signal: AbortSignal): Promise<Answer<T>> {
  if (signal.aborted) return Promise.resolve({ kind: 'unavailable', reason: 'given up waiting' })
  return new Promise((resolve) => {
    const stop = () => resolve({ kind: 'unavailable', reason: 'given up waiting' })
    signal.addEventListener('abort', stop, { once: true })
    void question.then((answer) => {
      signal.removeEventListener('abort', stop)
      resolve(answer)
    })
  })
}
