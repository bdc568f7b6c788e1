/** `host:port` as administrators write it; an IPv6 address stands in brackets (RFC 3986 section 3.2.2). */
import { isIPv6 } from 'node:net'

export interface HostPort {
  /** A name or an address, without brackets. */
  readonly host: string
  readonly port: number
}

/** Null when it is none: no port, a port out of range, an IPv6 address without brackets, or brackets around anything else. */
export function parseHostPort(text: string): HostPort | null {
  const match = /^(?:\[([^\]\s]+)\]|([^\s:[\]]+)):(\d{1,5})$/.exec(text)
  const host = match?.[1] ?? match?.[2]
  const port = Number(match?.[3])
  if (host === undefined || port < 1 || port > 65_535) return null
  return match?.[1] !== undefined && !isIPv6(host) ? null : { host, port }
}
