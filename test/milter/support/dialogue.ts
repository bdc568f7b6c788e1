/**
 * Dialogues between an MTA and a milter as text, so that one script can be run against the state machine alone and
 * against a real socket.
 *
 *   on STAGE [KEY]: ANSWER     what the handler answers; KEY is an address or a header's name; `on aborted: -` adds one
 *   edit {json}                an edit that goes with the answer at the end of the message
 *   limits {json}              session limits
 *   > COMMAND ...              what the MTA sends
 *   < ANSWER | nothing         what it gets; `closed CODE` after a violation
 *   ! EVENT ...                what the handler was told, in order
 */

import { readFileSync } from 'node:fs'
import {
  encodeClient,
  encodeMacros,
  encodeOffer,
  encodePath,
  encodeStrings,
} from '../../../lib/milter/answer.ts'
import type { MilterReply, Offered } from '../../../lib/milter/answer.ts'
import { encodeFrame } from '../../../lib/milter/frame.ts'
import type { Edit, MilterHandler, Reply } from '../../../lib/milter/handler.ts'
import { COMMAND, octets } from '../../../lib/milter/wire.ts'

export interface Turn {
  readonly line: string
  readonly frames: Buffer
  readonly expected: readonly string[]
}

export interface Dialogue {
  readonly answers: ReadonlyMap<string, string>
  readonly edits: readonly Edit[]
  readonly limits: Record<string, number>
  readonly turns: readonly Turn[]
  readonly events: readonly string[]
}

export function readDialogue(path: string): Dialogue {
  const answers = new Map<string, string>()
  const edits: Edit[] = []
  const turns: { line: string; frames: Buffer; expected: string[] }[] = []
  const events: string[] = []
  let limits: Record<string, number> = {}
  for (const line of readFileSync(path, 'utf8').split('\n')) {
    const rest = line.slice(2)
    if (line.startsWith('on ')) {
      const colon = line.indexOf(': ')
      answers.set(line.slice(3, colon), line.slice(colon + 2))
    } else if (line.startsWith('edit ')) edits.push(readEdit(line.slice(5)))
    else if (line.startsWith('limits ')) limits = JSON.parse(line.slice(7)) as Record<string, number>
    else if (line.startsWith('> ')) turns.push({ line, frames: encodeLine(rest), expected: [] })
    else if (line.startsWith('< ')) turns.at(-1)?.expected.push(rest)
    else if (line.startsWith('! ')) events.push(rest)
    else if (line !== '' && !line.startsWith('#')) throw new Error(`not a dialogue line: ${line}`)
  }
  return { answers, edits, limits, turns, events }
}

function readEdit(json: string): Edit {
  const edit = JSON.parse(json) as Edit
  return edit.kind === 'replaceBody' ? { ...edit, body: octets(String(edit.body)) } : edit
}

function encodeLine(line: string): Buffer {
  const space = line.indexOf(' ')
  const verb = space === -1 ? line : line.slice(0, space)
  const text = space === -1 ? '' : line.slice(space + 1)
  const words = text === '' ? [] : text.split(' ')
  switch (verb) {
    case 'negotiate':
      return encodeOffer(Number(words[0]), Number(words[1]), Number(words[2]))
    case 'macros':
      return encodeMacros(
        commandOf(words[0] ?? ''),
        Object.fromEntries(words.slice(1).map((pair) => pair.split('=', 2) as [string, string])),
      )
    case 'connect': {
      const [hostname = '', address = 'unknown', port = '0'] = words
      return encodeClient({ hostname, address: address === 'unknown' ? null : address, port: Number(port) })
    }
    case 'mail':
    case 'rcpt':
      return encodePath(commandOf(verb), { address: words[0] ?? '', parameters: words.slice(1) })
    case 'helo':
    case 'unknown':
      return encodeStrings(commandOf(verb), text)
    case 'header': {
      const colon = text.indexOf(':')
      return encodeStrings(COMMAND.header, text.slice(0, colon), unescape(text.slice(colon + 1)))
    }
    case 'raw':
      return Buffer.from(text.replaceAll(' ', ''), 'hex')
    default:
      return encodeFrame(commandOf(verb), octets(unescape(text)))
  }
}

