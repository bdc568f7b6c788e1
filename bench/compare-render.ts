/**
 * Compares what the message model makes of mails with what an installed SpamAssassin makes of them, layer by layer:
 * paragraphs, decoded text, URIs, headers. SpamAssassin's side is a file of JSON lines, one mail each with `file`,
 * `body`, `raw`, `uris` and `hdr`, in the order of the mails given.
 *
 * bench/sa-facts.pl writes the like for facts of HTML, URI details, the MIME tree and parse flags; both are understood.
 *
 *   node bench/compare-render.ts [--show LAYER] [--limit N] RENDERED.jsonl MAIL...      (@LIST reads names from a file)
 */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { displayName, parseAddresses } from '../lib/mail/address.ts'
import { makeDomains } from '../lib/mail/domain.ts'
import { envelopeFrom } from '../lib/mail/envelope.ts'
import { parseMessage } from '../lib/mail/message.ts'
import type { Message } from '../lib/mail/message.ts'
import type { Part } from '../lib/mail/mime.ts'
import { parseReceived } from '../lib/mail/received.ts'
import type { TrustOptions } from '../lib/mail/received.ts'
import { splitMail } from '../lib/mail/split.ts'
import type { UriOptions } from '../lib/mail/uri.ts'

const RULES = '/usr/share/spamassassin'

/** What bench/sa-facts.pl prints. */
interface Facts {
  readonly html: readonly {
    readonly values: Readonly<Record<string, number>>
    readonly texts: Readonly<Record<string, readonly string[]>>
    readonly charsets: string
    readonly inside: Readonly<Record<string, number>>
  }[]
  readonly uris: Readonly<
    Record<string, { types: string; domains: string; hosts: string; anchors: string[] }>
  >
  readonly flags: string
  readonly tree: unknown
  readonly visible: readonly string[]
  readonly invisible: readonly string[]
}

interface Layers {
  readonly body: readonly string[]
  readonly raw: readonly string[]
  readonly uris: readonly string[]
  readonly hdr: Readonly<Record<string, string>>
}

const print = (text: string) => process.stdout.write(`${text}\n`)

const ruleLines = readdirSync(RULES)
  .filter((name) => name.endsWith('.cf'))
  .sort()
  .flatMap((name) => readFileSync(join(RULES, name), 'latin1').split('\n'))
const directive = (name: string) =>
  ruleLines
    .map((line) => line.trim())
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1).trim())
const words = (name: string) => new Set(directive(name).flatMap((line) => line.toLowerCase().split(/\s+/)))

function perlPattern(text: string): RegExp {
  const [, open = '/', rest = ''] = /^m?([^\w\s])(.*)$/.exec(text)!
  const close = { '{': '}', '(': ')', '<': '>', '[': ']' }[open] ?? open
  const end = rest.lastIndexOf(close)
  return new RegExp(rest.slice(0, end), rest.slice(end + 1).replace(/[^i]/g, ''))
}

const tlds = words('util_rb_tld')
const second = words('util_rb_2tld')
const third = words('util_rb_3tld')
const uriOptions: UriOptions = {
  domains: makeDomains({
    isTld: (label) => tlds.has(label),
    isSecondLevel: (name) => second.has(name),
    isThirdLevel: (name) => third.has(name),
    tldPattern: '',
  }),
  redirectors: directive('redirector_pattern').map(perlPattern),
  dkim: true,
}
const trust: TrustOptions = {
  originatingIpHeaders: directive('originating_ip_headers').flatMap((line) => line.split(/\s+/)),
}

