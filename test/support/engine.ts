/** An engine for tests: real policy and real stores in memory, checks and scanner as the test says. */
import type { AnyCheck } from '../../lib/checks/run.ts'
import type { Recorder } from '../../lib/checks/check.ts'
import { parseConfig } from '../../lib/config/load.ts'
import type { Config } from '../../lib/config/schema.ts'
import { NO_AUTH_FACTS } from './auth-facts.ts'
import type { Engine } from '../../lib/engine.ts'
import type { Log, LogFields } from '../../lib/log.ts'
import { SILENT_DNS } from '../../lib/net/silent.ts'
import type { ScanJob, ScanOutcome, ScanResult } from '../../lib/scan/job.ts'
import { openStores } from '../../lib/store/open.ts'

export interface TestEngine extends Engine {
  /** Lines of the journal: level, text, fields. */
  readonly lines: readonly { readonly level: string; readonly text: string; readonly fields: LogFields }[]
  /** Jobs the scanner was given. */
  readonly jobs: readonly ScanJob[]
}

export interface TestEngineOptions {
  readonly config?: string
  readonly checks?: readonly AnyCheck[]
  readonly recorders?: readonly Recorder[]
  readonly groups?: Readonly<Record<string, readonly string[]>>
  /** What the scan pool finds; by default nothing. */
  readonly judge?: (job: ScanJob) => ScanOutcome | Promise<ScanOutcome>
}

export function testConfig(text = ''): Config {
  const loaded = parseConfig(text, 'test')
  if (!loaded.ok) throw new Error(JSON.stringify(loaded.errors))
  return loaded.config
}

/** A scan that found these hits. */
export function found(job: ScanJob, ...hits: ScanResult['hits']): ScanOutcome {
  return {
    kind: 'judged',
    ended: 0,
    result: {
      hits,
      unavailable: [],
      demands: [],
      edits: [],
      results: job.earlier,
      auth: NO_AUTH_FACTS,
      descriptions: new Map(),
      times: {},
    },
  }
}

export function testEngine(options: TestEngineOptions = {}): TestEngine {
  const lines: { level: string; text: string; fields: LogFields }[] = []
  const jobs: ScanJob[] = []
  const write =
    (level: string) =>
    (text: string, fields: LogFields = {}) =>
      void lines.push({ level, text, fields })
  const log: Log = {
    error: write('error'),
    warn: write('warn'),
    notice: write('notice'),
    info: write('info'),
    debug: () => undefined,
    close: () => Promise.resolve(),
  }
  let ids = 0
  return {
    config: testConfig(options.config),
    checks: options.checks ?? [],
    recorders: options.recorders ?? [],
    groupsOf: (address) =>
      new Set(
        Object.entries(options.groups ?? {}).flatMap(([name, members]) =>
          address !== null && members.includes(address) ? [name] : [],
        ),
      ),
    scanner: {
      scores: new Map([
        ['SEEN_EARLY', 1.5],
        ['RULE_BEFORE', 0.5],
        ['__SUB', 1],
        ['SCAN_UNFINISHED', 4],
      ]),
      judge: async (job) => {
        jobs.push(job)
        return options.judge === undefined ? found(job) : options.judge(job)
      },
    },
    dns: SILENT_DNS,
    store: openStores(':memory:').store,
    log,
    now: Date.now,
    sessions: { open: 0 },
    newId: () => `s${++ids}`,
    lines,
    jobs,
  }
}
