/** `hamlet lists`: which DNS lists are asked, which are suspended, since when and why. */
import { keepDnsLists } from '../checks/list-keeper.ts'
import type { Config } from '../config/schema.ts'
import { resolverFor } from '../scan/resolver.ts'
import { StoreError } from '../store/database.ts'
import type { ListRecord } from '../store/list-status-store.ts'
import { openState } from '../store/state.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, EXIT, UsageError, type Terminal, type Verb } from './verb.ts'

const OPTIONS = {
  config: CONFIG_OPTION,
  json: { help: 'one object a line' },
  test: { help: 'do not look at what the daemon found, but test the lists now, from here' },
} satisfies OptionTable

export const verb: Verb = {
  name: 'lists',
  usage: ['[--config FILE] [--json] [--test]'],
  about: `Shows the DNS lists as the daemon last found them: which are asked, and which are suspended because they failed their
test, suddenly have nearly all clients, or do not answer. A suspended list comes back by itself.`,
  options: OPTIONS,
  exits: {
    0: 'every list is asked or switched off',
    1: 'one is suspended or nothing is known yet',
    64: 'wrong usage',
    75: 'the store is locked or unusable',
    78: 'wrong configuration',
  },
  run: (args, terminal) => run(args, terminal, Date.now),
}

/** Exported for tests, which bring their own time. */
export async function run(args: readonly string[], terminal: Terminal, now: () => number): Promise<number> {
  const { values, positionals } = parseOptions(args, OPTIONS)
  if (positionals.length > 0) throw new UsageError(`unexpected ${positionals.join(' ')}`)
  const { config } = loadConfig(values.config)
  if (config.dns_lists.lists.length === 0) {
    terminal.err('no DNS list is configured')
    return EXIT.ok
  }
  const found = values.test === true ? await testNow(config, now) : recorded(config, now)
  if (found === null) {
    terminal.err('the daemon has not tested the lists yet; --test does so from here')
    return EXIT.negative
  }
  for (const record of found.records)
    terminal.out(values.json === true ? JSON.stringify(record) : line(record, now()))
  // it is recorded anew at every round of tests
  if (now() - found.at > 2 * config.dns_lists.test_interval)
    terminal.err(`the daemon said so ${ago(now() - found.at)} ago: is it running?`)
  return found.records.some(isSuspended) ? EXIT.negative : EXIT.ok
}

interface Found {
  readonly at: number
  readonly records: readonly ListRecord[]
}

function recorded(config: Config, now: () => number): Found | null {
  try {
    const store = openState(config.state)
    try {
      return store.listStatus.latest(now())
    } finally {
      store.close()
    }
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(error.message, EXIT.tempfail)
    throw error
  }
}

async function testNow(config: Config, now: () => number): Promise<Found> {
  const dns = resolverFor(config.dns)
  const quiet = { info: () => undefined, warn: () => undefined }
  const keeper = keepDnsLists(config, { dns, now, log: quiet })
  try {
    await keeper.test()
    return { at: now(), records: keeper.status() }
  } finally {
    keeper.stop()
    dns.close()
  }
}

/** A list that the administrator switched off has no beginning of its suspension. */
function isSuspended({ suspended, since }: ListRecord): boolean {
  return suspended !== null && since !== null
}

function line(record: ListRecord, now: number): string {
  const { label, suspended, since, tested, silent, share } = record
  const parts = [
    suspended === null
      ? silent === null
        ? 'asked'
        : `NO ANSWER: ${silent}`
      : since === null
        ? suspended
        : `SUSPENDED for ${ago(now - since)}: ${suspended}`,
    ...(tested === null ? [] : [`tested ${ago(now - tested)} ago`]),
    ...(share === null ? [] : [`has ${Math.round(share * 100)} % of the latest clients`]),
  ]
  return `${label}  ${parts.join('; ')}`
}

function ago(milliseconds: number): string {
  const minutes = Math.max(0, Math.floor(milliseconds / 60_000))
  if (minutes < 1) return `${Math.max(0, Math.round(milliseconds / 1000))} s`
  return minutes < 120 ? `${minutes} min` : `${Math.floor(minutes / 60)} h`
}
