/** `hamlet ping`: is the filter there, and does it judge? For Nagios and its kin, and for container health checks. */
import { randomBytes } from 'node:crypto'
import { hostname } from 'node:os'
import { MilterClient } from '../milter/client.ts'
import { messageOf } from '../fault.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, UsageError, type Terminal, type Verb } from './verb.ts'

/** The plugin interface of Nagios: exit code and first word of the one line. */
const STATES = ['OK', 'WARNING', 'CRITICAL', 'UNKNOWN'] as const
type State = (typeof STATES)[number]

/** Milliseconds. */
const DEFAULTS = { warning: 2000, critical: 10_000, timeout: 20_000 }

const OPTIONS = {
  config: CONFIG_OPTION,
  warning: {
    short: 'w',
    value: 'MS',
    help: `warn from so many milliseconds on; default ${DEFAULTS.warning}`,
  },
  critical: {
    short: 'c',
    value: 'MS',
    help: `critical from so many milliseconds on; default ${DEFAULTS.critical}`,
  },
  timeout: {
    short: 't',
    value: 'MS',
    help: `wait for one answer at most so long; default ${DEFAULTS.timeout}`,
  },
} satisfies OptionTable

export const verb: Verb = {
  name: 'ping',
  usage: ['[OPTION…] [ADDRESS]'],
  about: `Hands the filter one small harmless mail, as an MTA would, and says in one line with performance data whether it
was judged and how long that took. ADDRESS is as in the configuration's listen (default: its first), such as
inet:8893@127.0.0.1 or unix:/run/hamlet/hamlet.sock. The mail is never delivered; it stands in the journal as one from
hamlet-ping at the name of this machine.`,
  options: OPTIONS,
  exits: {
    0: 'it judges in time',
    1: 'it is slow, or puts mail off',
    2: 'it cannot be reached, is too slow or refuses a harmless mail',
    3: 'wrong usage or configuration',
  },

  async run(args, terminal) {
    try {
      return await ping(args, terminal)
    } catch (error) {
      // a monitor knows no other codes than these four
      if (error instanceof CommandError) return say(terminal, 'UNKNOWN', error.message.replaceAll('\n', ' '))
      throw error
    }
  },
}

async function ping(args: readonly string[], terminal: Terminal): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS)
  if (positionals.length > 1) throw new UsageError('expected one ADDRESS')
  const warning = milliseconds('--warning', values.warning, DEFAULTS.warning)
  const critical = milliseconds('--critical', values.critical, DEFAULTS.critical)
  const timeoutMs = milliseconds('--timeout', values.timeout, DEFAULTS.timeout)
  const address = positionals[0] ?? reachable(loadConfig(values.config).config.listen)
  const started = performance.now()
  let reply: Awaited<ReturnType<typeof judged>>
  try {
    reply = await judged(address, timeoutMs)
  } catch (error) {
    return say(terminal, 'CRITICAL', `${address}: ${messageOf(error)}`)
  }
  const took = Math.round(performance.now() - started)
  const figures = `time=${took}ms;${warning};${critical};0`
  if (reply.kind === 'tempfail' || (reply.kind === 'refuse' && reply.code < 500))
    return say(terminal, 'WARNING', `${address}: mail is put off | ${figures}`)
  if (reply.kind !== 'continue' && reply.kind !== 'accept')
    return say(terminal, 'CRITICAL', `${address}: a harmless mail got ${reply.kind} | ${figures}`)
  const state = took >= critical ? 'CRITICAL' : took >= warning ? 'WARNING' : 'OK'
  return say(terminal, state, `${address} judged a mail in ${took} ms | ${figures}`)
}

function say(terminal: Terminal, state: State, text: string): number {
  terminal.out(`HAMLET ${state}: ${text}`)
  return STATES.indexOf(state)
}

function milliseconds(option: string, text: string | undefined, preset: number): number {
  const value = Number(text ?? preset)
  if (!Number.isInteger(value) || value < 1) throw new UsageError(`${option}: expected milliseconds, from 1`)
  return value
}

/** Where a client reaches what the daemon listens on. */
function reachable(listen: string | readonly string[]): string {
  const addresses = typeof listen === 'string' ? [listen] : listen
  const known = addresses.find((address) => !/^(?:systemd|fd)\b/.test(address))
  if (known === undefined) throw new UsageError('the daemon gets its socket from outside: name the ADDRESS')
  return known
    .replace(/^inet:(\d+)(?:@0\.0\.0\.0)?$/, 'inet:$1@127.0.0.1')
    .replace(/^inet6:(\d+)(?:@::)?$/, 'inet6:$1@::1')
}

/** One whole dialogue; the answer to the end of the mail, or the refusal that came before. */
async function judged(socket: string, timeoutMs: number) {
  const client = await MilterClient.connect(socket, { timeoutMs })
  try {
    await client.negotiate()
    const id = `hamlet-ping-${randomBytes(6).toString('hex')}`
    const host = hostname()
    const address = `hamlet-ping@${host}`
    const macros = { i: id, j: host }
    const steps = [
      () => client.connect({ address: '127.0.0.1', hostname: 'localhost', port: 0 }, { j: host }),
      () => client.helo('localhost'),
      () => client.mail(address, macros),
      () => client.rcpt(address, macros),
      () => client.data(macros),
    ]
    for (const step of steps) {
      const reply = await step()
      if (!['continue', 'unasked', 'accept'].includes(reply.kind)) return reply
    }
    const headers = {
      From: `Hamlet <${address}>`,
      To: `Hamlet <${address}>`,
      Subject: 'hamlet ping',
      Date: new Date().toUTCString().replace('GMT', '+0000'),
      'Message-ID': `<${id}@${host}>`,
    }
    for (const [name, value] of Object.entries(headers)) await client.header(name, ` ${value}`)
    await client.body('A mail by which monitoring sees that mail is judged.\r\n')
    const { reply } = await client.eom()
    await client.quit()
    return reply
  } finally {
    client.destroy()
  }
}
