/**
 * The running filter: starts, reloads on SIGHUP, drains on SIGTERM. A reload builds a whole new engine beside the old
 * one and swaps one reference when it is good; running sessions end with the engine they began with.
 */
import { autolearnState, trainingState } from '../bayes/state.ts'
import { join } from 'node:path'
import { formatConfigError } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { retentionOf } from '../checks/retention.ts'
import type { LoadedConfig } from '../config/load.ts'
import { createFilter } from '../filter.ts'
import type { Log } from '../log.ts'
import { createMilterServer, type ListenAddress, type Problem } from '../milter/index.ts'
import { buildEngine, type Built } from './build.ts'
import { watchReplaced } from './replaced-file.ts'
import { BAYES_FILE } from '../store/bayes-sqlite.ts'
import { openStores } from '../store/open.ts'
import type { Store } from '../store/store.ts'
import { expireState } from '../store/state.ts'

export interface DaemonOptions {
  readonly config: Config
  readonly log: Log
  /** Reads the configuration anew for a reload. */
  readonly reread: () => LoadedConfig
}

export interface Daemon {
  readonly addresses: readonly ListenAddress[]
  /** True while mail can be judged; asked by the watchdog. */
  alive(): boolean
  /** Puts a new configuration in force, or says why not and keeps the old one. Resolves when that is decided. */
  reload(): Promise<boolean>
  /** Lets running transactions finish, then ends everything. */
  stop(): Promise<void>
}

/** Milliseconds between two looks at files of networks and two steps of expiry. */
const UPKEEP_INTERVAL = 5000
/** Decisions dropped in one step of upkeep at most: a few milliseconds. */
const DECISIONS_AT_ONCE = 500
/** Milliseconds to the next step of expiry while there is more to drop. */
const NEXT_STEP = 250
/** Lines about rules at start: a set of thousands of rules may have a hundred that are not supported. */
const PROBLEMS_LOGGED = 20
/** Milliseconds after which the engine of before a reload is ended at the latest. */
const OLD_ENGINE_GRACE = 300_000

/** Starts listening; rejects with a clear message when a socket cannot be had. */
export async function startDaemon({ config, log, reread }: DaemonOptions): Promise<Daemon> {
  const { store, problems } = openStores(config.state, { size: config.bayes.size })
  for (const problem of problems) log.error(problem)
  let built = await buildEngine({ config, store, log, local: false, recordLists: true })
  report(log, built)
  reportClassifier(log, config, store)
  const server = createMilterServer({
    ...serverOptions(config),
    handler: () => createFilter(() => built.engine)(),
    onProblem: (problem) => logProblem(log, problem),
  })
  let addresses: readonly ListenAddress[]
  try {
    addresses = await server.start()
  } catch (error) {
    await built.close()
    store.close()
    throw error
  }

  /** The same configuration in new workers, which open their files anew. */
  const restartWorkers = async (): Promise<void> => {
    const old = built
    built = await buildEngine({ config: old.engine.config, store, log, local: false, recordLists: true })
    void retire(old)
  }

  const reload = async (): Promise<boolean> => {
    const loaded = reread()
    if (!loaded.ok) {
      for (const error of loaded.errors) log.error(formatConfigError(error))
      log.error('the configuration has errors; the old one stays in force')
      return false
    }
    const next = await buildEngine({ config: loaded.config, store, log, local: false, recordLists: true })
    report(log, next)
    if (next.problems.some(({ severity }) => severity === 'error')) {
      log.error('rules or groups have errors; the old configuration and rules stay in force')
      await next.close()
      return false
    }
    warnOfRestart(log, built.engine.config, loaded.config)
    const old = built
    built = next
    void retire(old)
    log.notice('configuration reloaded', { rules: next.pool.loaded.rules })
    return true
  }

  const classifier = watchReplaced(join(config.state, BAYES_FILE))
  const upkeep = setInterval(() => {
    keepUp(built, log)
    if (!classifier.changed()) return
    log.notice(
      'the memory of the classifier was deleted or replaced; the workers start with what is there now',
    )
    void restartWorkers()
  }, UPKEEP_INTERVAL)
  upkeep.unref()

  return {
    addresses,
    alive: () => built.pool.alive(),
    reload,
    stop: async () => {
      clearInterval(upkeep)
      await server.stop(built.engine.config.milter.drain)
      await built.close()
      store.close()
    },
  }
}

function serverOptions({ listen, milter }: Config) {
  return {
    listen,
    connections: milter.connections,
    idleMs: milter.idle_timeout,
    frameMs: milter.command_timeout,
    headerOctets: milter.header_limit,
    headers: milter.header_count,
    bodyOctets: milter.body_limit,
    socketMode: Number.parseInt(milter.socket_mode, 8),
    socketGroup: milter.socket_group || null,
  }
}

/** What is wrong with rules and groups, errors first; of a long list the beginning, and where the rest is to be had. */
function report(log: Log, { problems }: Built): void {
  const shown = problems.length > PROBLEMS_LOGGED + 1 ? problems.slice(0, PROBLEMS_LOGGED) : problems
  for (const { severity, text } of shown) log[severity === 'error' ? 'error' : 'warn'](text)
  const left = problems.length - shown.length
  if (left > 0)
    log.warn(`${left} more lines of rules are wrong or not supported: hamlet rules lint lists them`)
}

/** How far the classifier is trained: what it says counts for little before that. */
function reportClassifier(log: Log, { bayes: { enabled, autolearn } }: Config, { bayes }: Store): void {
  if (!enabled) return
  try {
    const learning = autolearnState(autolearn, bayes.autolearnRecord())
    log.notice(`classifier: ${trainingState(bayes.totals())}`, { autolearn: learning })
  } catch (error) {
    log.debug('the classifier has no store', { reason: String(error) })
  }
}

/** Called every few seconds: each step is small, so that mail never waits for it. */
function keepUp(built: Built, log: Log): void {
  const { groups, engine } = built
  for (const { file, line, text } of groups.refresh()) log.warn(`${file}:${line}: ${text}`)
  try {
    // What has piled up is dropped in several small steps soon after each other.
    if (expireState(engine.store, engine.now(), retentionOf(engine.config)))
      setTimeout(() => keepUp(built, log), NEXT_STEP).unref()
    const { keep, most } = engine.config.history
    engine.store.history.expire(engine.now() - keep, most, DECISIONS_AT_ONCE)
  } catch (error) {
    log.debug('the store could not be tidied up', { reason: String(error) })
  }
}

/** Sessions that began before the reload still judge by the old engine: it ends when they have had their time. */
async function retire(old: Built): Promise<void> {
  await new Promise<void>((resolve) => {
    const end = Date.now() + OLD_ENGINE_GRACE
    const timer = setInterval(() => {
      if (old.engine.sessions.open > 0 && Date.now() < end) return
      clearInterval(timer)
      resolve()
    }, 1000)
    timer.unref()
  })
  await old.close()
}

/** Keys that are read once, at start. */
function warnOfRestart(log: Log, before: Config, after: Config): void {
  const fixed = ['listen', 'state', 'milter', 'log'] as const
  const changed = fixed.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  if (changed.length > 0) log.warn(`changes of ${changed.join(', ')} take effect at the next start`)
}

function logProblem(log: Log, { kind, message, error }: Problem): void {
  const fault = error instanceof Error ? (error.stack ?? error.message) : undefined
  log[kind === 'handler' ? 'error' : 'warn'](`milter: ${message}`, { kind, fault })
}
