/**
 * The running filter: starts, reloads on SIGHUP, drains on SIGTERM. A reload builds a whole new engine beside the old
 * one and swaps one reference when it is good; running sessions end with the engine they began with.
 */
import { autolearnState, trainingState } from '../bayes/state.ts'
import { join, resolve } from 'node:path'
import { formatConfigError } from '../config/load.ts'
import type { Config } from '../config/schema.ts'
import { decides } from '../checks/deciding-headers.ts'
import { boundsOf, retentionOf } from '../checks/retention.ts'
import type { LoadedConfig } from '../config/load.ts'
import { messageOf, traceOf } from '../fault.ts'
import { createFilter } from '../filter.ts'
import { createHistoryRecorder } from '../history/recorder.ts'
import type { Log } from '../log.ts'
import { createMilterServer, type ListenAddress, type Problem } from '../milter/index.ts'
import { buildEngine, type Built } from './build.ts'
import { watchModels, type DamagedModel } from './damaged-model.ts'
import { startRecordWriter } from './record-writer.ts'
import { reportRepellentSight } from './repellent-sight.ts'
import { watchReplaced } from './replaced-file.ts'
import { openSpool } from './spool.ts'
import { watchClock } from './steady-clock.ts'
import { createSupervisor, type Supervisor } from './supervisor.ts'
import { startUpkeep, type UpkeepTask } from './upkeep.ts'
import { lockState } from '../store/state-lock.ts'
import { BAYES_FILE } from '../store/bayes-sqlite.ts'
import { hasSeen, openSeen, SEEN_FILE } from '../store/seen-store.ts'
import { openStores, type OpenedStores } from '../store/open.ts'
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

/** Lines about rules at start: a set of thousands of rules may have a hundred that are not supported. */
const PROBLEMS_LOGGED = 20
/** Milliseconds after which the engine of before a reload is ended at the latest. */
const OLD_ENGINE_GRACE = 300_000
/** Milliseconds without a jump of the clock before anything is dropped because of its age. */
const CLOCK_CALM = 600_000

/** Starts listening; rejects with a clear message when a socket or the state directory cannot be had. */
export async function startDaemon(options: DaemonOptions): Promise<Daemon> {
  const unlock = lockState(options.config.state)
  try {
    const daemon = await startLocked(options)
    return { ...daemon, stop: () => daemon.stop().finally(unlock) }
  } catch (error) {
    unlock()
    throw error
  }
}

async function startLocked({ config, log, reread }: DaemonOptions): Promise<Daemon> {
  const { store, problems } = openStores(
    config.state,
    { size: config.bayes.size },
    { owner: true, bounds: boundsOf(config), say: (severity, text) => log[severity](text) },
  )
  for (const problem of problems) log.error(problem)
  checkSeen(config, log)
  const record = startRecordWriter({ directory: config.state, log })
  const models = watchModels(resolve(config.state), log)
  const outlasting = [createHistoryRecorder((decision) => record.add(decision)), models.recorder]
  const engineOf = (next: Config): Promise<Built> =>
    buildEngine({ config: next, store, log, local: false, recordLists: true, outlasting })
  const obey = ({ history }: Config): void => record.configure(history.keep, history.most, history.queue)
  const first = await engineOf(config)
  obey(config)
  report(log, first)
  reportClassifier(log, config, store)
  void reportRepellentSight(config.repellent.delay, log)
  const server = createMilterServer({
    ...serverOptions(config),
    bodyMemory: {
      octets: config.milter.memory,
      spill: openSpool(config.state, (reason) => log.error(reason)),
    },
    handler: () => createFilter(() => supervisor.current().engine)(),
    onProblem: (problem) => logProblem(log, problem),
  })
  const supervisor: Supervisor<Built> = createSupervisor<Built>({
    first,
    build: (step, current) =>
      step === 'restart' ? engineOf(current.engine.config) : reloaded({ reread, log, engineOf }),
    entered: (step, next, before) => {
      before.replaced()
      obey(next.engine.config)
      if (step === 'restart') return
      warnOfRestart(log, before.engine.config, next.engine.config)
      void reportRepellentSight(next.engine.config.repellent.delay, log)
      log.notice('configuration reloaded', { rules: next.pool.loaded.rules })
    },
    close: (built) => built.close(),
    sessions: (built) => built.engine.sessions.open,
    drain: () => server.stop(supervisor.current().engine.config.milter.drain),
    onFailure: (what, error) => log.error(what, { fault: traceOf(error) }),
    grace: OLD_ENGINE_GRACE,
    now: () => performance.now(),
  })
  let addresses: readonly ListenAddress[]
  try {
    addresses = await server.start()
  } catch (error) {
    await first.close()
    await record.close()
    store.close()
    throw error
  }
  const upkeep = startUpkeep(
    upkeepTasks({ supervisor, store, models, log, state: config.state }),
    (name, error) => log.warn(`upkeep: ${name} failed: ${messageOf(error)}`),
  )
  return {
    addresses,
    alive: () => supervisor.current().pool.alive(),
    reload: () => supervisor.ask('reload'),
    stop: async () => {
      upkeep.stop()
      await supervisor.stop()
      await record.close()
      store.close()
    },
  }
}

