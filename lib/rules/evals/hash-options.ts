/** Options of HashBL rules (`sha1/max=10/notag`) and the hashes they name. */
import { createHash } from 'node:crypto'
import type { Octets } from '../../mail/message.ts'
import { toBytes } from '../../mail/octets.ts'

export interface HashOptions {
  readonly algorithm: 'sha256' | 'sha1' | 'md5' | undefined
  readonly max: number
  readonly minsize: number
  readonly maxsize: number
  readonly raw: boolean
  readonly case: boolean
  readonly num: boolean
  readonly nodot: boolean
  readonly notag: boolean
  readonly nouri: boolean
  readonly noquote: boolean
  readonly user: boolean
  readonly host: boolean
  readonly domain: boolean
  readonly ip: boolean
  readonly ipv4: boolean
  readonly ipv6: boolean
  readonly revip: boolean
  readonly fqdn: boolean
  readonly tld: boolean
  readonly trim: boolean
  /** The values are hashes already. */
  readonly hashed: boolean
}

/** Questions one rule may ask for one mail where it does not say. */
const DEFAULT_MAX = 10
const HIGHEST_MAX = 100

export function readOptions(written: string): HashOptions {
  const pairs = written
    .toLowerCase()
    .split('/')
    .map((option) => option.trim().split('=') as [string, string?])
  const given = new Map(pairs.map(([name, value]) => [name.trim(), value ?? '1']))
  const on = (name: string): boolean => given.has(name) && given.get(name) !== '0'
  const size = (name: string, otherwise: number): number =>
    Number.parseInt(given.get(name) ?? '', 10) || otherwise
  return {
    algorithm: on('sha256') ? 'sha256' : on('sha1') ? 'sha1' : on('md5') ? 'md5' : undefined,
    max: Math.min(size('max', DEFAULT_MAX), HIGHEST_MAX),
    minsize: size('minsize', 0),
    maxsize: size('maxsize', Number.POSITIVE_INFINITY),
    raw: on('raw'),
    case: on('case'),
    num: on('num'),
    nodot: on('nodot'),
    notag: on('notag'),
    nouri: on('nouri'),
    noquote: on('noquote'),
    user: on('user'),
    host: on('host'),
    domain: on('domain'),
    ip: on('ip'),
    ipv4: on('ipv4'),
    ipv6: on('ipv6'),
    revip: on('revip'),
    fqdn: on('fqdn'),
    tld: on('tld'),
    trim: on('trim'),
    hashed: false,
  }
}

/** Hex for md5 and sha1, base32 for sha256 (which in hex would be longer than a DNS label); the value itself without. */
export function hashOf({ algorithm }: HashOptions, value: Octets | Uint8Array): string {
  const bytes = typeof value === 'string' ? toBytes(value) : value
  if (algorithm === undefined) return typeof value === 'string' ? value : ''
  const digest = createHash(algorithm).update(bytes).digest()
  return algorithm === 'sha256' ? base32(digest) : digest.toString('hex')
}

const ALPHABET = 'abcdefghijklmnopqrstuvwxyz234567'

/** RFC 4648 section 6 in lower case, without padding. */
function base32(bytes: Uint8Array): string {
  let [text, buffer, bits] = ['', 0, 0]
  for (const octet of bytes) {
    buffer = ((buffer & 31) << 8) | octet
    for (bits += 8; bits >= 5; bits -= 5) text += ALPHABET[(buffer >>> (bits - 5)) & 31]
  }
  return bits === 0 ? text : text + (ALPHABET[(buffer << (5 - bits)) & 31] ?? '')
}
