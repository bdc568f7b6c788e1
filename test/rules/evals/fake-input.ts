/**
 * An EvalInput made of what a test says, nothing parsed and nothing guessed: header values by name, paragraphs, links,
 * relays, answers. What a test does not give is absent.
 */
import type { AuthFacts } from '../../../lib/auth/facts.ts'
import { NO_AUTH_FACTS } from '../../support/auth-facts.ts'
import type { Domains } from '../../../lib/mail/domain.ts'
import type { HtmlFacts } from '../../../lib/mail/html.ts'
import type { Message } from '../../../lib/mail/message.ts'
import type { Relay, Relays } from '../../../lib/mail/received.ts'
import type { Uri } from '../../../lib/mail/uri.ts'
import type { Answer } from '../../../lib/net/dns.ts'
import type { EvalInput, EvalPlugin, EvalRule } from '../../../lib/rules/eval.ts'
import type { RegisteredPlugin } from '../../../lib/rules/plugins.ts'
import { PluginStates } from '../../../lib/rules/plugins.ts'

export interface Given {
  readonly headers?: Readonly<Record<string, string | readonly string[]>>
  readonly rendered?: readonly string[]
  readonly html?: readonly HtmlFacts[]
  readonly uris?: readonly Uri[]
  readonly relays?: Partial<Relays>
  readonly answers?: Readonly<Record<string, readonly string[] | 'absent' | 'unavailable'>>
  readonly auth?: Partial<AuthFacts>
  readonly bayes?: number
  readonly settings?: Readonly<Record<string, readonly string[]>>
  /** Directive lines by plugin. */
  readonly lines?: readonly (readonly [plugin: RegisteredPlugin, directive: string, value: string])[]
  readonly rules?: readonly (EvalRule & { readonly calls: string })[]
  readonly trusted?: readonly string[]
  readonly local?: boolean
  readonly now?: number
  readonly message?: Partial<Message>
}

export interface Fake {
  readonly input: EvalInput
  readonly reports: string[]
}

const TLDS = new Set(['com', 'net', 'org', 'de', 'uk', 'example', 'test'])

/** Two labels, three under co.uk. */
export const domains: Domains = {
  split: (name) => {
    const labels = name
      .toLowerCase()
      .split('.')
      .filter((label) => label !== '')
    const cut = labels.slice(-2).join('.') === 'co.uk' ? 3 : 2
    return [labels.slice(0, -cut).join('.'), labels.slice(-cut).join('.')]
  },
  valid: (name) => /[^ ]\.[^ .]+$/.test(name) && TLDS.has(name.toLowerCase().split('.').at(-1) ?? ''),
  ofUri: (uri) => {
    const host = uri
      .toLowerCase()
      .replace(/^mailto:.*@|^[a-z]+:\/*/, '')
      .replace(/[/?#:].*/, '')
    if (/^[\d.]+$/.test(host)) return { host, domain: host }
    return domains.valid(host) ? { host, domain: domains.split(host)[1] } : undefined
  },
  tldPattern: '(?:com|net|org|de|uk|example|test)',
}

export function fake(given: Given): Fake {
  const reports: string[] = []
  const memory = new Map<object, unknown>()
  const states = new PluginStates()
  for (const [plugin, directive, value] of given.lines ?? []) {
    const error = states.apply(plugin, directive, value)
    if (error !== undefined) throw new Error(`${directive} ${value}: ${error}`)
  }
  const all = (spec: string): readonly string[] => headerValues(given.headers ?? {}, spec)
  const relays = { ...NO_RELAYS, ...given.relays }
  const input: EvalInput = {
    message: messageOf(given),
    envelope: { clientAddress: null, clientName: '', helo: '', sender: null, recipients: [], user: null },
    relays,
    get: (spec) => {
      const values = all(spec)
      return values.length === 0 ? undefined : /:addr|:name/.test(spec) ? values[0] : values.join('')
    },
    all,
    conf: <T>(plugin: EvalPlugin<T>): T => states.conf(plugin),
    domains,
    uris: () => given.uris ?? [],
    trusts: (address) => given.trusted?.includes(address) === true,
    setting: (name) => given.settings?.[name] ?? [],
    tag: () => [],
    regex: (pattern) => {
      const delimited = /^\/(.*)\/([a-z]*)$/s.exec(pattern)
      return new RegExp(delimited?.[1] ?? pattern, delimited?.[2] ?? '')
    },
    rulesOf: (name) => (given.rules ?? []).filter(({ calls }) => calls === name),
    auth: { ...NO_AUTH_FACTS, ...given.auth },
    hasHit: () => false,
    answers: new Map(Object.entries(given.answers ?? {}).map(([key, value]) => [key, answer(value)])),
    now: given.now ?? Date.UTC(2026, 0, 1),
    local: given.local ?? false,
    report: (name, detail) => void reports.push(`${name}: ${detail}`),
    memo: <T>(key: object, make: () => T): T => {
      if (!memory.has(key)) memory.set(key, make())
      return memory.get(key) as T
    },
    ...(given.bayes === undefined ? {} : { bayes: given.bayes }),
  }
  return { input, reports }
}

