/**
 * Tells systemd that the daemon is ready, reloading, stopping or still alive (sd_notify(3)). Node has no unix datagram
 * sockets, so the message is sent by `systemd-notify`, which every system that sets NOTIFY_SOCKET has; the unit allows
 * it with NotifyAccess=all. Without NOTIFY_SOCKET nothing happens.
 */
import { execFile } from 'node:child_process'

export interface Notifier {
  ready(status: string): void
  reloading(): void
  stopping(): void
  status(text: string): void
  /** Stops the watchdog's ticking. */
  close(): void
}

const QUIET: Notifier = {
  ready: () => undefined,
  reloading: () => undefined,
  stopping: () => undefined,
  status: () => undefined,
  close: () => undefined,
}

/** `alive` is asked before each watchdog tick; a false answer lets systemd restart the service. */
export function createNotifier(
  environment: Readonly<Record<string, string | undefined>>,
  alive: () => boolean,
  onFailure: (reason: string) => void,
): Notifier {
  if (environment['NOTIFY_SOCKET'] === undefined) return QUIET
  let failed = false
  const send = (...words: readonly string[]) => {
    execFile('systemd-notify', [`--pid=${process.pid}`, ...words], (error) => {
      if (error !== null && !failed) {
        failed = true
        onFailure(`systemd was not notified: ${error.message.split('\n')[0] ?? ''}`)
      }
    })
  }
  // a tick at a third of the limit leaves room for one that is late
  const limit = Number(environment['WATCHDOG_USEC'] ?? 0) / 1000
  const timer = limit > 0 ? setInterval(() => alive() && send('WATCHDOG=1'), limit / 3) : null
  timer?.unref()
  return {
    ready: (status) => send('--ready', `--status=${status}`),
    reloading: () => send('RELOADING=1'),
    stopping: () => send('STOPPING=1'),
    status: (text) => send(`--status=${text}`),
    close: () => {
      if (timer !== null) clearInterval(timer)
    },
  }
}
