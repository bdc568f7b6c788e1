/**
 * SpamAssassin's get(): header values as rules ask for them. `From:addr`, `ToCc`, `ALL:raw`, `X-Spam-Relays-External`…
 *
 * Values end in a newline as there, except what the modifiers addr, name, host, domain, ip and revip cut out: rules
 * count on it ($ does not care, but \s and [^\n] do).
 */
import { parseAddresses } from '../mail/address.ts'
import { type Domains, isHostName, toAsciiName } from '../mail/domain.ts'
import type { Message, Octets } from '../mail/message.ts'
import type { Relays } from '../mail/received.ts'
import { decodeWords } from '../mail/words.ts'

export interface HeaderSources {
  readonly message: Message
  readonly relays: Relays
  readonly domains: Domains
  /** Envelope recipients. */
  readonly recipients: readonly string[]
  /** Undefined where nobody says who the envelope sender is. */
  envelopeFrom(): Octets | undefined
}

interface Request {
  readonly name: string
  readonly modifiers: ReadonlySet<string>
}

/** Names, in lower case, that mean more than headers so called. */
const SPECIAL = new Set([
  'all',
  'all-trusted',
  'all-internal',
  'all-untrusted',
  'all-external',
  'messageid',
  'envelopefrom',
  'anyfrom',
  'anyto',
  'x-authordomain',
  'x-spam-relays-trusted',
  'x-spam-relays-untrusted',
  'x-spam-relays-internal',
  'x-spam-relays-external',
  'tocc',
])
const CUTTING = ['addr', 'name', 'host', 'domain', 'ip', 'revip']
/** Lists move the real one elsewhere. */
const MESSAGE_IDS = ['X-Message-Id', 'Resent-Message-Id', 'X-Original-Message-ID', 'Message-Id']
const IPV4 = '(?:(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(?:25[0-5]|2[0-4]\\d|1?\\d?\\d)'
const ADDRESS = new RegExp(`(?<!\\.)\\b(${IPV4}|[0-9a-fA-F]{0,4}(?::[0-9a-fA-F]{0,4}){2,7})\\b(?!\\.)`)
/** Host names are looked for in this much of a value. */
const MAX_SEARCH = 4000

export class HeaderAccess {
  readonly #sources: HeaderSources
  readonly #lists = new Map<string, readonly Octets[]>()
  readonly #joined = new Map<string, Octets | undefined>()
  #host: RegExp | undefined

  constructor(sources: HeaderSources) {
    this.#sources = sources
  }

  /** Every value; [] if the header is not there. */
  all(spec: string): readonly Octets[] {
    let list = this.#lists.get(spec)
    if (list === undefined) {
      list = this.#read(parseSpec(spec))
      this.#lists.set(spec, list)
    }
    return list
  }

  /** One value as get() gives it to plugins: all of them in a row, or the first of what a modifier cut out. */
  get(spec: string): Octets | undefined {
    const list = this.all(spec)
    if (list.length === 0) return undefined
    const { name, modifiers } = parseSpec(spec)
    if (name === 'EnvelopeFrom' || CUTTING.some((word) => modifiers.has(word)))
      return list[0]!.replace(/\n$/, '')
    return list.join('')
  }

  /** Whether there is a value. */
  has(spec: string): boolean {
    const { name, modifiers } = parseSpec(spec)
    return modifiers.size === 0 && !SPECIAL.has(name.toLowerCase())
      ? this.#sources.message.rawHeader(name).length > 0
      : this.all(spec).length > 0
  }

