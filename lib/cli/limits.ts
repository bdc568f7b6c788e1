/** `hamlet limits`: who has used how much of which limit, who is shut out, and how to let them in again. */
import {
  alertKey,
  clientKeyOf,
  counterKey,
  COUNTERS,
  HOUR,
  userKey,
  type CounterName,
} from '../checks/limit-key.ts'
import type { Config } from '../config/schema.ts'
import { StoreError } from '../store/database.ts'
import { openState, type StateStore } from '../store/state.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, EXIT, UsageError, type Terminal, type Verb } from './verb.ts'

/** What a counter is called for people, and the setting that limits it. */
const NAMES: Readonly<
  Record<CounterName, { readonly words: string; readonly setting: keyof Config['limits'] }>
> = {
  [COUNTERS.messages]: { words: 'messages', setting: 'messages_per_hour' },
  [COUNTERS.recipients]: { words: 'recipients', setting: 'recipients_per_hour' },
  [COUNTERS.unknownRecipients]: { words: 'unknown recipients', setting: 'unknown_recipients' },
  [COUNTERS.workersEnded]: { words: 'scan workers ended by its mails', setting: 'workers_ended' },
  [COUNTERS.userMessages]: { words: 'messages of the user', setting: 'user_messages_per_hour' },
  [COUNTERS.userRecipients]: { words: 'recipients of the user', setting: 'user_recipients_per_hour' },
}
const KINDS = Object.values(COUNTERS)

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { help: 'one object a line' },
  top: { value: 'N', help: 'how many of each kind (default 20)' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'limits',
  usage: ['[--config FILE] [--json] [show [CLIENT|USER]]', '[--config FILE] reset CLIENT|USER...'],
  about: `Shows what clients and users have used of their limits within the last hour, and which clients are shut out for
guessing recipients. CLIENT is an IP address, USER a login name. The daemon may be running; a reset counts at once.

What is open right now is no part of it: limits.connections is counted in the memory of the daemon, with the sessions
themselves. \`ss -Htn state established '( sport = :25 )'\` shows who is connected; whom the limit turned away stands in
the journal under LIMIT_CONNECTIONS. limits.failed_commands counts within one session and is forgotten with it.`,
  actions: {
    show: 'who has used how much; the default',
    reset: 'forget what was counted, and let in again',
  },
  options: OPTIONS,
  exits: {
    0: 'done',
    1: 'there was nothing of that name to show or reset',
    64: 'wrong usage',
    75: 'the store is locked or unusable',
    78: 'wrong configuration',
  },
  run: async (args, terminal) => run(args, terminal, Date.now()),
}

/** Exported for tests, which bring their own time. */
export function run(args: readonly string[], terminal: Terminal, now: number): number {
  const { values, positionals } = parseOptions(args, OPTIONS)
  const [action = 'show', ...whom] = positionals
  const top = Number(values.top ?? 20)
  if (!Number.isInteger(top) || top < 1) throw new UsageError('--top wants a whole number from 1')
  if (action !== 'show' && action !== 'reset') throw new UsageError(`unknown action ${action}`)
  if (action === 'reset' && whom.length === 0) throw new UsageError('reset wants at least one client or user')
  if (action === 'show' && whom.length > 1) throw new UsageError('show wants one client or user at most')
  const { config } = loadConfig(values.config)
  const store = open(config.state)
  try {
    if (action === 'reset') return reset(store, whom, config, terminal)
    const entries = whom[0] === undefined ? all(store, now, top) : ofOne(store, whom[0], config, now)
    for (const entry of entries) terminal.out(values.json ? JSON.stringify(entry) : line(entry, config, now))
    if (entries.length === 0)
      terminal.err(
        whom[0] === undefined ? 'nothing was counted within the last hour' : `nothing is known of ${whom[0]}`,
      )
    return entries.length === 0 && whom[0] !== undefined ? EXIT.negative : EXIT.ok
  } finally {
    store.close()
  }
}

function open(directory: string): StateStore {
  try {
    return openState(directory)
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(error.message, EXIT.tempfail)
    throw error
  }
}

type Entry =
  | { readonly kind: 'counter'; readonly counter: CounterName; readonly whom: string; readonly count: number }
  | { readonly kind: 'block'; readonly whom: string; readonly reason: string; readonly until: number }

function all(store: StateStore, now: number, top: number): Entry[] {
  const blocks = store.blocks
    .list(now, top)
    .map(({ key, reason, until }): Entry => ({ kind: 'block', whom: key, reason, until }))
  const counters = KINDS.flatMap((counter) =>
    store.counters.top(`${counter}:`, now, HOUR, top).map(({ key, count }): Entry => ({
      kind: 'counter',
      counter,
      whom: key.slice(counter.length + 1),
      count,
    })),
  )
  return [...blocks, ...counters]
}

function ofOne(store: StateStore, text: string, config: Config, now: number): Entry[] {
  const keys = keysOf(text, config)
  const block = keys.map((key) => store.blocks.blocked(key, now)).find((one) => one !== null)
  const blocks: Entry[] = block
    ? [{ kind: 'block', whom: block.key, reason: block.reason, until: block.until }]
    : []
  const counters = KINDS.flatMap((counter) =>
    keys.map((whom): Entry & { kind: 'counter' } => ({
      kind: 'counter',
      counter,
      whom,
      count: store.counters.count(counterKey(counter, whom), now, HOUR),
    })),
  )
  return [...blocks, ...counters.filter(({ count }) => count > 0)]
}

function reset(store: StateStore, whom: readonly string[], config: Config, terminal: Terminal): number {
  let found = true
  for (const text of whom) {
    const keys = keysOf(text, config)
    // Every kind is reset, not only the first that is there.
    const counters = KINDS.flatMap((counter) =>
      keys.map((key) => {
        store.counters.reset(alertKey(counter, key))
        return store.counters.reset(counterKey(counter, key))
      }),
    )
    const blocks = keys.map((key) => store.blocks.lift(key))
    const any = [...counters, ...blocks].includes(true)
    terminal.out(
      any
        ? `${text}: counters reset${blocks.includes(true) ? ', let in again' : ''}`
        : `${text}: nothing to reset`,
    )
    found &&= any
  }
  return found ? EXIT.ok : EXIT.negative
}

/** A client's key when it is an address, and the user's of that name in any case. */
function keysOf(text: string, config: Config): readonly string[] {
  const client = clientKeyOf(text, config)
  return client === null ? [userKey(text)] : [...new Set([client, userKey(text)])]
}

function line(entry: Entry, config: Config, now: number): string {
  if (entry.kind === 'block')
    return `${entry.whom}  shut out for ${Math.ceil((entry.until - now) / 60_000)} min: ${entry.reason}`
  const { words, setting } = NAMES[entry.counter]
  const limit = config.limits[setting]
  const of = limit === 'off' ? '' : ` of ${String(limit)}`
  return `${entry.whom}  ${entry.count}${of} ${words} in the last hour${limit === 'off' ? ', no limit' : ''}`
}
