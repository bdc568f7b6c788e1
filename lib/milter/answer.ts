/**
 * The MTA's half of the codec: commands to frames, and a milter's answers to values.
 *
 * Used by the client only; the server's half is command.ts and reply.ts. The two share nothing but frames and
 * numbers, so that a test of one against the other means something.
 */

import { encodeFrame, type Frame } from './frame.ts'
import type { MailAddress } from './mail-address.ts'
import type { Client, Edit, Path } from './handler.ts'
import { ANSWER, COMMAND, MACRO_STAGES, octetName, octets, ProtocolError, type MacroStage } from './wire.ts'

/** What a milter answered to one command. */
export type MilterReply =
  | { readonly kind: 'continue' | 'accept' | 'discard' | 'reject' | 'tempfail' | 'skip' | 'shutdown' }
  | { readonly kind: 'connectionFailure' }
  /** SMFIR_REPLYCODE; `lines` as the SMTP client would see them, `%%` undone. */
  | {
      readonly kind: 'refuse'
      readonly code: number
      readonly enhanced: string
      readonly text: string
      readonly lines: readonly string[]
    }
  /** Nothing was sent, or no answer was to be waited for, as negotiated. */
  | { readonly kind: 'unasked' }

/** One answer frame. */
export type Answer =
  | { readonly kind: 'final'; readonly reply: MilterReply }
  | { readonly kind: 'progress' }
  | { readonly kind: 'edit'; readonly edit: Edit }

export interface Offered {
  readonly version: number
  readonly actions: number
  readonly steps: number
  readonly macros: { readonly [S in MacroStage]?: readonly string[] }
}

function text(value: string): Buffer {
  return octets(`${value}\0`)
}

function uint32s(...values: readonly number[]): Buffer {
  const field = Buffer.alloc(values.length * 4)
  values.forEach((value, index) => field.writeUInt32BE(value, index * 4))
  return field
}

export function encodeOffer(version: number, actions: number, steps: number): Buffer {
  return encodeFrame(COMMAND.negotiate, uint32s(version, actions, steps))
}

export function encodeMacros(of: number, macros: Readonly<Record<string, string>>): Buffer {
  const parts = Object.entries(macros).map(([name, value]) => octets(`${name}\0${value}\0`))
  return encodeFrame(COMMAND.macros, Uint8Array.of(of), ...parts)
}

export function encodeClient({ address, hostname, port }: Client): Buffer {
  if (address === null) return encodeFrame(COMMAND.connect, text(hostname), octets('U'))
  const family = octets(address.includes(':') ? '6' : '4')
  const portField = Uint8Array.of(port >> 8, port & 0xff)
  return encodeFrame(COMMAND.connect, text(hostname), family, portField, text(address))
}

export function encodePath(command: number, { address, parameters }: Path): Buffer {
  return encodeFrame(command, text(`<${address}>`), ...parameters.map((parameter) => text(parameter)))
}

/** A command with any number of strings. */
export function encodeStrings(command: number, ...values: readonly string[]): Buffer {
  return encodeFrame(command, ...values.map((value) => text(value)))
}

/** Reads the milter's side of the negotiation. @throws ProtocolError */
export function decodeOffered({ command, data }: Frame): Offered {
  if (command !== ANSWER.negotiate || data.length < 12)
    throw new ProtocolError(
      'bad-value',
      `no negotiation but ${octetName(command)} with ${data.length} octets`,
    )
  const macros: Partial<Record<MacroStage, readonly string[]>> = {}
  for (let position = 12; position < data.length;) {
    const end = data.indexOf(0, position + 4)
    if (end === -1) throw new ProtocolError('missing-nul', 'a macro list that does not end')
    const stage = MACRO_STAGES[data.readUInt32BE(position)]
    if (stage === undefined) throw new ProtocolError('bad-value', 'a macro list for an unknown stage')
    macros[stage] = data.toString('latin1', position + 4, end).split(' ')
    position = end + 1
  }
  return {
    version: data.readUInt32BE(0),
    actions: data.readUInt32BE(4),
    steps: data.readUInt32BE(8),
    macros,
  }
}