  /** What header rules match: all values, a line each. */
  value(spec: string): Octets | undefined {
    const known = this.#joined.get(spec)
    if (known !== undefined || this.#joined.has(spec)) return known
    const list = this.all(spec)
    const value = list.length === 0 ? undefined : list.join(list[0]!.endsWith('\n') ? '' : '\n')
    this.#joined.set(spec, value)
    return value
  }

  #read({ name, modifiers }: Request): readonly Octets[] {
    const special = this.#special(name, modifiers)
    if (special !== undefined) return special
    let values = this.#plain(name, modifiers)
    if (values.length === 0) return values
    if (modifiers.has('first')) values = values.slice(0, 1)
    else if (modifiers.has('last')) values = values.slice(-1)
    if (modifiers.has('addr') || modifiers.has('name')) values = this.#addresses(values, modifiers)
    if (modifiers.has('host') || modifiers.has('domain')) return this.#hosts(values, modifiers)
    return modifiers.has('ip') || modifiers.has('revip') ? this.#ips(values, modifiers.has('revip')) : values
  }

  /** Header blocks; they take no modifier but raw. */
  #special(name: string, modifiers: ReadonlySet<string>): readonly Octets[] | undefined {
    const { relays } = this.#sources
    const raw = modifiers.has('raw')
    switch (name) {
      case 'ALL':
        return this.#block(raw)
      case 'ALL-TRUSTED':
        return this.#range(raw, undefined, relays.lastTrustedIndex + 1)
      case 'ALL-INTERNAL':
        return this.#range(raw, undefined, relays.lastInternalIndex + 1)
      case 'ALL-UNTRUSTED':
        return this.#range(raw, relays.lastTrustedIndex + 1, undefined)
      case 'ALL-EXTERNAL':
        return this.#range(raw, relays.lastInternalIndex + 1, undefined)
      default:
        return undefined
    }
  }

  #plain(name: string, modifiers: ReadonlySet<string>): readonly Octets[] {
    const { message, relays } = this.#sources
    const raw = modifiers.has('raw') || modifiers.has('addr') || modifiers.has('name')
    if (name === 'MESSAGEID') return this.#joint(MESSAGE_IDS, modifiers)
    switch (name.toLowerCase()) {
      case 'envelopefrom': {
        const sender = this.#sources.envelopeFrom()
        return sender === undefined ? [] : [sender]
      }
      // Hamlet's own words: header and envelope together.
      case 'anyfrom': {
        const sender = this.#sources.envelopeFrom()
        return [
          ...this.#values('From', raw),
          ...(sender === undefined || sender === '' ? [] : [`${sender}\n`]),
        ]
      }
      case 'anyto':
        return [...this.#values('To', raw), ...this.#sources.recipients.map((address) => `${address}\n`)]
      case 'x-authordomain': {
        const author = parseAddresses(message.rawHeader('From')[0] ?? '')[0]
        return author?.host === undefined ? [] : [toAsciiName(author.host)]
      }
      case 'x-spam-relays-trusted':
        return [relays.trustedText]
      case 'x-spam-relays-untrusted':
        return [relays.untrustedText]
      case 'x-spam-relays-internal':
        return [relays.internalText]
      case 'x-spam-relays-external':
        return [relays.externalText]
      case 'tocc':
        return this.#joint(['To', 'Cc'], modifiers)
      default:
        return this.#values(name, raw)
    }
  }

  #values(name: string, raw: boolean): readonly Octets[] {
    const { message } = this.#sources
    return raw ? message.rawHeader(name).map(rawValue) : message.header(name).map((value) => `${value}\n`)
  }

  /** Headers that are asked for under one name; modifiers other than raw leave them as they are. */
  #joint(headers: readonly string[], modifiers: ReadonlySet<string>): readonly Octets[] {
    const { message } = this.#sources
    return headers.flatMap((header) =>
      modifiers.has('raw') ? this.#unfolded(header) : message.header(header).map((value) => `${value}\n`),
    )
  }

  #unfolded(header: string): readonly Octets[] {
    return this.#sources.message.rawHeader(header).map((value) => rawValue(value).replace(/\r?\n\s+/g, ' '))
  }

  #block(raw: boolean): readonly Octets[] {
    if (!raw) return this.#sources.message.allHeaders()
    return this.#sources.message.headerBlock().match(/(?<![^\n])[^ \t][^]*?\n(?![ \t])/g) ?? []
  }

  /** The headers from one Received line on, or up to one (numbered from 0), that line included. */
  #range(raw: boolean, start: number | undefined, end: number | undefined): readonly Octets[] {
    if (end !== undefined && end < 0) return []
    const found: Octets[] = []
    let received = -1
    for (const header of this.#block(raw)) {
      if (/^received:/i.test(header)) received++
      if (start !== undefined && received < start) continue
      if (end !== undefined && received > end) break
      found.push(header)
      if (end !== undefined && received === end) break
    }
    return found
  }

  #addresses(values: readonly Octets[], modifiers: ReadonlySet<string>): readonly Octets[] {
    const found: Octets[] = []
    for (const value of values) {
      for (const { address, phrase } of parseAddresses(value)) {
        if (modifiers.has('addr')) {
          if (address !== undefined) found.push(address)
        } else if (phrase !== undefined) found.push(modifiers.has('raw') ? phrase : readable(phrase))
      }
    }
    return found
  }

  #hosts(values: readonly Octets[], modifiers: ReadonlySet<string>): readonly Octets[] {
    const { domains } = this.#sources
    const found: Octets[] = []
    for (const value of values) {
      const host = modifiers.has('addr')
        ? /^.*@(\S+)/m.exec(value)?.[1]
        : this.#hostIn(value.slice(0, MAX_SEARCH))
      if (host !== undefined) found.push(modifiers.has('domain') ? domains.split(host)[1] : host)
    }
    return found
  }

  /** The host of the last address in a value, else the first word that is a host name. */
  #hostIn(value: Octets): Octets | undefined {
    const { domains } = this.#sources
    this.#host ??= new RegExp(`(?<![._-])(\\S{1,251}\\.${domains.tldPattern})(?![._-])`, 'gi')
    const at = value.lastIndexOf('@')
    this.#host.lastIndex = at === -1 ? 0 : at + 1
    if (at !== -1) {
      const found = this.#host.exec(value)
      if (found !== null && found.index === at + 1 && isHostName(found[1]!.toLowerCase())) return found[1]
    }
    for (const found of value.matchAll(this.#host)) if (isHostName(found[1]!.toLowerCase())) return found[1]
    return undefined
  }

  #ips(values: readonly Octets[], reverse: boolean): readonly Octets[] {
    const found: Octets[] = []
    for (const value of values) {
      const address = ADDRESS.exec(value.slice(0, MAX_SEARCH))?.[1]
      if (address === undefined) continue
      found.push(reverse && !address.includes(':') ? address.split('.').reverse().join('.') : address)
    }
    return found
  }
}

/** Specs stand in rule files and plugins: there are few, and each is asked for with every mail. */
const requests = new Map<string, Request>()
const MAX_REQUESTS = 10_000

function parseSpec(spec: string): Request {
  let request = requests.get(spec)
  if (request === undefined) {
    request = readSpec(spec)
    if (requests.size < MAX_REQUESTS) requests.set(spec, request)
  }
  return request
}

function readSpec(spec: string): Request {
  const [name = '', ...words] = spec.split(':')
  const modifiers = new Set(words)
  if (modifiers.has('domain')) modifiers.add('host')
  return { name, modifiers }
}

/** A value as received, with the white space after the colon (rules count on it: `^\s?"\s`) and its newline. */
function rawValue(value: Octets): Octets {
  return `${value}\n`
}

/** A display name, decoded, white space made single, quotes around it removed. */
function readable(phrase: Octets): Octets {
  const decoded = decodeWords(phrase)
  if (!/[^ \t\n\v\f\r]/.test(decoded)) return decoded
  return decoded
    .replace(/[ \t\n\v\f\r]+/g, ' ')
    .replace(/^ | $/g, '')
    .replace(/^'(.*?)'$/, '$1')
}
