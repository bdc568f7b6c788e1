/**
 * A frame from the MTA to a typed command.
 *
 * Every text must end in NUL inside its frame and nothing may be left over; anything else is a ProtocolError, never a
 * guess. Texts are octet strings. Macros stay as they came: an MTA sends them before each header and each chunk, and
 * `macros.ts` looks into them only when somebody asks.
 */

import { isIP } from 'node:net'
import type { Frame } from './frame.ts'
import type { Client, Path, RawHeader } from './handler.ts'
import { COMMAND, octetName, ProtocolError } from './wire.ts'

export interface Offer {
  readonly version: number
  readonly actions: number
  readonly steps: number
}

export type Command =
  | { readonly kind: 'negotiate'; readonly offer: Offer }
  | { readonly kind: 'macros'; readonly of: number; readonly data: Buffer }
  | { readonly kind: 'connect'; readonly client: Client }
  | { readonly kind: 'helo'; readonly helo: string }
  | { readonly kind: 'mail'; readonly path: Path }
  | { readonly kind: 'recipient'; readonly path: Path }
  | { readonly kind: 'data' }
  | { readonly kind: 'unknown'; readonly line: string }
  | { readonly kind: 'header'; readonly header: RawHeader }
  | { readonly kind: 'endOfHeaders' }
  | { readonly kind: 'body'; readonly chunk: Buffer }
  | { readonly kind: 'endOfMessage'; readonly chunk: Buffer }
  | { readonly kind: 'abort' }
  | { readonly kind: 'quit' }
  | { readonly kind: 'quitNewConnection' }

/** The commands that stand within a transaction only. */
export type ContentCommand = Extract<
  Command,
  { kind: 'recipient' | 'data' | 'header' | 'endOfHeaders' | 'body' | 'endOfMessage' }
>

const NUL = 0
const OFFER_OCTETS = 12

/**
 * Reads one command.
 *
 * @throws ProtocolError with code unknown-command, data-truncated, missing-nul, left-over-octets or bad-value
 */
export function decodeCommand({ command, data }: Frame): Command {
  switch (command) {
    case COMMAND.header:
      return { kind: 'header', header: decodeHeader(data) }
    case COMMAND.macros:
      return decodeMacroFrame(data)
    case COMMAND.body:
      return { kind: 'body', chunk: data }
    case COMMAND.endOfMessage:
      return { kind: 'endOfMessage', chunk: data }
    case COMMAND.connect:
      return { kind: 'connect', client: decodeClient(data) }
    case COMMAND.helo:
      return { kind: 'helo', helo: onlyString(data, 'HELO') }
    case COMMAND.mail:
      return { kind: 'mail', path: decodePath(data, 'MAIL') }
    case COMMAND.recipient:
      return { kind: 'recipient', path: decodePath(data, 'RCPT') }
    case COMMAND.unknown:
      return { kind: 'unknown', line: onlyString(data, 'UNKNOWN') }
    case COMMAND.negotiate:
      return { kind: 'negotiate', offer: decodeOffer(data) }
    default:
      return decodeBare(command, data)
  }
}

/** The commands that carry nothing. */
function decodeBare(command: number, data: Buffer): Command {
  const bare = BARE.get(command)
  if (bare === undefined) throw new ProtocolError('unknown-command', `unknown command ${octetName(command)}`)
  if (data.length > 0) throw leftOver(octetName(command), data.length)
  return bare
}

const BARE: ReadonlyMap<number, Command> = new Map<number, Command>([
  [COMMAND.data, { kind: 'data' }],
  [COMMAND.endOfHeaders, { kind: 'endOfHeaders' }],
  [COMMAND.abort, { kind: 'abort' }],
  [COMMAND.quit, { kind: 'quit' }],
  [COMMAND.quitNewConnection, { kind: 'quitNewConnection' }],
])

