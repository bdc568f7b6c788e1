/**
 * What the SMTP-time checks cost: microseconds from CONNECT to the answer at the first recipient, per session, with
 * warm caches. `node bench/smtp-time.ts [sessions]`. The name server is one of our own on loopback that answers every
 * question once; from then on answers come from the cache. The store is a real file.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { recorders, sessionChecks } from '../lib/checks/index.ts'
import { keepDnsLists } from '../lib/checks/list-keeper.ts'
import type { AnyCheck } from '../lib/checks/run.ts'
import { parseConfig } from '../lib/config/load.ts'
import type { Config } from '../lib/config/schema.ts'
import type { Engine } from '../lib/engine.ts'
import { createFilter } from '../lib/filter.ts'
import type { MilterHandler } from '../lib/milter/handler.ts'
import { openClientGroups } from '../lib/net/client-groups.ts'
import { createResolver } from '../lib/net/resolver.ts'
import { openStores } from '../lib/store/open.ts'
import { startDnsServer } from '../test/support/dns-server.ts'

const SESSIONS = Number(process.argv[2] ?? 20_000)
const EVERYTHING = `
limits: { messages_per_hour: 10000000, recipients_per_hour: 10000000, connections: 1000, recipients_per_message: 100, message_size: 25MB }
greylist: { enabled: true, delay: 1s, longest_delay: 1m }
groups: { office: [198.51.100.0/24], partners: [203.0.113.0/24, 2001:db8::/32] }
clients: { allow: office, deny: [{ group: partners, action: score }] }
`
const log = () => undefined

function engineFor(config: Config, server: string, directory: string, checks: readonly AnyCheck[]): Engine {
  const dns = createResolver({ servers: [server], timeout: 2000 })
  const groups = openClientGroups(config.groups, '')
  let ids = 0
  const base = {
    config,
    checks,
    recorders,
    groupsOf: (address: string | null) => groups.of(address),
    scanner: { scores: new Map<string, number>(), judge: () => Promise.resolve({ kind: 'busy' as const }) },
    dns,
    dnsLists: keepDnsLists(config, { dns, now: Date.now, log: { info: log, warn: log } }),
    store: openStores(directory).store,
    log: { error: log, warn: log, notice: log, info: log, debug: log, close: () => Promise.resolve() },
    now: Date.now,
    sessions: { open: 0 },
    newId: () => `b${++ids}`,
  }
  return base as unknown as Engine
}

const signal = new AbortController().signal
const macros = new Map([['j', 'mail.example.test']])
const path = (address: string) => ({ address, parameters: [] })

/** CONNECT, HELO, MAIL, RCPT as the milter session gives them. */
async function session(handler: MilterHandler, client: string): Promise<string> {
  const at = { client: { address: client, hostname: 'mail.sender.example', port: 40_000 }, macros }
  await handler.connect?.(at, signal)
  await handler.helo?.({ ...at, helo: 'mail.sender.example' }, signal)
  const sender = { ...at, helo: 'mail.sender.example', sender: path('someone@sender.example') }
  await handler.sender?.(sender, signal)
  const answer = await handler.recipient?.({ ...sender, recipient: path('user@example.test') }, signal)
  handler.aborted?.()
  handler.closed?.()
  return answer?.kind ?? ''
}

async function measure(name: string, engine: Engine, clients: number): Promise<number> {
  const filter = createFilter(() => engine)
  const address = (index: number) => `192.0.${(index >> 8) & 255}.${index & 255}`
  // Fills the caches; greylisted strangers come back after their delay.
  for (let index = 0; index < Math.min(clients, 2000); index++) await session(filter(), address(index))
  if (engine.config.greylist.enabled) await new Promise((resolve) => setTimeout(resolve, 1100))
  for (let index = 0; index < Math.min(clients, 2000); index++) await session(filter(), address(index))
  const times = new Float64Array(SESSIONS)
  const cpu = process.cpuUsage()
  for (let index = 0; index < SESSIONS; index++) {
    const started = performance.now()
    await session(filter(), address(index % clients))
    times[index] = (performance.now() - started) * 1000
  }
  const { user, system } = process.cpuUsage(cpu)
  times.sort()
  const at = (share: number) => Math.round(times[Math.floor(share * (SESSIONS - 1))] ?? 0)
  process.stdout.write(
    `${name.padEnd(46)} median ${at(0.5)} µs, p95 ${at(0.95)}, p99 ${at(0.99)}; CPU ${Math.round((user + system) / SESSIONS)} µs\n`,
  )
  return at(0.5)
}

const server = await startDnsServer((name) => {
  if (name.endsWith('.sender.example')) return { records: ['192.0.2.1'], ttl: 86_400 }
  if (name === 'sender.example')
    return { records: ['v=spf1 ip4:192.0.0.0/16 -all', '192.0.2.1'], ttl: 86_400 }
  return {}
})
const folder = mkdtempSync(join(tmpdir(), 'bench-smtp-'))
const configOf = (text: string): Config => {
  const loaded = parseConfig(`${text}\ndns: { negative_ttl: 1h }\n`, 'bench')
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}
const standard = configOf('')
const everything = configOf(EVERYTHING)
process.stdout.write(`${SESSIONS} sessions each, node ${process.version}\n`)
const empty = await measure(
  'the filter without any check',
  engineFor(standard, server.address, join(folder, '0'), []),
  1,
)
await measure(
  'default configuration, one client',
  engineFor(standard, server.address, join(folder, '1'), sessionChecks),
  1,
)
await measure(
  'default configuration, 2000 clients',
  engineFor(standard, server.address, join(folder, '2'), sessionChecks),
  2000,
)
await measure(
  'everything on, one client',
  engineFor(everything, server.address, join(folder, '3'), sessionChecks),
  1,
)
await measure(
  'everything on, 2000 clients',
  engineFor(everything, server.address, join(folder, '4'), sessionChecks),
  2000,
)
for (const check of sessionChecks) {
  if (!check.enabled(everything) || check.name === 'greylist') continue
  const median = await measure(
    `  only ${check.name}`,
    engineFor(everything, server.address, join(folder, `c-${check.name}`), [check]),
    1,
  )
  process.stdout.write(`${''.padEnd(46)} of which the check ${median - empty} µs\n`)
}
await server.stop()
rmSync(folder, { recursive: true, force: true })
process.exit(0)