const BARE = new Map<number, MilterReply>([
  [ANSWER.continue, { kind: 'continue' }],
  [ANSWER.accept, { kind: 'accept' }],
  [ANSWER.discard, { kind: 'discard' }],
  [ANSWER.reject, { kind: 'reject' }],
  [ANSWER.tempfail, { kind: 'tempfail' }],
  [ANSWER.skip, { kind: 'skip' }],
  [ANSWER.shutdown, { kind: 'shutdown' }],
  [ANSWER.connectionFailure, { kind: 'connectionFailure' }],
])

/** Reads one answer. @throws ProtocolError for what no MTA would take */
export function decodeAnswer({ command, data }: Frame): Answer {
  const bare = BARE.get(command)
  if (bare !== undefined || command === ANSWER.progress) {
    if (data.length > 0) throw new ProtocolError('left-over-octets', `${octetName(command)} with data`)
    return bare === undefined ? { kind: 'progress' } : { kind: 'final', reply: bare }
  }
  if (command === ANSWER.replyCode) return { kind: 'final', reply: decodeRefusal(data) }
  return { kind: 'edit', edit: decodeEdit(command, data) }
}

function decodeRefusal(data: Buffer): MilterReply {
  const [all = ''] = strings(data, 1)
  const lines = all.replace(/%(.?)/g, (_, next: string) => (next === '%' ? '%' : next)).split('\r\n')
  const parsed = lines.map((line) => /^([45]\d\d)([ -])(?:([45]\.\d{1,3}\.\d{1,3}) )?([^\r\n]*)$/.exec(line))
  const [first] = parsed
  const wellFormed = parsed.every(
    (line, index) =>
      line !== null && line[1] === first?.[1] && line[2] === (index === lines.length - 1 ? ' ' : '-'),
  )
  if (first === undefined || first === null || !wellFormed)
    throw new ProtocolError('bad-value', `malformed reply ${JSON.stringify(all.slice(0, 200))}`)
  return {
    kind: 'refuse',
    code: Number(first[1]),
    enhanced: first[3] ?? '',
    text: parsed.map((line) => line?.[4] ?? '').join('\n'),
    lines,
  }
}

function decodeEdit(command: number, data: Buffer): Edit {
  switch (command) {
    case ANSWER.addHeader: {
      const [name = '', value = ''] = strings(data, 2)
      return { kind: 'addHeader', name, value }
    }
    case ANSWER.insertHeader: {
      const [name = '', value = ''] = strings(data.subarray(4), 2)
      return { kind: 'insertHeader', index: index(data), name, value }
    }
    case ANSWER.changeHeader: {
      const [name = '', value = ''] = strings(data.subarray(4), 2)
      const nth = index(data)
      return value === '' ? { kind: 'removeHeader', nth, name } : { kind: 'changeHeader', nth, name, value }
    }
    case ANSWER.replaceBody:
      return { kind: 'replaceBody', body: data }
    default:
      return decodeEnvelopeEdit(command, data)
  }
}

function decodeEnvelopeEdit(command: number, data: Buffer): Edit {
  const [first = '', second] = strings(data, null)
  // as it came but for one pair of brackets, so that a test sees a second one
  const address = first.replace(/^<(.*)>$/, '$1') as MailAddress
  const parameters = second === undefined ? {} : { parameters: second }
  switch (command) {
    case ANSWER.addRecipient:
      return { kind: 'addRecipient', address }
    case ANSWER.addRecipientWithParameters:
      return { kind: 'addRecipient', address, ...parameters }
    case ANSWER.removeRecipient:
      return { kind: 'removeRecipient', address }
    case ANSWER.changeSender:
      return { kind: 'changeSender', address, ...parameters }
    case ANSWER.quarantine:
      return { kind: 'quarantine', reason: first }
    default:
      throw new ProtocolError('unknown-command', `unknown answer ${octetName(command)}`)
  }
}

function index(data: Buffer): number {
  if (data.length < 4) throw new ProtocolError('data-truncated', 'a header edit without a position')
  return data.readUInt32BE(0)
}

/** The NUL-ended strings of an answer. @param count how many there must be; null for at least one */
function strings(data: Buffer, count: number | null): string[] {
  if (data[data.length - 1] !== 0)
    throw new ProtocolError('missing-nul', 'an answer that does not end in NUL')
  const values = data.toString('latin1', 0, data.length - 1).split('\0')
  if (count !== null && values.length !== count)
    throw new ProtocolError('left-over-octets', `${values.length} strings in place of ${count}`)
  return values
}
