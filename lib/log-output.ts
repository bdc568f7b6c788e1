/**
 * Where the lines of the log go: a pipe or socket whose reader may stand still, or leave. Neither may hold the filter or
 * fill its memory: what finds no room is dropped and counted.
 */
import { Writable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'

/** Octets that may wait for the reader. */
const MOST_WAITING = 4 * 1024 ** 2
/** Milliseconds for which the end waits for a reader. */
const PATIENCE = 1000
const POLL = 20

export interface BoundedOutput {
  readonly stream: Writable
  /** Resolves when the reader has taken everything, is gone, or has had its time. */
  written(): Promise<void>
}

export function boundedOutput(target: NodeJS.WritableStream, most = MOST_WAITING): BoundedOutput {
  let dropped = 0
  let gone = false
  // a reader that went away is no reason to stop judging mail
  target.on('error', () => void (gone = true))
  const waiting = (): number => (target instanceof Writable && !gone ? target.writableLength : 0)
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      if (gone || waiting() + chunk.length > most) dropped++
      else {
        if (dropped > 0)
          target.write(`warn: ${dropped} lines of the log were dropped: their reader stood still\n`)
        dropped = 0
        target.write(chunk)
      }
      done()
    },
  })
  return {
    stream,
    async written() {
      const end = performance.now() + PATIENCE
      while (waiting() > 0 && performance.now() < end) await sleep(POLL)
    },
  }
}
