/** `hamlet start`: the daemon in the foreground, as systemd and a terminal want it. */
import { traceOf } from '../fault.ts'
import { startDaemon, type Daemon } from '../daemon/daemon.ts'
import { createNotifier } from '../daemon/notify.ts'
import { createLog, isJournald, type Log } from '../log.ts'
import { packageVersion } from '../package-root.ts'
import { loadConfig, readConfigFile } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, EXIT, type Verb } from './verb.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
} satisfies OptionTable

/** Milliseconds after the last line of the log until the process ends whatever it still waits for. */
const EXIT_PATIENCE = 500

export const verb: Verb = {
  name: 'start',
  usage: ['[--config FILE]'],
  about: `Runs the filter in the foreground until SIGTERM or SIGINT, which let running transactions finish.
SIGHUP reads configuration and rules again; with errors in them the old ones stay in force.`,
  options: OPTIONS,
  exits: {
    0: 'stopped',
    78: 'configuration wrong',
    69: 'socket not to be had',
    75: 'another daemon has the state directory',
  },

  async run(args) {
    const { values } = parseOptions(args, OPTIONS)
    const { config, file } = loadConfig(values.config)
    // a reader of the log that went away ends other verbs; the filter goes on without
    process.stdout.removeAllListeners('error')
    const log = createLog({
      format: config.log.format,
      level: config.log.level,
      journald: isJournald(process.env),
    })
    // a promise that nobody waited for is a fault of ours, but no reason to leave the MTA alone
    process.on('unhandledRejection', (reason) => {
      log.error('a fault that nobody caught', {
        fault: traceOf(reason),
      })
    })
    const reread = () => (file === null ? { ok: true as const, config } : readConfigFile(file))
    const daemon = await start(() => startDaemon({ config, log, reread }))
    // before anyone is told that there is something to stop
    const stopped = runUntilStopped(daemon, log)
    log.notice(`hamlet ${packageVersion()} is listening`, {
      on: daemon.addresses.map(({ text }) => text),
      config: file ?? 'embedded default',
      state: config.state,
    })
    for (const line of mainCfLines(daemon)) log.notice(line)
    return stopped
  },
}

/** A failure to start is one line for people, not a stack. */
async function start(begin: () => Promise<Daemon>): Promise<Daemon> {
  try {
    return await begin()
  } catch (error) {
    if (error instanceof Error && (error.name === 'ListenError' || 'code' in error))
      throw new CommandError(error.message, EXIT.unavailable)
    throw error
  }
}

/** The one line an administrator needs, in Postfix's own notation. */
function mainCfLines({ addresses }: Daemon): readonly string[] {
  return addresses.slice(0, 1).flatMap(({ host, port, path }) => {
    const place =
      path === undefined
        ? host !== undefined &&
          port !== undefined &&
          `inet:${host.includes(':') ? `[${host}]` : host}:${port}`
        : `unix:${path}`
    return place === false ? [] : [`put this line into Postfix's main.cf: smtpd_milters = ${place}`]
  })
}

function runUntilStopped(daemon: Daemon, log: Log): Promise<number> {
  const notifier = createNotifier(
    process.env,
    () => daemon.alive(),
    (reason) => log.warn(reason),
  )
  notifier.ready('judging mail')
  return new Promise((resolve) => {
    let stopping = false
    const stop = async (signal: string) => {
      if (stopping) return
      stopping = true
      log.notice(`${signal}: stopping when running transactions are done`)
      notifier.stopping()
      await daemon.stop()
      notifier.close()
      log.notice('stopped')
      await log.close()
      // a reader of the log that stands still must not hold the process
      setTimeout(() => process.exit(EXIT.ok), EXIT_PATIENCE).unref()
      resolve(EXIT.ok)
    }
    const reload = async () => {
      notifier.reloading()
      const taken = await daemon.reload()
      if (stopping) return
      notifier.ready(taken ? 'judging mail' : 'judging mail; the last reload was refused, see the journal')
    }
    process.on('SIGTERM', () => void stop('SIGTERM'))
    process.on('SIGINT', () => void stop('SIGINT'))
    process.on('SIGHUP', () => {
      if (!stopping) void reload()
    })
  })
}
