/**
 * What the classifier looks at: header fields and parts of a mail as Unicode text, nothing else. A plain value, so
 * that tokens can be tested without a parser and the same code serves the scan pool, the learner and the benchmarks.
 */
import type { Message } from '../mail/message.ts'
import type { Part } from '../mail/mime.ts'
import { fromUtf8 } from '../mail/octets.ts'

export interface ViewPart {
  /** Media type in lower case; multipart types are listed too, for the shape of the mail. */
  readonly type: string
  readonly encoding: string
  readonly charset: string
  readonly filename: string
  /** What a reader sees, tags removed; '' when it is not text. */
  readonly text: string
  /** What HTML hides from the reader. */
  readonly hidden: string
  /** HTML as sent (octets), for its tags, attributes and links; '' for anything else. */
  readonly source: string
}

export interface MailView {
  /** In order of appearance; values unfolded, encoded words decoded. */
  readonly headers: readonly { readonly name: string; readonly value: string }[]
  readonly parts: readonly ViewPart[]
}

/** Parts of one mail that are looked at; the shape counts them all up to `DEEPEST`. */
const MOST_PARTS = 50
/** Parts among which they are chosen. */
const MOST_LOOKED_AT = 2000
const MOST_HEADERS = 200
/** Octets of one part that are looked at: spammers pad, and people do not read on. */
const LONGEST_TEXT = 64 * 1024

/** The classifier's view of a parsed message; `sender` is the envelope sender where the MTA told it. */
export function viewOf(message: Message, sender?: string): MailView {
  const headers = headersOf(message)
  // A stored mail carries the envelope sender as Return-Path; the mail a milter sees does not carry it yet.
  const known = headers.some(({ name }) => /^return-path$/i.test(name))
  const envelope = sender === undefined || known ? [] : [{ name: 'Return-Path', value: `<${sender}>` }]
  return { headers: [...envelope, ...headers], parts: partsOf(message.root) }
}

function headersOf(message: Message): { name: string; value: string }[] {
  const nth = new Map<string, number>()
  return message.headers.slice(0, MOST_HEADERS).map(({ name, raw }) => {
    const key = name.toLowerCase()
    const position = nth.get(key) ?? 0
    nth.set(key, position + 1)
    return { name, value: fromUtf8(message.header(key)[position] ?? raw).slice(0, 4096) }
  })
}

function partsOf(root: Part): ViewPart[] {
  const found: Part[] = []
  const waiting: Part[] = [root]
  for (let part = waiting.shift(); part && found.length < MOST_LOOKED_AT; part = waiting.shift()) {
    found.push(part)
    waiting.unshift(...part.parts.slice(0, MOST_LOOKED_AT))
  }
  return mostTelling(found).map(viewOfPart)
}

/** Of too many parts the longest texts, then what comes first: neither photos nor empty texts hide what is to be read. */
function mostTelling(parts: readonly Part[]): readonly Part[] {
  if (parts.length <= MOST_PARTS) return parts
  const texts = parts.filter(({ isLeaf, effectiveType }) => isLeaf && effectiveType.startsWith('text/'))
  const isText = new Set(texts)
  const longest = texts.toSorted((one, other) => lengthOf(other) - lengthOf(one)).slice(0, MOST_PARTS)
  const chosen = new Set([...longest, ...parts.filter((part) => !isText.has(part))].slice(0, MOST_PARTS))
  return parts.filter((part) => chosen.has(part))
}

const lengthOf = ({ span }: Part): number => span.end - span.start

function viewOfPart(part: Part): ViewPart {
  const rendered = part.isLeaf ? part.rendered() : undefined
  return {
    type: part.type,
    encoding: part.encoding,
    charset: (part.charset ?? '').toLowerCase(),
    filename: fromUtf8(part.filename ?? part.name ?? ''),
    text: rendered ? fromUtf8(rendered.visible.slice(0, LONGEST_TEXT)) : '',
    hidden: rendered ? fromUtf8(rendered.invisible.slice(0, LONGEST_TEXT)) : '',
    source: rendered?.type === 'text/html' ? part.decoded().slice(0, LONGEST_TEXT) : '',
  }
}
