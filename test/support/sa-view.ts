/**
 * The message model in SpamAssassin's terms, layer by layer, in a form in which two sides can be compared: the text
 * layers that bench/compare-render.ts and the fixtures know, and the facts that bench/sa-facts.pl prints.
 */
import { displayName, parseAddresses } from '../../lib/mail/address.ts'
import { envelopeFrom } from '../../lib/mail/envelope.ts'
import type { Message } from '../../lib/mail/message.ts'
import type { Part } from '../../lib/mail/mime.ts'
import { parseReceived } from '../../lib/mail/received.ts'
import type { TrustOptions } from '../../lib/mail/received.ts'
import type { UriOptions } from '../../lib/mail/uri.ts'

/** SpamAssassin's side: texts, or facts, or both. */
export interface SaView {
  readonly body?: readonly string[]
  readonly raw?: readonly string[]
  readonly uris?: readonly string[]
  readonly hdr?: Readonly<Record<string, string>>
  readonly html?: readonly {
    readonly values: Readonly<Record<string, number>>
    readonly texts: Readonly<Record<string, readonly string[]>>
    readonly inside: Readonly<Record<string, number>>
  }[]
  readonly details?: Readonly<Record<string, UriDetail>>
  readonly flags?: string
  readonly tree?: unknown
  readonly visible?: readonly string[]
  readonly invisible?: readonly string[]
}

interface UriDetail {
  readonly types: string
  readonly domains: string
  readonly hosts: string
  readonly anchors: readonly string[]
}

/** One layer of both sides, equal when they agree. */
export interface LayerPair {
  readonly layer: string
  readonly ours: unknown
  readonly theirs: unknown
}

const HEADER_NAMES = [
  ...'From From:addr From:name To To:addr To:name Cc ToCc Subject Message-ID MESSAGEID Date Received'.split(
    ' ',
  ),
  ...'Reply-To Reply-To:addr Return-Path EnvelopeFrom Content-Type X-Mailer User-Agent List-Id'.split(' '),
  ...'ALL ALL:raw X-Spam-Relays-Trusted X-Spam-Relays-Untrusted X-Spam-Relays-Internal'.split(' '),
  'X-Spam-Relays-External',
]

const FLAGS = new Set(
  (
    'truncated-header missing-head-body-separator missing-mime-headers missing-mime-head-body-separator ' +
    'mime-epilogue-exists mimepart-limit-exceeded mime-boundary-unbalanced'
  ).split(' '),
)

/** Both sides of every layer that `theirs` has. */
export function* pairLayers(
  message: Message,
  theirs: SaView,
  uriOptions: UriOptions,
  trust: TrustOptions,
): Generator<LayerPair> {
  if (theirs.body) yield { layer: 'body', ours: message.rendered(), theirs: theirs.body }
  if (theirs.raw) yield { layer: 'raw', ours: message.decoded(), theirs: theirs.raw }
  if (theirs.uris) {
    const cleaned = new Set(message.uris(uriOptions).flatMap((uri) => uri.cleaned))
    yield { layer: 'uris', ours: [...cleaned].sort(), theirs: [...theirs.uris].sort() }
  }
  for (const name of theirs.hdr ? HEADER_NAMES : [])
    yield {
      layer: name,
      ours: unixEnd(headerValue(message, name, trust)),
      theirs: unixEnd(theirs.hdr![name]),
    }
  if (theirs.html) yield* pairHtml(message, theirs.html)
  if (theirs.details) yield* pairUris(message, theirs.details, uriOptions)
  if (theirs.flags !== undefined) {
    const flags = new Set(message.defects.map(({ code }) => code).filter((code) => FLAGS.has(code)))
    const words = [...flags].map((flag) => flag.replaceAll('-', '_')).sort()
    yield { layer: 'flags', ours: words.join(' '), theirs: theirs.flags }
  }
  if (theirs.tree !== undefined) yield { layer: 'tree', ours: tree(message.root), theirs: theirs.tree }
  if (theirs.visible) yield { layer: 'visible', ours: message.visible(), theirs: theirs.visible }
  if (theirs.invisible) yield { layer: 'invisible', ours: message.invisible(), theirs: theirs.invisible }
}

