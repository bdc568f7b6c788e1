/**
 * Keeps the DNS lists honest. Lists break in ways that would refuse all mail: they are shut down and answer "listed" to
 * everything, they answer "you may not ask" by a listing code, their resolver rewrites answers. So each list is tested
 * at start and from then on (RFC 5782 section 5: 127.0.0.2 is listed, 127.0.0.1 is not), a list that suddenly has
 * nearly every client is suspended, and so is one that does not answer at all. A suspended list is not asked, is named
 * in the log and in the status, and comes back by itself as soon as a test succeeds.
 */
import { RESOLVER_DEAD, type Answer, type Dns } from './dns.ts'
import { errorMeaning, isErrorCode, listName, TEST_LISTED, TEST_UNLISTED } from './dns-list.ts'
import { directDns } from './direct-dns.ts'
import type { ListService } from './list-service.ts'
import { createShareGuard, type ShareGuard } from './share-guard.ts'

/** What the keeper needs to know of a list. */
export interface KeptList {
  /** For people: without the key. */
  readonly label: string
  /** As asked in the DNS, key and all. */
  readonly zone: string
  readonly enabled: boolean
  readonly ipv6Only: boolean
  readonly servers: readonly string[]
  readonly direct: boolean
  readonly selfTest: boolean
}

export interface ListKeeperOptions {
  readonly lists: readonly KeptList[]
  /** The common resolver. */
  readonly dns: Dns
  /** Makes what asks the given servers (none: the common ones). */
  readonly makeDns: (servers: readonly string[], how: MakeDns) => Dns & { close?(): void }
  readonly now: () => number
  readonly log: (level: 'info' | 'warn', text: string) => void
  /** Milliseconds between tests. */
  readonly interval: number
  readonly guard: { readonly share: number; readonly clients: number }
  /** Told after every round of tests and whenever a list is suspended; never after `stop`. Must not throw. */
  readonly changed?: (status: readonly ListStatus[]) => void
}

export interface MakeDns {
  /** False for tests. */
  readonly cached: boolean
  /** Resolvers, as opposed to a zone's own name servers. */
  readonly resolvers: boolean
}

export interface ListStatus {
  readonly label: string
  /** Why it is not asked now, or null. */
  readonly suspended: string | null
  readonly since: number | null
  readonly tested: number | null
  /** Why the last test got no answer, or null; that alone suspends nothing. */
  readonly silent: string | null
  /** Of the latest clients, which share the list has; null as long as there are too few. */
  readonly share: number | null
}

export interface ListKeeper extends ListService {
  /** Tests all lists now and then at every interval, until `stop`. */
  start(): void
  stop(): void
  /** One round of tests; never rejects. */
  test(): Promise<void>
  status(): readonly ListStatus[]
}

/** A list that fails this often in a row is rested: every question to it would cost the client a time-out. */
const FAILURES_IN_A_ROW = 8
/** A rested list is tested this often, so that a short outage costs minutes and not half an hour. */
const REST = 60_000

/** A suspension that lasts is logged again once a day. */
const REMIND_AFTER = 86_400_000

interface State {
  readonly list: KeptList
  readonly dns: Dns
  /** Without a cache, so that a test sees the list as it is; made when the first test is due. */
  readonly testDns: () => Dns
  readonly guard: ShareGuard
  suspended: string | null
  since: number | null
  tested: number | null
  silent: string | null
  failures: number
  /** When its suspension was last logged. */
  said: number
}

