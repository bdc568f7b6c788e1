/**
 * Opening the sockets a server listens on.
 *
 * A unix socket left behind by a process that died is removed, but only when nobody answers on it: two daemons must
 * not take the same path from each other. Whatever the operating system refuses becomes one sentence for the
 * administrator.
 */

import { chmodSync, chownSync, lstatSync, readFileSync, statSync, unlinkSync } from 'node:fs'
import { connect, type ListenOptions, type Server } from 'node:net'
import { formatSocketAddress, ListenError, parseSocketAddress, type SocketAddress } from './address.ts'

/** Where a server listens; `port` is the real one when 0 was asked for. */
export interface ListenAddress {
  readonly kind: 'inet' | 'unix' | 'inherited'
  /** As parseSocketAddress and MilterClient.connect read it. */
  readonly text: string
  readonly host?: string
  readonly port?: number
  readonly path?: string
  readonly fd?: number
}

export interface ListenSettings {
  /** Mode of unix sockets whose address has none; null leaves it to the umask. */
  readonly socketMode: number | null
  /** Group of unix sockets whose address names none. */
  readonly socketGroup: string | null
  /** Where LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES stand. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly pid: number
}

/** systemd's first inherited descriptor, SD_LISTEN_FDS_START. */
const FIRST_INHERITED = 3
const PROBE_MS = 2000

/** Addresses to sockets: `systemd` stands for as many as there are. @throws ListenError */
export function resolveAddresses(texts: readonly string[], settings: ListenSettings): SocketAddress[] {
  const addresses = texts.map((text) => parseSocketAddress(text))
  return addresses.flatMap((address) =>
    address.kind === 'systemd' ? inheritedSockets(address.name, settings) : [address],
  )
}

/**
 * The sockets that systemd passed (sd_listen_fds(3)), in its order.
 *
 * @param name only those with this FileDescriptorName; null for all
 * @throws ListenError when there are none, or they were meant for another process
 */
export function inheritedSockets(
  name: string | null,
  { environment, pid }: Pick<ListenSettings, 'environment' | 'pid'>,
): SocketAddress[] {
  const text = formatSocketAddress({ kind: 'systemd', name })
  const { LISTEN_FDS, LISTEN_PID, LISTEN_FDNAMES = '' } = environment
  if (LISTEN_FDS === undefined || LISTEN_PID === undefined)
    throw new ListenError(text, 'no socket was passed (LISTEN_FDS is not set): is there a .socket unit?')
  if (Number(LISTEN_PID) !== pid)
    throw new ListenError(text, `the sockets were passed to process ${LISTEN_PID}, this is process ${pid}`)
  const count = /^\d{1,3}$/.test(LISTEN_FDS) ? Number(LISTEN_FDS) : 0
  const names = LISTEN_FDNAMES.split(':')
  const sockets = Array.from({ length: count }, (_, index) => index)
    .filter((index) => name === null || names[index] === name)
    .map((index): SocketAddress => ({ kind: 'fd', fd: FIRST_INHERITED + index }))
  if (sockets.length === 0)
    throw new ListenError(text, name === null ? 'LISTEN_FDS is 0' : `no passed socket has the name ${name}`)
  return sockets
}

/** Opens one socket. @throws ListenError */
export async function listen(
  server: Server,
  address: SocketAddress,
  settings: ListenSettings,
): Promise<ListenAddress> {
  switch (address.kind) {
    case 'inet':
      return await listenInternet(server, address)
    case 'unix':
      return await listenUnix(server, address, settings)
    case 'fd':
      await open(server, address, { fd: address.fd })
      return { kind: 'inherited', text: formatSocketAddress(address), fd: address.fd }
    case 'systemd':
      throw new ListenError(formatSocketAddress(address), 'resolveAddresses comes first')
  }
}

async function listenInternet(
  server: Server,
  address: SocketAddress & { kind: 'inet' },
): Promise<ListenAddress> {
  const { host, family } = address
  await open(server, address, { host, port: address.port, ipv6Only: family === 6 })
  const bound = server.address()
  const port = typeof bound === 'object' && bound !== null ? bound.port : address.port
  return { kind: 'inet', text: formatSocketAddress({ ...address, port }), host, port }
}

async function listenUnix(
  server: Server,
  address: SocketAddress & { kind: 'unix' },
  settings: ListenSettings,
): Promise<ListenAddress> {
  const { path } = address
  const text = formatSocketAddress(address)
  const group = address.group ?? settings.socketGroup
  // Known to be right before anything is opened.
  const gid = group === null ? null : groupId(group, text)
  await removeStaleSocket(path, text)
  await open(server, address, { path })
  const mode = address.mode ?? settings.socketMode
  try {
    // a folder with the setgid bit has seen to it already, also where nothing may be given away
    if (gid !== null && statSync(path).gid !== gid) chownSync(path, -1, gid)
    if (mode !== null) chmodSync(path, mode)
  } catch (error) {
    server.close()
    throw new ListenError(text, `mode or group cannot be set: ${reason(error)}`)
  }
  return { kind: 'unix', text, path }
}

function open(
  server: Server,
  address: SocketAddress,
  options: ListenOptions & { fd?: number },
): Promise<void> {
  return new Promise((resolve, reject) => {
    const onError = (error: Error): void => {
      reject(new ListenError(formatSocketAddress(address), reason(error)))
    }
    server.once('error', onError)
    server.listen({ ...options, backlog: 511 }, () => {
      server.off('error', onError)
      resolve()
    })
  })
}

/** @throws ListenError when somebody answers on the path, or it is no socket */
async function removeStaleSocket(path: string, text: string): Promise<void> {
  const status = lstatSync(path, { throwIfNoEntry: false })
  if (status === undefined) return
  if (!status.isSocket()) throw new ListenError(text, 'there is something at this path that is not a socket')
  if (await answers(path)) throw new ListenError(text, 'another process listens on this socket')
  try {
    unlinkSync(path)
  } catch (error) {
    throw new ListenError(text, `the socket left behind cannot be removed: ${reason(error)}`)
  }
}

/** Whether a process accepts connections there. In doubt, as with a full backlog, yes. */
function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path)
    const done = (answer: boolean): void => {
      clearTimeout(timer)
      socket.destroy()
      resolve(answer)
    }
    const timer = setTimeout(() => done(true), PROBE_MS)
    socket.once('connect', () => done(true))
    socket.once('error', (error: NodeJS.ErrnoException) => {
      done(error.code !== 'ECONNREFUSED' && error.code !== 'ENOENT')
    })
  })
}

function groupId(group: string, text: string): number {
  if (/^\d+$/.test(group)) return Number(group)
  for (const line of readFileSync('/etc/group', 'utf8').split('\n')) {
    const [name, , id] = line.split(':')
    if (name === group && id !== undefined) return Number(id)
  }
  throw new ListenError(text, `there is no group ${group} on this machine`)
}

const REASONS: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another process listens there already',
  EADDRNOTAVAIL: 'no interface of this machine has that address',
  EACCES: 'permission denied',
  EPERM: 'not permitted',
  ENOENT: 'its directory does not exist',
  ENOTFOUND: 'the host name is not known',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EINVAL: 'the file descriptor is not a listening socket',
  EBADF: 'the file descriptor is not open',
  ENOTSOCK: 'the file descriptor is not a socket',
  EROFS: 'the file system is read-only',
}

function reason(error: unknown): string {
  const { code = '', message = String(error) } = (error ?? {}) as { code?: string; message?: string }
  const text = REASONS[code]
  return text === undefined ? message : `${text} (${code})`
}
