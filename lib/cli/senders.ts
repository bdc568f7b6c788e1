/** `hamlet senders`: what senders have earned by their mails, and how to forgive or forget it. */
import { faded, type Reputation } from '../store/reputation-store.ts'
import type { StateStore } from '../store/state.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { openStateOf } from './sender-list.ts'
import { EXIT, UsageError, type Terminal, type Verb } from './verb.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { help: 'one object a line' },
  limit: { value: 'N', help: 'how many at most (default 50)' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'senders',
  usage: ['[--config FILE] [--json] [--limit N] [show [TEXT]]', '[--config FILE] forgive|forget ADDRESS...'],
  about: `Shows the average score of each sender whose address contains TEXT, the most recent first, with what proves them:
dkim:DOMAIN, spf:DOMAIN, or net:NETWORK for mail that nothing proved.`,
  actions: {
    show: 'the senders whose address contains TEXT, or all',
    forgive: 'the sender starts again at nothing',
    forget: 'the sender is not known any more',
  },
  options: OPTIONS,
  takes: 'address',
  exits: {
    0: 'done',
    1: 'nobody of that name is known',
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
  const limit = Number(values.limit ?? 50)
  if (!Number.isInteger(limit) || limit < 1) throw new UsageError('--limit wants a whole number from 1')
  if (action !== 'show' && action !== 'forgive' && action !== 'forget')
    throw new UsageError(`expected show, forgive or forget, not ${action}`)
  if (action !== 'show' && whom.length === 0) throw new UsageError(`${action} wants at least one address`)
  const { config } = loadConfig(values.config)
  const store = openStateOf(config)
  try {
    if (action !== 'show') return change(action, whom, store, terminal)
    const found = store.reputation.search(whom.join(' '), limit)
    const { half_life: halfLife, most_mails: most } = config.reputation
    for (const one of found) {
      const { mails, total } = faded(one, now, { halfLife, most })
      const average = mails > 0 ? total / mails : 0
      terminal.out(values.json === true ? JSON.stringify({ ...one, average }) : line(one, mails, average))
    }
    if (found.length === 0) terminal.err('nobody is known')
    return found.length === 0 && whom.length > 0 ? EXIT.negative : EXIT.ok
  } finally {
    store.close()
  }
}

function line({ address, identity, last }: Reputation, mails: number, average: number): string {
  const when = new Date(last).toISOString().slice(0, 16).replace('T', ' ')
  return `${address} (${identity})  ${average.toFixed(1)} on average of ${mails.toFixed(1)} mails, last ${when}`
}

function change(
  action: 'forgive' | 'forget',
  whom: readonly string[],
  store: StateStore,
  terminal: Terminal,
): number {
  const changed = whom.map((address) => {
    const rows = store.reputation[action](address)
    terminal.out(
      rows === 0 ? `${address}: not known` : `${address}: ${action === 'forgive' ? 'forgiven' : 'forgotten'}`,
    )
    return rows > 0
  })
  return changed.includes(false) ? EXIT.negative : EXIT.ok
}