function unescape(text: string): string {
  return text.replaceAll('\\n', '\n').replaceAll('\\r', '\r')
}

const COMMANDS: Readonly<Record<string, number>> = {
  connect: COMMAND.connect,
  helo: COMMAND.helo,
  mail: COMMAND.mail,
  rcpt: COMMAND.recipient,
  data: COMMAND.data,
  header: COMMAND.header,
  eoh: COMMAND.endOfHeaders,
  body: COMMAND.body,
  eom: COMMAND.endOfMessage,
  abort: COMMAND.abort,
  quit: COMMAND.quit,
  'quit-nc': COMMAND.quitNewConnection,
  unknown: COMMAND.unknown,
}

function commandOf(verb: string): number {
  const command = COMMANDS[verb]
  if (command === undefined) throw new Error(`no command ${verb}`)
  return command
}

/** A handler that answers as the dialogue says and writes down what it was told. */
export function scripted({ answers, edits }: Dialogue, events: string[]): MilterHandler {
  const has = (stage: string): boolean => [...answers.keys()].some((key) => key.split(' ')[0] === stage)
  const reply = (stage: string, key: string): Reply =>
    readReply(answers.get(`${stage} ${key}`) ?? answers.get(stage) ?? 'continue')
  const told = (stage: string, key: string): Reply => {
    events.push(key === '' ? stage : `${stage} ${key}`)
    return reply(stage, key)
  }
  return {
    ...(has('connect') && {
      connect: ({ client }) => told('connect', `${client.hostname} ${client.address}`),
    }),
    ...(has('helo') && { helo: ({ helo }) => told('helo', helo) }),
    ...(has('sender') && {
      sender: ({ sender }) => told('sender', [sender.address, ...sender.parameters].join(' ')),
    }),
    ...(has('recipient') && { recipient: ({ recipient }) => told('recipient', recipient.address) }),
    ...(has('rejectedRecipient') && {
      rejectedRecipient: ({ recipient, status, reason }) => {
        told('rejectedRecipient', `${recipient.address} ${status} ${reason}`)
      },
    }),
    ...(has('data') && {
      data: ({ recipients }) => told('data', recipients.map((r) => r.address).join(',')),
    }),
    ...(has('unknown') && { unknown: ({ line }) => told('unknown', line) }),
    ...(has('header') && { header: ({ name }) => told('header', name) }),
    ...(has('endOfHeaders') && { endOfHeaders: () => told('endOfHeaders', '') }),
    ...(has('body') && { body: (chunk) => told('body', Buffer.from(chunk).toString('latin1')) }),
    ...(has('message') && {
      message: (m) => {
        const envelope = `${m.queueId} ${m.sender.address} ${m.recipients.map((r) => r.address).join(',')}`
        const headers = m.headers.map(({ name, value }) => `${name}:${value}`).join('|')
        const body = Buffer.from(m.body).toString('latin1')
        events.push(
          `message ${JSON.stringify(`${envelope} ${headers} ${body}`)}${m.truncated ? ` of ${m.bodySize}` : ''}`,
        )
        return { reply: reply('message', m.sender.address), edits }
      },
    }),
    ...(has('aborted') && { aborted: () => events.push('aborted') && undefined }),
    closed: () => events.push('closed') && undefined,
  }
}

function readReply(text: string): Reply {
  const [kind = '', code = '', enhanced = '', ...words] = text.split(' ')
  if (kind === 'throw') throw new Error(text.slice(6))
  if (kind !== 'refuse') return { kind } as Reply
  return { kind, reply: { code: Number(code), enhanced, text: unescape(words.join(' ')) } }
}

export function showReply(reply: MilterReply): string {
  return reply.kind === 'refuse' ? `refuse ${reply.lines.join(' / ')}` : reply.kind
}

export function showEdit(edit: Edit): string {
  return `edit ${JSON.stringify(edit.kind === 'replaceBody' ? { ...edit, body: Buffer.from(edit.body).toString('latin1') } : edit)}`
}

export function showOffered({ version, actions, steps }: Offered): string {
  return `negotiated ${version} 0x${actions.toString(16)} 0x${steps.toString(16)}`
}
