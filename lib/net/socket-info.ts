/**
 * What the kernel says of TCP connections that are not ours, as `ss` prints it: how many octets have come in, also
 * those that the MTA has read already, and the round-trip time. The kernel tells it over a netlink socket
 * (sock_diag(7)), which Node cannot open.
 */
import type { ConnectionState, Peer } from './connection-state.ts'
import { parseAddress } from './ip.ts'

export interface Socket extends ConnectionState {
  readonly remote: { readonly address: string; readonly port: number }
  /** False when the kernel told only what waits unread: what the MTA has read already is not in `octets`. */
  readonly whole: boolean
}

/**
 * `ESTAB 0 0 local:port remote:port`, then a line of `name:value` that begins with white space. Versions differ in what
 * stands between; a line that is none of these is left out.
 */
export function parseSockets(text: string): readonly Socket[] {
  const found: Socket[] = []
  const lines = text.split('\n')
  for (const [at, line] of lines.entries()) {
    const [state = '', queued = '', , local = '', remote = ''] = line.split(/ +/)
    const here = endpoint(local)
    const there = endpoint(remote)
    if (!/^[A-Z]/.test(state) || here === null || there === null) continue
    const next = lines[at + 1] ?? ''
    const info = /^\s/.test(next) ? `${line} ${next}` : line
    const received = numberAfter(info, 'bytes_received') ?? 0
    // the kernel counts the end of the stream (FIN) as an octet: who hangs up has not talked
    const total = state === 'ESTAB' ? received : Math.max(0, received - 1)
    found.push({
      octets: Math.max(total, state === 'ESTAB' ? Number(queued) || 0 : 0),
      localPort: here.port,
      remote: there,
      roundTrip: numberAfter(info, 'minrtt') ?? numberAfter(info, 'rtt'),
      whole: numberAfter(info, 'segs_in') !== null,
    })
  }
  return found
}

/** The connection of this client among them; null when it is not there. */
export function findSocket(sockets: readonly Socket[], { address, port, localPort }: Peer): Socket | null {
  for (const socket of sockets) {
    if (socket.remote.port !== port || (localPort !== null && socket.localPort !== localPort)) continue
    const remote = parseAddress(socket.remote.address)
    if (remote?.family === address.family && remote.value === address.value) return socket
  }
  return null
}

/** `192.0.2.1:25`, `[2001:db8::1]:25`, `192.0.2.1%eth0:25`. */
function endpoint(text: string): { readonly address: string; readonly port: number } | null {
  const colon = text.lastIndexOf(':')
  const port = Number(text.slice(colon + 1))
  const address = text
    .slice(0, Math.max(0, colon))
    .replace(/^\[|\]$/g, '')
    .replace(/%[^%]*$/, '')
  return address === '' || !Number.isInteger(port) || port <= 0 ? null : { address, port }
}

function numberAfter(info: string, name: string): number | null {
  const at = info.indexOf(` ${name}:`)
  const value = at < 0 ? NaN : Number.parseFloat(info.slice(at + name.length + 2, at + name.length + 32))
  return Number.isFinite(value) && value >= 0 ? value : null
}