/** Runs a function the way the engine does; the rule's name defaults to RULE. */
export function call(
  plugin: RegisteredPlugin,
  name: string,
  args: readonly string[],
  given: Given,
  rule: Partial<EvalRule> = {},
): boolean | number {
  const run = plugin.functions[name]
  if (run === undefined) throw new Error(`no function ${name}`)
  return run(fake(given).input, args, { name: 'RULE', kind: 'header', args, tflags: [], ...rule })
}

/** Names that a rule would ask for, as `type:name`. */
export function questions(
  plugin: RegisteredPlugin,
  name: string,
  args: readonly string[],
  given: Given,
  rule: Partial<EvalRule> = {},
): readonly string[] {
  const asked = plugin.lookups?.[name]?.(fake(given).input, args, {
    name: 'RULE',
    kind: 'header',
    args,
    tflags: [],
    ...rule,
  })
  return (asked ?? []).map((lookup) => `${lookup.type}:${lookup.name}`)
}

function headerValues(headers: NonNullable<Given['headers']>, spec: string): readonly string[] {
  const [name = '', ...modifiers] = spec.split(':')
  const key = Object.keys(headers).find((one) => one.toLowerCase() === name.toLowerCase())
  const written = key === undefined ? [] : headers[key]
  let values: readonly string[] = typeof written === 'string' ? [written] : (written ?? [])
  if (modifiers.includes('first')) values = values.slice(0, 1)
  if (modifiers.includes('addr')) values = values.flatMap(addresses)
  if (modifiers.includes('name'))
    values = values.map((value) => value.replace(/\s*<.*/, '').replace(/^"(.*)"$/, '$1'))
  if (modifiers.includes('host')) values = values.map((value) => value.replace(/.*@/, ''))
  return values
}

function addresses(value: string): readonly string[] {
  return [...value.replace(/"[^"]*"/g, '').matchAll(/<([^<>]*)>|([^\s<>,"]+@[^\s<>,"]+)/g)].map(
    (match) => match[1] ?? match[2] ?? '',
  )
}

function answer(value: readonly string[] | 'absent' | 'unavailable'): Answer<string> {
  if (value === 'absent') return { kind: 'absent' }
  if (value === 'unavailable') return { kind: 'unavailable', reason: 'time-out' }
  return { kind: 'found', records: value, ttl: 60 }
}

const NO_RELAYS: Relays = {
  trusted: [],
  untrusted: [],
  internal: [],
  external: [],
  trustedText: '',
  untrustedText: '',
  internalText: '',
  externalText: '',
  unparseable: 0,
  lastTrustedIndex: -1,
  lastInternalIndex: -1,
}

export function relay(given: Partial<Relay>): Relay {
  return {
    ip: '192.0.2.1',
    rdns: '',
    helo: '',
    by: '',
    ident: '',
    envfrom: undefined,
    id: '',
    auth: '',
    private: false,
    noReverseDns: false,
    internal: false,
    msa: false,
    text: '',
    ...given,
  }
}

export function link(uri: string, more: Partial<Uri> = {}): Uri {
  const found = domains.ofUri(uri)
  return {
    uri,
    types: new Set(['a']),
    cleaned: [uri],
    anchorText: [],
    domains: new Set(found === undefined ? [] : [found.domain]),
    hosts: new Map(found === undefined ? [] : [[found.host, found.domain]]),
    ...more,
  }
}

export function html(given: Partial<HtmlFacts>): HtmlFacts {
  return {
    values: {},
    texts: { comment: [], script: [], title: [], anchor: [] },
    inside: new Map(),
    charsets: [],
    uris: new Map(),
    toOctets: (text) => text,
    ...given,
  }
}

function messageOf(given: Given): Message {
  const text = (given.rendered ?? []).join('\n')
  const message: Partial<Message> = {
    headers: [],
    truncated: false,
    leaves: [],
    defects: [],
    header: (name) => headerValues(given.headers ?? {}, name),
    rawHeader: (name) => headerValues(given.headers ?? {}, name),
    headerBlock: () => '\n',
    full: () => `\n${text}`,
    rendered: () => given.rendered ?? [],
    decoded: () => given.rendered ?? [],
    html: () => given.html ?? [],
    ...given.message,
  }
  return message as Message
}