function get(message: Message, spec: string): string | undefined {
  const [name = '', form] = spec.split(':')
  const relays = parseReceived(message, trust)
  const lines = (values: readonly string[]) =>
    values.length === 0 ? undefined : values.map((v) => `${v}\n`).join('')
  if (form === 'addr' || form === 'name') {
    const found = message.rawHeader(name).flatMap((value) =>
      parseAddresses(value).flatMap((address) => {
        if (form === 'addr') return address.address ?? []
        return address.phrase === undefined ? [] : displayName(address.phrase)
      }),
    )
    return found.length === 0 ? undefined : found.join('')
  }
  switch (name) {
    case 'ALL':
      return form === 'raw'
        ? (message.headerBlock().match(/^[^ \t][^]*?\n(?![ \t])/gm) ?? []).join('').replaceAll('\r\n', '\n')
        : message.allHeaders().join('')
    case 'ToCc':
      return lines([...message.header('To'), ...message.header('Cc')])
    case 'MESSAGEID':
      return lines(
        ['X-Message-Id', 'Resent-Message-Id', 'X-Original-Message-ID', 'Message-Id'].flatMap((id) =>
          message.header(id),
        ),
      )
    case 'EnvelopeFrom':
      return envelopeFrom(message, relays, trust)
    case 'X-Spam-Relays-Trusted':
      return relays.trustedText
    case 'X-Spam-Relays-Untrusted':
      return relays.untrustedText
    case 'X-Spam-Relays-Internal':
      return relays.internalText
    case 'X-Spam-Relays-External':
      return relays.externalText
    default:
      return lines(message.header(name))
  }
}

function ours(bytes: Uint8Array, names: readonly string[]): Layers {
  const message = parseMessage(splitMail(bytes))
  const hdr: Record<string, string> = {}
  for (const name of names) {
    const value = get(message, name)
    if (value !== undefined) hdr[name] = value
  }
  const uris = [...new Set(message.uris(uriOptions).flatMap(({ cleaned }) => cleaned))]
  return { body: message.rendered(), raw: message.decoded(), uris, hdr }
}

/** A file with CRLF line ends keeps them on the other side, and its empty line then counts as a header. */
const lines = (text: string | undefined) => text?.replaceAll('\r\n', '\n').replace(/[\r\n]+$/, '\n')

const agree = new Map<string, [agreeing: number, all: number]>()
const options = { show: '', limit: 20 }
const files: string[] = []
const args = process.argv.slice(2)
while (args.length > 0) {
  const arg = args.shift()!
  if (arg === '--show') options.show = args.shift() ?? ''
  else if (arg === '--limit') options.limit = Number(args.shift())
  else if (arg.startsWith('@')) files.push(...readFileSync(arg.slice(1), 'utf8').trim().split('\n'))
  else files.push(arg)
}
const rendered = readFileSync(files.shift()!, 'utf8').trim().split('\n')
let shown = 0
let slowest = 0
let slowestFile = ''

function note(layer: string, file: string, left: unknown, right: unknown): void {
  const same = JSON.stringify(left) === JSON.stringify(right)
  const count = agree.get(layer) ?? [0, 0]
  agree.set(layer, [count[0] + Number(same), count[1] + 1])
  if (same || (options.show !== layer && options.show !== 'all') || shown++ >= options.limit) return
  print(`--- ${layer} ${file}`)
  showDifference(left, right)
}

function showDifference(left: unknown, right: unknown): void {
  const [a, b] = [left, right].map((side) => (Array.isArray(side) ? side.map(String) : [String(side)]))
  for (let i = 0; i < Math.max(a!.length, b!.length); i++) {
    if (a![i] === b![i]) continue
    const [x = '(nothing)', y = '(nothing)'] = [a![i], b![i]]
    let at = 0
    while (at < x.length && x[at] === y[at]) at++
    const from = Math.max(0, at - 60)
    print(`  ours ${i}@${at}: ${JSON.stringify(x.slice(from, at + 100))}`)
    print(`  SA   ${i}@${at}: ${JSON.stringify(y.slice(from, at + 100))}`)
    return
  }
}

const NAMES = [
  ...'From From:addr From:name To To:addr To:name Cc ToCc Subject Message-ID MESSAGEID Date Received'.split(
    ' ',
  ),
  ...'Reply-To Reply-To:addr Return-Path EnvelopeFrom Content-Type X-Mailer User-Agent List-Id'.split(' '),
  ...'ALL ALL:raw X-Spam-Relays-Trusted X-Spam-Relays-Untrusted X-Spam-Relays-Internal'.split(' '),
  'X-Spam-Relays-External',
]