/** On the other side a file with CRLF line ends keeps them, and its empty line then counts as a header. */
function unixEnd(text: string | undefined): string | undefined {
  return text?.replaceAll('\r\n', '\n').replace(/[\r\n]+$/, '\n')
}

/** SpamAssassin's get(), values joined. */
function headerValue(message: Message, spec: string, trust: TrustOptions): string | undefined {
  const [name = '', form] = spec.split(':')
  const lines = (values: readonly string[]) =>
    values.length === 0 ? undefined : values.map((value) => `${value}\n`).join('')
  if (form === 'addr' || form === 'name') {
    const found = message.rawHeader(name).flatMap((value) =>
      parseAddresses(value).flatMap(({ address, phrase }) => {
        if (form === 'addr') return address ?? []
        return phrase === undefined ? [] : displayName(phrase)
      }),
    )
    return found.length === 0 ? undefined : found.join('')
  }
  const relays = parseReceived(message, trust)
  switch (name) {
    case 'ALL': {
      const fields = message.headerBlock().match(/^[^ \t][^]*?\n(?![ \t])/gm) ?? []
      return (form === 'raw' ? fields : message.allHeaders()).join('') || undefined
    }
    case 'ToCc':
      return lines([...message.header('To'), ...message.header('Cc')])
    case 'MESSAGEID':
      return lines(
        ['X-Message-Id', 'Resent-Message-Id', 'X-Original-Message-ID', 'Message-Id'].flatMap(message.header),
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

function* pairHtml(message: Message, theirs: NonNullable<SaView['html']>): Generator<LayerPair> {
  const html = message.html()
  yield { layer: 'html parts', ours: html.length, theirs: theirs.length }
  for (const [index, facts] of theirs.entries()) {
    const mine = html[index]
    yield { layer: 'html values', ours: rounded(mine?.values ?? {}), theirs: rounded(facts.values) }
    for (const name of ['comment', 'script', 'title', 'anchor'] as const)
      yield { layer: `html ${name}`, ours: mine?.texts[name], theirs: facts.texts[name] }
    const inside = Object.fromEntries(mine?.inside ?? [])
    yield { layer: 'html inside', ours: sortedEntries(inside), theirs: sortedEntries(facts.inside) }
  }
}

function* pairUris(
  message: Message,
  theirs: Readonly<Record<string, UriDetail>>,
  options: UriOptions,
): Generator<LayerPair> {
  const mine = Object.fromEntries(
    message.uris(options).map(({ uri, types, domains, hosts, anchorText }): [string, UriDetail] => [
      uri,
      {
        types: [...types].sort().join(' '),
        domains: [...domains].sort().join(' '),
        hosts: [...hosts]
          .map((pair) => pair.join('='))
          .sort()
          .join(' '),
        anchors: anchorText,
      },
    ]),
  )
  for (const key of ['types', 'domains', 'hosts', 'anchors'] as const) {
    const list = (side: Readonly<Record<string, UriDetail>>) =>
      Object.entries(side)
        .map(([uri, info]) => `${uri} ${JSON.stringify(info[key])}`)
        .sort()
    yield { layer: `uri ${key}`, ours: list(mine), theirs: list(theirs) }
  }
}

function tree(part: Part): unknown {
  const { type, name = '', charset = '' } = part
  if (!part.isLeaf) return { children: part.parts.map(tree), type }
  return { charset, length: part.decoded().length, name, type }
}

function rounded(values: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${value.toFixed(9)}`)
    .sort()
}

function sortedEntries(values: Readonly<Record<string, number>>): readonly string[] {
  return Object.entries(values)
    .map((pair) => pair.join('='))
    .sort()
}
