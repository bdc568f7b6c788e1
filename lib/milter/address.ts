/**
 * The text form of a socket, as in a configuration: `inet:8893@127.0.0.1`, `inet:127.0.0.1:8893`, `inet6:8893@::1`,
 * `inet6:[::1]:8893`, `unix:/run/x.sock`, `local:/run/x.sock`, `systemd`, `systemd:name`, `fd:3`.
 *
 * Both orders of host and port are in use: Sendmail and libmilter write port@host, Postfix host:port. A unix socket
 * can say its mode and group: `unix:/run/x.sock,mode=660,group=postfix`.
 */

import { isIP } from 'node:net'

export type SocketAddress =
  | { readonly kind: 'inet'; readonly host: string; readonly port: number; readonly family: 4 | 6 }
  | { readonly kind: 'unix'; readonly path: string; readonly mode?: number; readonly group?: string }
  /** Opened by systemd: all of them, or those with that FileDescriptorName. */
  | { readonly kind: 'systemd'; readonly name: string | null }
  /** Open already, under this number. */
  | { readonly kind: 'fd'; readonly fd: number }

/** struct sockaddr_un has 108 octets for the path, and the last is NUL. */
const LONGEST_SOCKET_PATH = 107

/** A listen address or socket that cannot be used; the message says which and why, for the administrator. */
export class ListenError extends Error {
  readonly why: string
  constructor(text: string, why: string) {
    super(`cannot listen on ${text}: ${why}`)
    this.name = 'ListenError'
    this.why = why
  }
}

/** Reads an address. @throws ListenError naming the mistake */
export function parseSocketAddress(text: string): SocketAddress {
  const colon = text.indexOf(':')
  const scheme = colon === -1 ? text : text.slice(0, colon)
  const rest = colon === -1 ? '' : text.slice(colon + 1)
  switch (scheme) {
    case 'inet':
      return parseInternet(text, rest, 4)
    case 'inet6':
      return parseInternet(text, rest, 6)
    case 'unix':
    case 'local':
      return parseUnix(text, rest)
    case 'systemd':
      return { kind: 'systemd', name: rest === '' ? null : rest }
    case 'fd':
      return { kind: 'fd', fd: smallNumber(text, rest, 'file descriptor', 65_535) }
    default:
      if (text.startsWith('/')) return parseUnix(text, text)
      throw new ListenError(text, 'expected inet:port@host, inet:host:port, inet6:…, unix:/path or systemd')
  }
}

function parseInternet(text: string, rest: string, family: 4 | 6): SocketAddress {
  const at = rest.indexOf('@')
  const lastColon = rest.lastIndexOf(':')
  const [port, host] =
    at !== -1
      ? [rest.slice(0, at), rest.slice(at + 1)]
      : lastColon !== -1
        ? [rest.slice(lastColon + 1), rest.slice(0, lastColon)]
        : [rest, '']
  const bare = host.replace(/^\[(.*)\]$/, '$1')
  const version = isIP(bare)
  if (version !== 0 && version !== family)
    throw new ListenError(
      text,
      `${bare} is an IPv${version} address: write ${version === 4 ? 'inet' : 'inet6'}:`,
    )
  if (version === 0 && bare !== '' && bare !== '*' && !/^[A-Za-z0-9]([A-Za-z0-9.-]*[A-Za-z0-9])?$/.test(bare))
    throw new ListenError(text, `${JSON.stringify(bare)} is neither an address nor a host name`)
  return { kind: 'inet', host: hostOf(bare, family), port: smallNumber(text, port, 'port', 65_535), family }
}

/** `localhost` stands for the loopback address of the family asked for, whatever the system's tables say. */
function hostOf(host: string, family: 4 | 6): string {
  if (host === '' || host === '*') return family === 4 ? '0.0.0.0' : '::'
  if (host.toLowerCase() === 'localhost') return family === 4 ? '127.0.0.1' : '::1'
  return host
}

function smallNumber(text: string, digits: string, what: string, most: number): number {
  if (!/^\d{1,5}$/.test(digits) || Number(digits) > most)
    throw new ListenError(text, `${JSON.stringify(digits)} is no ${what} (0 to ${most})`)
  return Number(digits)
}

function parseUnix(text: string, rest: string): SocketAddress {
  const [path = '', ...options] = rest.split(/,(?=mode=|group=)/)
  if (!path.startsWith('/')) throw new ListenError(text, 'the path of a unix socket must start with /')
  if (path.includes('\0')) throw new ListenError(text, 'the path contains NUL')
  const octets = Buffer.byteLength(path)
  if (octets > LONGEST_SOCKET_PATH)
    throw new ListenError(
      text,
      `the path has ${octets} octets, a unix socket's can have ${LONGEST_SOCKET_PATH}`,
    )
  let address: SocketAddress & { kind: 'unix' } = { kind: 'unix', path }
  for (const option of options) {
    const value = option.slice(option.indexOf('=') + 1)
    if (value === '') throw new ListenError(text, `${option} has no value`)
    address = option.startsWith('mode=')
      ? { ...address, mode: parseMode(text, value) }
      : { ...address, group: value }
  }
  return address
}

function parseMode(text: string, digits: string): number {
  if (!/^0?[0-7]{3}$/.test(digits)) throw new ListenError(text, `${digits} is no mode such as 660`)
  return Number.parseInt(digits, 8)
}

/** The text form, as parseSocketAddress reads it, in Postfix's order of host and port. */
export function formatSocketAddress(address: SocketAddress): string {
  switch (address.kind) {
    case 'inet':
      return address.family === 4
        ? `inet:${address.host}:${address.port}`
        : `inet6:[${address.host}]:${address.port}`
    case 'unix':
      return `unix:${address.path}`
    case 'systemd':
      return address.name === null ? 'systemd' : `systemd:${address.name}`
    case 'fd':
      return `fd:${address.fd}`
  }
}
