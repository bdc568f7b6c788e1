/**
 * Builds an engine from a configuration: resolver, IP groups, rules and the scan pool. Services that outlive a reload
 * (the stores, the log) are passed in. What fails outside is a problem in the result and does not keep mail from
 * flowing; rule files with errors are reported, and the caller decides whether the engine is put in force.
 */
import { randomInt } from 'node:crypto'
import { recorders, sessionChecks } from '../checks/index.ts'
import { keepDnsLists } from '../checks/list-keeper.ts'
import type { Config } from '../config/schema.ts'
import type { Engine } from '../engine.ts'
import type { Recorder } from '../checks/check.ts'
import type { Log } from '../log.ts'
import { Circuits, circuitMemory } from '../net/circuits.ts'
import { openClientGroups } from '../net/client-groups.ts'
import type { Groups } from '../net/groups.ts'
import type { ListStatus } from '../net/list-keeper.ts'
import { SILENT_DNS } from '../net/silent.ts'
import { resolverFor } from '../scan/resolver.ts'
import { startScanPool, type ScanPool } from '../scan/pool.ts'
import { readRuleFiles } from '../scan/rule-files.ts'
import type { Store } from '../store/store.ts'

export interface BuildInput {
  readonly config: Config
  readonly store: Store
  readonly log: Log
  /** Ask nothing outside. */
  readonly local: boolean
  /** Record the state of the DNS lists in the store: for the daemon, whose word it is. */
  readonly recordLists?: boolean
  /** What outlives an engine and remembers what it decides. */
  readonly outlasting?: readonly Recorder[]
}

export interface Built {
  readonly engine: Engine
  readonly pool: ScanPool
  readonly groups: Groups
  /** What is wrong with rule files and group files: `file:line: text`. Errors first. */
  readonly problems: readonly BuildProblem[]
  /** Another engine is in force now: the state of the DNS lists is its word from now on. */
  replaced(): void
  /** Ends the workers after what they do now, and the resolver. */
  close(): Promise<void>
}

export interface BuildProblem {
  readonly severity: 'error' | 'warning'
  readonly text: string
}

export async function buildEngine({
  config,
  store,
  log,
  local,
  recordLists = false,
  outlasting = [],
}: BuildInput): Promise<Built> {
  const { sources, errors } = readRuleFiles(config.rules)
  const memory = circuitMemory()
  const circuits = new Circuits(memory)
  const pool = await startScanPool({
    config,
    setup: { config, sources, local, circuits: memory },
    onProblem: (problem) => log.error(problem),
  })
  const dns = local
    ? null
    : resolverFor(config.dns, {
        circuits,
        changed: (server, dead) =>
          dead
            ? log.warn(`the DNS server ${server} does not answer: mail is judged without it until it does`)
            : log.info(`the DNS server ${server} answers again`),
      })
  const groups = openClientGroups(config.groups, config.clients.country_database)
  let inForce = recordLists
  const dnsLists =
    dns === null
      ? null
      : keepDnsLists(config, {
          dns,
          circuits,
          now: Date.now,
          log,
          record: (status: readonly ListStatus[]) => {
            if (inForce) store.listStatus.replace(status, Date.now())
          },
        })
  dnsLists?.start()
  const problems: BuildProblem[] = [
    ...errors.map(({ file, text }): BuildProblem => ({ severity: 'error', text: `${file}: ${text}` })),
    ...pool.loaded.problems.map(({ file, line, severity, text }): BuildProblem => ({
      severity: severity === 'error' ? 'error' : 'warning',
      text: `${file}:${line}: ${text}`,
    })),
    ...groups.problems.map(({ file, line, text }): BuildProblem => ({
      severity: 'error',
      text: line > 0 ? `${file}:${line}: ${text}` : `${file}: ${text}`,
    })),
  ]
  const engine: Engine = {
    config,
    checks: sessionChecks,
    recorders: [...recorders, ...outlasting],
    groupsOf: (address) => groups.of(address),
    scanner: pool,
    dns: dns ?? SILENT_DNS,
    ...(dnsLists === null ? {} : { dnsLists }),
    store,
    log,
    now: Date.now,
    sessions: { open: 0 },
    newId,
  }
  return {
    engine,
    pool,
    groups,
    problems: problems.toSorted(
      (one, other) => Number(one.severity !== 'error') - Number(other.severity !== 'error'),
    ),
    replaced: () => void (inForce = false),
    close: async () => {
      inForce = false
      await pool.close()
      dnsLists?.stop()
      dns?.close()
    },
  }
}

/** No vowels, so that no id spells a word; 40 bits, so that a year of mail has none twice in one day's journal. */
const ALPHABET = 'bcdfghjkmnpqrstvwxyz23456789BCDF'
function newId(): string {
  let id = ''
  for (let position = 0; position < 8; position++) id += ALPHABET[randomInt(ALPHABET.length)] ?? ''
  return id
}
