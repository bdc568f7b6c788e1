/**
 * DNS lists asked about the addresses in the Received chain, for sites whose mail comes by way of a relay of their own:
 * the client we see is the relay, the stranger stands in the header the relay wrote. Headers are believed only as far
 * as trusted relays wrote them; whoever is named beyond the first stranger was named by that stranger.
 */
import type { Config } from '../config/schema.ts'
import { parseReceived, type Relay } from '../mail/received.ts'
import type { Dns } from '../net/dns.ts'
import { openClientGroups } from '../net/client-groups.ts'
import { listName } from '../net/dns-list.ts'
import type { Groups } from '../net/groups.ts'
import { parseAddress, type Address } from '../net/ip.ts'
import { CLEAN, type Check, type CheckResult, type MessageInput, type Session } from './check.ts'
import type { Demand } from './demand.ts'
import { judge, knows, zoneOf, type Said } from './dns-lists.ts'
import { factsOf } from './facts.ts'
import { keepDnsLists } from './list-keeper.ts'
import { within } from './weigh.ts'

export const receivedLists: Check<'message'> = {
  name: 'received_lists',
  stage: 'message',
  asksNetwork: true,
  enabled: ({ dns_lists }) => dns_lists.lists.some(({ enabled, received }) => enabled && received > 0),
  async run(input, { config, dns, signal, now, results }) {
    const { isRelay, dnsFor, groups } = ofConfig(config, dns, now)
    if (!isRelay(input.groups)) return CLEAN
    const strangers = strangersOf(input, isRelay, groups)
    const suspended = new Set(factsOf(results).suspendedLists ?? [])
    const deadline = within(signal, config.dns_lists.wait)
    const questions = config.dns_lists.lists.flatMap((list, index) =>
      list.enabled && !suspended.has(index)
        ? strangers
            .slice(0, list.received)
            .filter((address) => knows(list, address))
            .map(async (address): Promise<Said> => {
              const answer = await dnsFor(index).a(listName(address, zoneOf(list)), deadline)
              return { list, answer }
            })
        : [],
    )
    return asDemand(judge(await Promise.all(questions)))
  },
}

/** Public addresses behind our own relays, the nearest first. */
function strangersOf(
  { message }: Pick<MessageInput, 'message'>,
  isRelay: (groups: Session['groups']) => boolean,
  known: Groups,
): readonly Address[] {
  const { untrusted } = parseReceived(message, { trusted: (ip) => isRelay(known.of(ip)) })
  return untrusted.flatMap((relay: Relay) => {
    const address = relay.private ? null : parseAddress(relay.ip)
    return address === null ? [] : [address]
  })
}

/** At the end of the message a refusal is asked for, not given: the policy weighs it against everything else. */
function asDemand(result: CheckResult): CheckResult {
  if (result.kind !== 'refuse') return result
  const { hit, reply } = result
  const demand: Demand = {
    action: reply.code < 500 ? 'defer' : 'reject',
    source: 'block-list',
    hit: hit.name,
    text: reply.text,
  }
  return { kind: 'hits', hits: [hit], demands: [demand] }
}

interface PerConfig {
  readonly groups: Groups
  readonly isRelay: (groups: Session['groups']) => boolean
  readonly dnsFor: (index: number) => Dns
}
const remembered = new WeakMap<Config, PerConfig>()

/** A scan worker has no engine: what it needs of the configuration is made once and kept. */
function ofConfig(config: Config, dns: Dns, now: () => number): PerConfig {
  let made = remembered.get(config)
  if (!made) {
    const groups = openClientGroups(config.groups, config.clients.country_database)
    const keeper = keepDnsLists(config, { dns, now, log: { info: () => undefined, warn: () => undefined } })
    const relays = [config.judge.trusted_group, ...config.dns_lists.relays]
    made = {
      groups,
      isRelay: (names) => relays.some((name) => names.has(name)),
      dnsFor: (index) => keeper.dnsFor(index),
    }
    remembered.set(config, made)
  }
  return made
}
