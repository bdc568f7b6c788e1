/**
 * The daemon's side of the record of decisions: hands each one to the thread that writes them, within one account for
 * what has been handed over and is not in the file yet. One writer for the whole life of the daemon: a session that
 * outlives a reload, or a reload that comes to nothing, loses no decision.
 */
import { Worker } from 'node:worker_threads'
import { messageOf } from '../fault.ts'
import type { Log } from '../log.ts'
import type { Decision } from '../store/history-store.ts'
import type { FromRecord, RecordSetup, ToRecord } from './record-messages.ts'

export interface RecordWriter {
  /** Never waits and never throws: what finds no room is counted, and the journal says so. */
  add(decision: Decision): void
  /** For how long and how many decisions are kept, and how many octets may wait; at start and after each reload. */
  configure(keep: number, most: number, queue: number): void
  /** Writes what waits; resolves when that is done or has been given up. */
  close(): Promise<void>
}

export interface RecordOptions {
  readonly directory: string
  readonly log: Pick<Log, 'error' | 'warn' | 'notice'>
  readonly setup?: Partial<RecordSetup>
  /** Milliseconds that the end may take while the file cannot be written. */
  readonly patience?: number
}

const FLUSH_AFTER = 1000
const FLUSH_AT = 200
const CALM = 600_000
const PATIENCE = 3000
/** Milliseconds between two starts of a thread that fails. */
const RESTART_AFTER = 10_000
/** Of a decision in memory: a fixed part, and for each recipient and hit. */
const OCTETS = { decision: 1000, recipient: 100, hit: 150 }

const sizeOf = ({ recipients, hits }: Decision): number =>
  OCTETS.decision + OCTETS.recipient * recipients.length + OCTETS.hit * hits.length

export function startRecordWriter({
  directory,
  log,
  setup = {},
  patience = PATIENCE,
}: RecordOptions): RecordWriter {
  const workerData: RecordSetup = {
    directory,
    flushAfter: FLUSH_AFTER,
    flushAt: FLUSH_AT,
    calm: CALM,
    ...setup,
  }
  /** Sizes of what was handed over and is not done, the oldest first. */
  let sizes: number[] = []
  let octets = 0
  let lost = 0
  let worker: Worker | null = null
  let failedAt = -Infinity
  let kept: ToRecord | null = null
  let room = Infinity
  let ended: (() => void) | null = null

  const done = (count: number): void => {
    for (const size of sizes.splice(0, count)) octets -= size
    if (lost === 0 || octets > room / 2) return
    log.warn(`${lost} decisions were not recorded, because too many waited`)
    lost = 0
  }
  const start = (): Worker => {
    const file = `./record-thread${import.meta.url.endsWith('.ts') ? '.ts' : '.js'}`
    const made = new Worker(new URL(file, import.meta.url), { workerData })
    made.unref()
    made.on('message', (message: FromRecord) => {
      if (message.kind === 'done') done(message.count)
      else log[message.kind === 'problem' ? 'error' : 'notice'](message.text)
    })
    made.on('error', (error) => log.error(`the thread that records decisions failed: ${messageOf(error)}`))
    made.on('exit', () => {
      worker = null
      if (sizes.length > 0 && ended === null) log.error(`${sizes.length} decisions were not recorded`)
      sizes = []
      octets = 0
      failedAt = performance.now()
      ended?.()
    })
    if (kept !== null) made.postMessage(kept)
    return made
  }
  const thread = (): Worker | null => {
    if (worker === null && performance.now() - failedAt >= RESTART_AFTER) worker = start()
    return worker
  }
  const tell = (message: ToRecord): void => thread()?.postMessage(message)

  return {
    add(decision) {
      const size = sizeOf(decision)
      if (octets + size > room || ended !== null || thread() === null) {
        if (lost === 0 && ended === null)
          log.warn('decisions are not recorded for now: too many wait already')
        lost++
        return
      }
      sizes.push(size)
      octets += size
      tell({ kind: 'decision', json: JSON.stringify(decision) })
    },
    configure(keep, most, queue) {
      room = queue
      kept = { kind: 'keep', keep, most }
      if (worker === null) thread()
      else tell(kept)
    },
    close: () =>
      new Promise((resolve) => {
        const running = worker
        if (running === null || ended !== null) {
          resolve()
          return
        }
        running.ref()
        // a thread that does not come back from a write must not hold the end of the daemon
        const limit = setTimeout(() => void running.terminate(), 2 * patience + FLUSH_AFTER)
        ended = () => {
          clearTimeout(limit)
          resolve()
        }
        running.postMessage({ kind: 'close', patience } satisfies ToRecord)
      }),
  }
}