function compareLayers(file: string, bytes: Uint8Array, theirs: Layers): void {
  const mine = ours(bytes, NAMES)
  note('body', file, mine.body, theirs.body)
  note('raw', file, mine.raw, theirs.raw)
  note('uris', file, [...mine.uris].sort(), [...theirs.uris].sort())
  for (const name of NAMES) note(name, file, lines(mine.hdr[name]), lines(theirs.hdr[name]))
}

function tree(part: Part): unknown {
  const { type, name = '', charset = '' } = part
  if (!part.isLeaf) return { type, children: part.parts.map(tree) }
  return { type, name, charset, length: part.decoded().length }
}

const sorted = (value: object) => Object.fromEntries(Object.entries(value).sort())
const rounded = (values: Readonly<Record<string, number>>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value.toFixed(9)}`)
    .sort()
const flatTree = (value: unknown) =>
  JSON.stringify(value, (_, inner: unknown) => (isPlain(inner) ? sorted(inner) : inner))
const isPlain = (value: unknown): value is object =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function compareFacts(file: string, bytes: Uint8Array, theirs: Facts): void {
  const message = parseMessage(splitMail(bytes))
  const html = message.html()
  note('html parts', file, html.length, theirs.html.length)
  for (const [index, facts] of theirs.html.entries()) {
    const mine = html[index]
    note('html values', file, rounded(mine?.values ?? {}), rounded(facts.values))
    for (const name of ['comment', 'script', 'title', 'anchor'] as const)
      note(`html ${name}`, file, mine?.texts[name], facts.texts[name])
    note('html inside', file, sorted(Object.fromEntries(mine?.inside ?? [])), sorted(facts.inside))
  }
  const uris = Object.fromEntries(
    message.uris(uriOptions).map(({ uri, types, domains, hosts, anchorText }) => [
      uri,
      {
        types: [...types].sort().join(' '),
        domains: [...domains].sort().join(' '),
        hosts: [...hosts.entries()]
          .map((pair) => pair.join('='))
          .sort()
          .join(' '),
        anchors: anchorText,
      },
    ]),
  )
  for (const key of ['types', 'domains', 'hosts', 'anchors'] as const) {
    const list = (side: Facts['uris'] | typeof uris) =>
      Object.entries(side)
        .map(([uri, info]) => `${uri} ${JSON.stringify(info[key])}`)
        .sort()
    note(`uri ${key}`, file, list(uris), list(theirs.uris))
  }
  const known = new Set(
    (
      'truncated-header missing-head-body-separator missing-mime-headers missing-mime-head-body-separator ' +
      'mime-epilogue-exists mimepart-limit-exceeded mime-boundary-unbalanced'
    ).split(' '),
  )
  const flags = message.defects.map(({ code }) => code).filter((code) => known.has(code))
  note(
    'flags',
    file,
    [...new Set(flags)]
      .map((flag) => flag.replaceAll('-', '_'))
      .sort()
      .join(' '),
    theirs.flags,
  )
  note('tree', file, flatTree(tree(message.root)), flatTree(theirs.tree))
  note('visible', file, message.visible(), theirs.visible)
  note('invisible', file, message.invisible(), theirs.invisible)
}

for (const [index, file] of files.entries()) {
  const theirs = JSON.parse(rendered[index] ?? '{}') as Partial<Layers & Facts>
  const bytes = readFileSync(file)
  const started = performance.now()
  if (theirs.body !== undefined) compareLayers(file, bytes, theirs as Layers)
  else if (theirs.html !== undefined) compareFacts(file, bytes, theirs as Facts)
  const took = performance.now() - started
  if (took > slowest) [slowest, slowestFile] = [took, file]
}
for (const [layer, [same, all]] of agree)
  print(`${layer.padEnd(26)} ${same}/${all} ${((100 * same) / all).toFixed(2)} %`)
print(`slowest ${slowest.toFixed(1)} ms ${slowestFile}`)
