/** The keeper of the DNS lists, made from the configuration; the daemon starts and stops it. */
import { messageOf } from '../fault.ts'
import type { Config } from '../config/schema.ts'
import type { Circuits } from '../net/circuits.ts'
import type { Dns } from '../net/dns.ts'
import { createListKeeper, type ListKeeper, type ListStatus } from '../net/list-keeper.ts'
import { createResolver } from '../net/resolver.ts'
import { zoneOf } from './dns-lists.ts'

export interface KeeperContext {
  readonly dns: Dns
  readonly circuits?: Circuits
  readonly now: () => number
  readonly log: { info(text: string): void; warn(text: string): void }
  /** Keeps what was found for those who look from outside, such as `hamlet lists`; may throw. */
  readonly record?: (status: readonly ListStatus[]) => void
}

/** Not started yet: `start()` tests the lists and goes on testing them, `stop()` ends that. */
export function keepDnsLists(
  { dns_lists, dns: settings }: Config,
  { dns, circuits, now, log, record }: KeeperContext,
): ListKeeper {
  return createListKeeper({
    lists: dns_lists.lists.map((list) => ({
      label: list.description === '' ? list.zone : `${list.zone} (${list.description})`,
      zone: zoneOf(list),
      enabled: list.enabled,
      ipv6Only: list.families === 'ipv6',
      servers: list.servers,
      direct: list.direct,
      selfTest: list.self_test,
    })),
    dns,
    makeDns: (servers, { cached, resolvers }) =>
      createResolver({
        servers: servers.length > 0 ? servers : settings.servers,
        timeout: settings.timeout,
        now,
        ...(resolvers && circuits !== undefined ? { circuits } : {}),
        ...(cached
          ? resolverLimits(settings)
          : { minimumTtl: 0, maximumTtl: 0, negativeTtl: 0, failureTtl: 0 }),
      }),
    now,
    log: (level, text) => log[level](text),
    interval: dns_lists.test_interval,
    changed: (status) => {
      try {
        record?.(status)
      } catch (error) {
        log.warn(`the state of the DNS lists cannot be recorded: ${messageOf(error)}`)
      }
    },
    guard: { share: dns_lists.guard_share, clients: dns_lists.guard_clients },
  })
}

/** The bounds of a resolver's cache, as configured. */
function resolverLimits(settings: Config['dns']) {
  return {
    cacheSize: settings.cache_size,
    maximumTtl: settings.maximum_ttl,
    negativeTtl: settings.negative_ttl,
    failureTtl: settings.failure_ttl,
  }
}
