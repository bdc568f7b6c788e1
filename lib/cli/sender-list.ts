/** What `hamlet allow` and `hamlet block` have in common: entries of the stored sender lists. */
import { parseProof, parseSender } from '../auth/sender-entry.ts'
import { parseDuration } from '../config/units.ts'
import { StoreError } from '../store/database.ts'
import type { ListedSender, ListKind } from '../store/sender-list-store.ts'
import { openState, type StateStore } from '../store/state.ts'
import { boundsOf } from '../checks/retention.ts'
import type { Config } from '../config/schema.ts'
import { loadConfig } from './config-file.ts'
import { CONFIG_OPTION, parseOptions, type OptionTable } from './options.ts'
import { CommandError, EXIT, UsageError, type Terminal } from './verb.ts'

const LIST_OPTIONS = {
  for: { value: 'WHOM', help: 'only for mail to this domain or address' },
  expires: { value: 'TIME', help: 'for so long, such as 90d' },
  note: { value: 'TEXT', help: 'why, for the list' },
  list: { help: 'print the entries instead' },
  remove: { help: 'remove the entries instead' },
  json: { help: '(--list) one JSON object a line' },
  config: CONFIG_OPTION,
} satisfies OptionTable
export const BLOCK_OPTIONS = LIST_OPTIONS
export const ALLOW_OPTIONS = {
  by: {
    value: 'PROOF',
    help: 'dkim:DOMAIN, spf:DOMAIN, group:NAME (clients in that IP group), net:192.0.2.0/24 (clients of that network) or aligned',
  },
  unproven: { help: 'ask for no proof; whoever forges the address is let in' },
  ...LIST_OPTIONS,
} satisfies OptionTable

/** Opens the state directory; a store that cannot be used is one line. */
export function openStateOf(config: Config): StateStore {
  try {
    return openState(config.state, { bounds: boundsOf(config) })
  } catch (error) {
    if (error instanceof StoreError) throw new CommandError(error.message, EXIT.tempfail)
    throw error
  }
}

export function runList(kind: ListKind, args: readonly string[], terminal: Terminal, now: number): number {
  const { values, positionals } = parseOptions(args, ALLOW_OPTIONS)
  const senders = positionals.map(senderOf)
  if (values.list !== true && senders.length === 0) throw new UsageError('expected at least one sender')
  if (kind === 'block' && (values.by !== undefined || values.unproven === true))
    throw new UsageError('a blocked sender needs no proof')
  const wanted = { ...values, by: proofOf(values), expires: expiryOf(values.expires, now) }
  const { config } = loadConfig(values.config)
  const store = openStateOf(config)
  try {
    if (values.list === true) return list(kind, store, terminal, now, values.json === true)
    if (values.remove === true) return remove(kind, senders, recipientOf(values.for), store, terminal)
    for (const sender of senders) add(kind, sender, wanted, store, terminal, now)
    return EXIT.ok
  } finally {
    store.close()
  }
}

function senderOf(text: string): string {
  const sender = parseSender(text)
  if (sender === null) throw new UsageError(`expected name@example.org or @example.org, not ${text}`)
  return sender
}

function proofOf({
  by,
  unproven,
}: {
  by?: string | undefined
  unproven?: boolean | undefined
}): string | null {
  if (unproven === true) return 'unproven'
  if (by === undefined) return null
  if (parseProof(by) === null)
    throw new UsageError('--by wants aligned, dkim:DOMAIN, spf:DOMAIN, group:NAME or net:NETWORK')
  return by.toLowerCase().startsWith('group:') ? by : by.toLowerCase()
}

function expiryOf(text: string | undefined, now: number): number {
  if (text === undefined) return 0
  const duration = parseDuration(text)
  if (duration === null || duration === 0) throw new UsageError('--expires wants a duration such as 90d')
  return now + duration
}

const recipientOf = (text: string | undefined): string => (text ?? '').toLowerCase().replace(/^@/, '')

interface Wanted {
  readonly by: string | null
  readonly for?: string | undefined
  readonly note?: string | undefined
  readonly expires: number
}

function add(
  kind: ListKind,
  sender: string,
  wanted: Wanted,
  store: StateStore,
  terminal: Terminal,
  now: number,
): void {
  const seen = kind === 'allow' && wanted.by === null ? provenBefore(sender, store) : null
  const proof = kind === 'block' ? '' : (wanted.by ?? seen ?? 'aligned')
  const entry = {
    kind,
    sender,
    recipient: recipientOf(wanted.for),
    proof,
    note: wanted.note ?? '',
    added: now,
    expires: wanted.expires,
  }
  store.senderLists.put(entry)
  terminal.out(line({ ...entry, used: 0 }))
  if (kind === 'allow' && proof === 'aligned') adviseUnproven(sender, store, terminal)
  if (proof === 'unproven') terminal.err(`${sender}: anybody who writes this address into From is let in`)
}

/** An entry that waits for a proof is without effect until then: what the last mails had, and to what it can be bound. */
function adviseUnproven(sender: string, store: StateStore, terminal: Terminal): void {
  const networks = [...new Set(seenOf(sender, store).map(({ identity }) => identity))]
    .filter((identity) => /^net:.*\d/.test(identity))
    .slice(0, 3)
  terminal.err(
    networks.length === 0
      ? `${sender}: no proven mail was seen yet; the entry counts as soon as SPF or DKIM of their own domain passes`
      : `${sender}: the last mails had neither SPF nor DKIM of their own domain, so the entry has no effect on them; they came from ${networks.map((one) => one.slice('net:'.length)).join(', ')}`,
  )
  for (const network of networks)
    terminal.err(`to let in what comes from there: hamlet allow --by ${network} ${sender}`)
}

/** Whose mails under this address or domain were seen, the most recent first. */
const seenOf = (sender: string, store: StateStore) =>
  store.reputation
    .search(sender, 200)
    .filter(({ address }) => address === sender || (sender.startsWith('@') && address.endsWith(sender)))

/** What proved earlier mails of this address; the strongest, null when nothing did. */
function provenBefore(sender: string, store: StateStore): string | null {
  const seen = seenOf(sender, store).map(({ identity }) => identity)
  return seen.find((one) => one.startsWith('dkim:')) ?? seen.find((one) => one.startsWith('spf:')) ?? null
}

function remove(
  kind: ListKind,
  senders: readonly string[],
  recipient: string,
  store: StateStore,
  terminal: Terminal,
): number {
  const removed = senders.map((sender) => {
    const was = store.senderLists.remove(kind, sender, recipient)
    terminal.out(was ? `${sender}: removed` : `${sender}: was not there`)
    return was
  })
  return removed.includes(false) ? EXIT.negative : EXIT.ok
}

function list(kind: ListKind, store: StateStore, terminal: Terminal, now: number, json: boolean): number {
  for (const entry of store.senderLists.list(kind, now))
    terminal.out(json ? JSON.stringify(entry) : line(entry))
  return EXIT.ok
}

function line({ kind, sender, recipient, proof, note, expires, used }: ListedSender): string {
  const day = (time: number) => new Date(time).toISOString().slice(0, 10)
  return [
    `${kind} ${sender}`,
    ...(proof === '' ? [] : [proof === 'aligned' ? 'by SPF or DKIM of its own domain' : `by ${proof}`]),
    ...(recipient === '' ? [] : [`for ${recipient}`]),
    ...(expires === 0 ? [] : [`until ${day(expires)}`]),
    ...(used === 0 ? [] : [`last used ${day(used)}`]),
    ...(note === '' ? [] : [`(${note})`]),
  ].join(' ')
}
