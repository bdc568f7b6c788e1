/**
 * SpamAssassin's options that put an address on a list or take it off, on Hamlet's stored sender lists: what
 * `hamlet allow --unproven` and `hamlet block` keep. Only there once such an option was given for the same preferences.
 */
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { NO_AUTH_FACTS } from '../support/auth-facts.ts'
import { keysOf } from '../../lib/auth/sender-entry.ts'
import { fromAddresses } from '../../lib/checks/author.ts'
import { judge } from '../../lib/checks/sender-lists.ts'
import type { Message } from '../../lib/mail/message.ts'
import type { FactHit } from '../../lib/rules/evaluate.ts'
import type { ListKind } from '../../lib/store/sender-list-store.ts'
import { openState } from '../../lib/store/state.ts'

const COMMANDS: Readonly<Record<string, readonly [kind: ListKind | undefined, answer: string]>> = {
  '--add-addr-to-welcomelist': ['allow', 'adding address to welcomelist'],
  '--add-addr-to-blocklist': ['block', 'adding address to blocklist'],
  '--remove-addr-from-welcomelist': [undefined, 'removing address'],
}
/** More than any rule of the tests. */
const POINTS = 100

export const isListCommand = (option: string): boolean => Object.hasOwn(COMMANDS, option)

/** Does what the option says and returns what is to be printed. */
export function listSender(option: string, address: string, preferences: string): string {
  const [kind, answer] = COMMANDS[option] ?? [undefined, '']
  const sender = address.toLowerCase()
  const { senderLists, close } = openState(dirname(preferences))
  for (const other of ['allow', 'block'] as const) if (other !== kind) senderLists.remove(other, sender, '')
  if (kind !== undefined)
    senderLists.put({
      kind,
      sender,
      recipient: '',
      proof: 'unproven',
      note: '',
      added: Date.now(),
      expires: 0,
    })
  close()
  return `SpamAssassin auto-welcomelist: ${answer}: ${sender}\n`
}

/** What the lists say of a message's author, worth more than the rules. */
export function listedSender(message: Message, preferences: string): readonly FactHit[] {
  const directory = dirname(preferences)
  if (!existsSync(join(directory, 'state.sqlite'))) return []
  const { senderLists, close } = openState(directory)
  const senders = fromAddresses(message.headers.map(({ name, raw }) => ({ name, value: raw })))
  const found = senderLists.find(senders.flatMap(keysOf), Date.now())
  close()
  const entries = found.map((entry) => ({ ...entry, stored: true }))
  const situation = {
    author: senders[0] ?? null,
    senders,
    recipients: [],
    auth: NO_AUTH_FACTS,
    groups: new Set<string>(),
  }
  const { result } = judge(entries, situation, { block_action: 'reject', block_text: '' })
  if (result.kind !== 'hits') return []
  return result.hits.map(({ name }) => ({ name, score: name === 'SENDER_ALLOWED' ? -POINTS : POINTS }))
}
