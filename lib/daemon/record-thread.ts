/**
 * The thread that writes the record of decisions (history.sqlite) and drops what has outlived its time: both touch many
 * rows, and a file that another program has locked is waited for here, where no mail waits along.
 */
import { parentPort, workerData } from 'node:worker_threads'
import { messageOf } from '../fault.ts'
import { isDamaged, moveAside } from '../store/database.ts'
import { CLOCK_SLACK } from '../store/expiry.ts'
import { historyPath, openHistory } from '../store/history-sqlite.ts'
import type { Decision, HistoryStore } from '../store/history-store.ts'
import type { FromRecord, RecordSetup, ToRecord } from './record-messages.ts'
import { watchReplaced } from './replaced-file.ts'
import { watchClock } from './steady-clock.ts'

const setup: RecordSetup = workerData
/** Milliseconds to wait for another program's lock, in one attempt. */
const LOCK_TIMEOUT = 1000
/** Milliseconds between two steps of expiry, and to the next one while there is more to drop. */
const TIDY_INTERVAL = 5000
const SOON = 250
/** Decisions dropped in one step: the file is locked for others meanwhile. */
const ROWS_AT_ONCE = 500

const port = parentPort
if (port === null) throw new Error('this file is started as a thread')
const say = (message: FromRecord): void => port.postMessage(message)

const path = historyPath(setup.directory)
const clock = watchClock(Date.now, () => performance.now(), setup.calm)
let file: HistoryStore | null = null
let replaced = watchReplaced(path)
let waiting: Decision[] = []
let failing = false
let limits: { readonly keep: number; readonly most: number } | null = null
let timer: NodeJS.Timeout | null = null

/** The open file; opened anew after it was deleted, replaced or damaged. */
function history(): HistoryStore {
  if (file !== null && replaced.changed()) {
    file.close()
    file = null
  }
  if (file === null) {
    file = openHistory(setup.directory, { lockTimeout: LOCK_TIMEOUT, convert: true })
    replaced = watchReplaced(path)
  }
  return file
}

/** Does one thing with the file; a failure is told once, and null is returned. */
function attempt<T>(work: (store: HistoryStore) => T): T | null {
  try {
    const result = work(history())
    if (failing) say({ kind: 'notice', text: 'decisions are recorded again' })
    failing = false
    return result
  } catch (error) {
    if (isDamaged(error)) startAnew(error)
    else if (!failing) {
      failing = true
      say({ kind: 'problem', text: `decisions cannot be recorded now: ${messageOf(error)}` })
    }
    return null
  }
}

function startAnew(error: unknown): void {
  try {
    file?.close()
  } catch {
    // it was damaged
  }
  file = null
  try {
    const aside = moveAside(path, new Date())
    say({
      kind: 'problem',
      text: `${messageOf(error)}: it is now ${aside ?? 'gone'}, and a new one is begun`,
    })
  } catch (fault) {
    if (!failing) say({ kind: 'problem', text: `${messageOf(error)}: ${messageOf(fault)}` })
    failing = true
  }
}

/** Writes what waits, at most `flushAt` in one transaction; what cannot be written now stays. */
function flush(): boolean {
  timer = null
  while (waiting.length > 0) {
    const batch = waiting.slice(0, setup.flushAt)
    // a damaged file is replaced by a new one at once
    if (
      attempt((store) => store.add(batch) ?? true) === null &&
      (failing || !attempt((store) => store.add(batch) ?? true))
    )
      return false
    waiting = waiting.slice(batch.length)
    say({ kind: 'done', count: batch.length })
  }
  return true
}

function later(): void {
  timer ??= setTimeout(() => {
    if (!flush()) later()
  }, setup.flushAfter)
}

function tidy(): void {
  let more = false
  if (limits !== null) {
    const { keep, most } = limits
    const now = Date.now()
    more =
      attempt((store) => {
        const before = clock.steady() ? now - keep : 0
        return store.expire(before, most, ROWS_AT_ONCE, now + CLOCK_SLACK) >= ROWS_AT_ONCE || store.shrink()
      }) ?? false
  }
  setTimeout(tidy, more ? SOON : TIDY_INTERVAL).unref()
}
setTimeout(tidy, TIDY_INTERVAL).unref()

function close(patience: number): void {
  if (timer !== null) clearTimeout(timer)
  const end = Date.now() + patience
  const finish = (): void => {
    if (!flush() && Date.now() < end) {
      setTimeout(finish, SOON)
      return
    }
    if (waiting.length > 0)
      say({ kind: 'problem', text: `${waiting.length} decisions could not be recorded before the end` })
    file?.close()
    port?.close()
  }
  finish()
}

port.on('message', (message: ToRecord) => {
  switch (message.kind) {
    case 'decision':
      waiting.push(JSON.parse(message.json))
      if (waiting.length >= setup.flushAt && !failing) {
        if (timer !== null) clearTimeout(timer)
        if (!flush()) later()
      } else later()
      break
    case 'keep':
      limits = message
      break
    case 'close':
      close(message.patience)
      break
  }
})