export function createListKeeper(options: ListKeeperOptions): ListKeeper {
  const { now, log } = options
  const made: { close?(): void }[] = []
  const make = (servers: readonly string[], how: MakeDns) => {
    const dns = options.makeDns(servers, how)
    made.push(dns)
    return dns
  }
  const states = options.lists.map((list): State => {
    const resolver = (cached: boolean): Dns =>
      list.direct
        ? directDns({
            zone: list.zone,
            dns: options.dns,
            makeDns: (servers) => make(servers, { cached, resolvers: false }),
            now,
          })
        : list.servers.length === 0 && cached
          ? options.dns
          : make(list.servers, { cached, resolvers: true })
    return {
      list,
      dns: resolver(true),
      testDns: once(() => resolver(false)),
      guard: createShareGuard(options.guard.clients),
      suspended: null,
      since: null,
      tested: null,
      silent: null,
      failures: 0,
      said: -Infinity,
    }
  })

  const suspend = (state: State, reason: string) => {
    if (state.suspended !== reason || now() - state.said >= REMIND_AFTER) {
      log('warn', `DNS list ${state.list.label} is suspended: ${reason}`)
      state.said = now()
    }
    state.since ??= now()
    state.suspended = reason
  }
  const status = (): ListStatus[] =>
    states.map(({ list, suspended, since, tested, silent, guard }) => ({
      label: list.label,
      suspended: list.enabled ? suspended : 'switched off',
      since,
      tested,
      silent,
      share: guard.share(),
    }))
  let stopped = false
  const tell = () => {
    if (!stopped) options.changed?.(status())
  }
  const resume = (state: State) => {
    if (state.suspended !== null) log('info', `DNS list ${state.list.label} is asked again`)
    state.suspended = null
    state.since = null
    state.failures = 0
    state.guard.clear()
  }
  const testOne = async (state: State) => {
    const { list } = state
    if (!list.enabled || (!list.selfTest && state.suspended === null)) return
    const problem = list.selfTest ? await testList(list, state.testDns()) : null
    state.tested = now()
    state.silent = problem?.kind === 'silent' ? problem.text : null
    if (problem === null) resume(state)
    else if (problem.kind === 'wrong') {
      // It does answer, and wrongly.
      state.failures = 0
      suspend(state, problem.text)
    } else if (state.suspended === null)
      log('warn', `DNS list ${list.label} could not be tested: ${problem.text}`)
  }
  const test = async (which: readonly State[]) => {
    await Promise.all(which.map(testOne))
    if (which.length > 0) tell()
  }

  let timers: NodeJS.Timeout[] = []
  return {
    dnsFor: (index) => states[index]?.dns ?? options.dns,
    suspended: (index) => states[index]?.suspended ?? null,
    resting: (index) => {
      const state = states[index]
      return state !== undefined && state.suspended !== null && state.failures >= FAILURES_IN_A_ROW
    },
    observe(index, client, listed) {
      const state = states[index]
      if (!state) return
      state.failures = 0
      const share = state.guard.add(client, listed)
      if (share === null || share <= options.guard.share) return
      suspend(state, `it has ${Math.round(share * 100)} % of the last ${options.guard.clients} clients`)
      tell()
    },
    failed(index, reason) {
      const state = states[index]
      // nobody asked it: a dead resolver says nothing of the list, which is to be back as soon as that is
      if (reason === RESOLVER_DEAD) return
      if (!state || ++state.failures < FAILURES_IN_A_ROW || state.suspended !== null) return
      suspend(state, `it does not answer (${reason})`)
      tell()
    },
    start() {
      void test(states)
      timers = [
        setInterval(() => void test(states), options.interval),
        setInterval(
          () => void test(states.filter(({ failures }) => failures >= FAILURES_IN_A_ROW)),
          Math.min(REST, options.interval),
        ),
      ]
      for (const timer of timers) timer.unref()
    },
    stop() {
      stopped = true
      for (const timer of timers) clearInterval(timer)
      timers = []
      for (const dns of made) dns.close?.()
    },
    test: () => test(states),
    status,
  }
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | null = null
  return () => (made ??= { value: make() }).value
}

type Problem = { readonly kind: 'wrong' | 'silent'; readonly text: string }

/** Null when the list answers as a living list does. Silence is no wrong answer: the list may be fine tomorrow. */
async function testList(list: KeptList, dns: Dns): Promise<Problem | null> {
  const family = list.ipv6Only ? 6 : 4
  const [listed, unlisted] = await Promise.all([
    dns.a(listName(TEST_LISTED[family], list.zone)),
    dns.a(listName(TEST_UNLISTED[family], list.zone)),
  ])
  return wrongAnswer(unlisted, listed) ?? silence(listed) ?? silence(unlisted)
}

function wrongAnswer(unlisted: Answer<string>, listed: Answer<string>): Problem | null {
  const bad = listed.kind === 'found' ? listed.records.find(isErrorCode) : undefined
  if (bad !== undefined) return { kind: 'wrong', text: `its test entry answers ${errorMeaning(bad)}` }
  if (unlisted.kind === 'found')
    return {
      kind: 'wrong',
      text: `it lists 127.0.0.1 (${unlisted.records.slice(0, 3).join(' ')}), which no list may`,
    }
  if (listed.kind === 'absent')
    return {
      kind: 'wrong',
      text: 'it does not list 127.0.0.2, which every list must: it is empty, gone or misspelt',
    }
  return null
}

function silence(answer: Answer<string>): Problem | null {
  return answer.kind === 'unavailable' ? { kind: 'silent', text: answer.reason } : null
}