function decodeOffer(data: Buffer): Offer {
  if (data.length < OFFER_OCTETS)
    throw new ProtocolError(
      'data-truncated',
      `negotiation of ${data.length} octets, ${OFFER_OCTETS} are needed`,
    )
  // A later version may append to the offer; what we do not know we do not read.
  return { version: data.readUInt32BE(0), actions: data.readUInt32BE(4), steps: data.readUInt32BE(8) }
}

function decodeMacroFrame(data: Buffer): Command {
  const of = data[0]
  if (of === undefined) throw new ProtocolError('data-truncated', 'macros without the command they belong to')
  return { kind: 'macros', of, data: data.subarray(1) }
}

function decodeHeader(data: Buffer): RawHeader {
  const nameEnd = stringEnd(data, 0, 'header name')
  const valueEnd = stringEnd(data, nameEnd + 1, 'header value')
  if (valueEnd + 1 !== data.length) throw leftOver('header', data.length - valueEnd - 1)
  return { name: data.toString('latin1', 0, nameEnd), value: data.toString('latin1', nameEnd + 1, valueEnd) }
}

function decodeClient(data: Buffer): Client {
  const nameEnd = stringEnd(data, 0, 'client name')
  const hostname = data.toString('latin1', 0, nameEnd)
  const family = data[nameEnd + 1]
  if (family === undefined) throw new ProtocolError('data-truncated', 'CONNECT without an address family')
  // Sendmail appends nothing to 'U', Postfix neither; libmilter ignores what stands there.
  if (family === 0x55) return { address: null, hostname, port: 0 }
  if (data.length < nameEnd + 4) throw new ProtocolError('data-truncated', 'CONNECT without a port')
  const port = data.readUInt16BE(nameEnd + 2)
  const addressEnd = stringEnd(data, nameEnd + 4, 'client address')
  if (addressEnd + 1 !== data.length) throw leftOver('CONNECT', data.length - addressEnd - 1)
  if (family === 0x4c) return { address: null, hostname, port: 0 } // 'L', a unix-domain peer
  return { address: clientAddress(family, data.toString('latin1', nameEnd + 4, addressEnd)), hostname, port }
}

function clientAddress(family: number, text: string): string {
  // Sendmail writes "IPv6:2001:db8::1" here, Postfix the bare address.
  const address = /^ipv6:/i.test(text) ? text.slice(5) : text
  const expected = family === 0x34 ? 4 : family === 0x36 ? 6 : 0
  if (expected === 0)
    throw new ProtocolError('bad-value', `CONNECT with the unknown address family ${octetName(family)}`)
  if (isIP(address) !== expected)
    throw new ProtocolError('bad-value', `CONNECT with the IPv${expected} address ${quoted(text)}`)
  return address
}

function decodePath(data: Buffer, what: string): Path {
  const words = decodeStrings(data, what)
  const [first, ...parameters] = words
  if (first === undefined) throw new ProtocolError('data-truncated', `${what} without an address`)
  const bracketed = first.length >= 2 && first.startsWith('<') && first.endsWith('>')
  return { address: bracketed ? first.slice(1, -1) : first, parameters }
}

/** All the NUL-ended strings of `data`, in order. */
export function decodeStrings(data: Buffer, what: string): string[] {
  const strings: string[] = []
  for (let position = 0; position < data.length;) {
    const end = stringEnd(data, position, what)
    strings.push(data.toString('latin1', position, end))
    position = end + 1
  }
  return strings
}

function onlyString(data: Buffer, what: string): string {
  const end = stringEnd(data, 0, what)
  if (end + 1 !== data.length) throw leftOver(what, data.length - end - 1)
  return data.toString('latin1', 0, end)
}

function stringEnd(data: Buffer, start: number, what: string): number {
  const end = data.indexOf(NUL, start)
  // indexOf wraps a start past the end to "search nothing", so a missing string is caught here as well.
  if (end === -1) throw new ProtocolError('missing-nul', `${what} without a terminating NUL`)
  return end
}

function leftOver(what: string, count: number): ProtocolError {
  return new ProtocolError('left-over-octets', `${count} octets too many after ${what}`)
}

function quoted(text: string): string {
  return JSON.stringify(text.slice(0, 60))
}
