/** Everything a session is judged with, as one frozen value: a reload makes a new one, running sessions keep theirs. */
import type { AnyCheck } from './checks/run.ts'
import type { Recorder } from './checks/check.ts'
import type { Config } from './config/schema.ts'
import type { Log } from './log.ts'
import type { Dns } from './net/dns.ts'
import type { ListService } from './net/list-service.ts'
import type { ScanJob, ScanOutcome } from './scan/job.ts'
import type { Store } from './store/store.ts'

export interface Scanner {
  judge(job: ScanJob): Promise<ScanOutcome>
  /** What each name is worth, for mail whose content could not be judged. */
  readonly scores: ReadonlyMap<string, number>
}

export interface Engine {
  readonly config: Config
  readonly checks: readonly AnyCheck[]
  readonly recorders: readonly Recorder[]
  /** Names of the IP groups an address is in. */
  groupsOf(address: string | null): ReadonlySet<string>
  readonly scanner: Scanner
  readonly dns: Dns
  /** Keeps the DNS lists honest; absent where nothing outside may be asked. */
  readonly dnsLists?: ListService
  readonly store: Store
  readonly log: Log
  readonly now: () => number
  /** How many sessions judge by this engine now: after a reload the old one ends with its last session. */
  readonly sessions: { open: number }
  /** A fresh session id: letters and digits, unique enough to be searched for. */
  readonly newId: () => string
}