/** The workers write it, and have nobody to tell: a file that is damaged before they start is replaced here. */
function checkSeen({ state, bayes }: Config, log: Log): void {
  if (!bayes.enabled || bayes.remember === 0 || !hasSeen(state)) return
  openSeen(state, {
    size: bayes.remember,
    owner: true,
    say: (severity, text) => log[severity](text),
  }).close()
}

interface Reload {
  readonly reread: DaemonOptions['reread']
  readonly log: Log
  readonly engineOf: (config: Config) => Promise<Built>
}

/** An engine from the configuration as it is on disk now; null, with the reasons in the journal, when it has errors. */
async function reloaded({ reread, log, engineOf }: Reload): Promise<Built | null> {
  const loaded = reread()
  if (!loaded.ok) {
    for (const error of loaded.errors) log.error(formatConfigError(error))
    log.error('the configuration has errors; the old one stays in force')
    return null
  }
  const next = await engineOf(loaded.config)
  report(log, next)
  if (!next.problems.some(({ severity }) => severity === 'error')) return next
  log.error('rules or groups have errors; the old configuration and rules stay in force')
  await next.close()
  return null
}

interface UpkeepInput {
  readonly supervisor: Supervisor<Built>
  readonly store: OpenedStores['store']
  readonly models: DamagedModel
  readonly log: Log
  /** State directory. */
  readonly state: string
}

/** Each step is small, so that mail never waits for it. */
function upkeepTasks({ supervisor, store, models, log, state }: UpkeepInput): readonly UpkeepTask[] {
  const classifier = watchReplaced(join(state, BAYES_FILE))
  const seen = watchReplaced(join(state, SEEN_FILE))
  const clock = watchClock(Date.now, () => performance.now(), CLOCK_CALM)
  return [
    {
      name: 'seen mail',
      run() {
        if (seen.changed())
          log.notice('seen.sqlite was damaged (and moved aside), deleted or replaced; a new one is begun')
        return false
      },
    },
    {
      name: 'old engines',
      run() {
        supervisor.reap()
        return false
      },
    },
    {
      name: 'IP groups',
      run() {
        for (const { file, line, text } of supervisor.current().groups.refresh())
          log.warn(`${file}:${line}: ${text}`)
        return false
      },
    },
    {
      name: 'expiry',
      run() {
        const { engine } = supervisor.current()
        return expireState(store, engine.now(), retentionOf(engine.config), clock.steady())
      },
    },
    { name: 'stores', run: () => store.settle() },
    {
      name: 'classifier',
      run() {
        const damaged = models.moveAside()
        if (!classifier.changed() && !damaged) return false
        if (!damaged)
          log.notice(
            'the memory of the classifier was deleted or replaced; the workers start with what is there now',
          )
        void supervisor.ask('restart')
        return false
      },
    },
  ]
}

function serverOptions({ listen, milter }: Config) {
  return {
    listen,
    connections: milter.connections,
    idleMs: milter.idle_timeout,
    frameMs: milter.command_timeout,
    headerOctets: milter.header_limit,
    headers: milter.header_count,
    keepHeader: decides,
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

/** Keys that are read once, at start. */
function warnOfRestart(log: Log, before: Config, after: Config): void {
  const fixed = ['listen', 'state', 'store', 'milter', 'log'] as const
  const changed = fixed.filter((key) => JSON.stringify(before[key]) !== JSON.stringify(after[key]))
  if (changed.length > 0) log.warn(`changes of ${changed.join(', ')} take effect at the next start`)
}

function logProblem(log: Log, { kind, message, error }: Problem): void {
  const fault = error instanceof Error ? (error.stack ?? error.message) : undefined
  log[kind === 'handler' ? 'error' : 'warn'](`milter: ${message}`, { kind, fault })
}
