/**
 * A mail's view to tokens in readable words. Each token says where it stood: `subject:Offer`, `received:dynamic`,
 * `link:example.com`, `<td bgcolor`, a bare `Offer` for the text. Sequences keep the order, for pairs of neighbours;
 * `single` are facts without neighbours (order of header names, shapes, parts of host names and addresses).
 *
 * The same mail must give the same tokens when the MTA shows it and when a user's folder does, so what delivery or
 * this filter adds is left out.
 */
import type { MailView, ViewPart } from './view.ts'
import { wordsOf } from './words.ts'

export interface Half {
  readonly sequences: readonly (readonly string[])[]
  readonly single: readonly string[]
  /** For character sequences. */
  readonly text: string
}

/** What the way of the mail and its programs say, and what its author says: judged apart, because each alone misleads. */
export interface Tokens {
  readonly header: Half
  readonly body: Half
}

/** Added at delivery or by filters; some would give the answer away, all differ between arrival and folder. */
const LEFT_OUT =
  /^(?:delivered-to|x-original-to|envelope-to|x-envelope-.*|x-spam.*|x-hamlet.*|x-virus.*|x-bogosity|x-rspamd.*|x-sieve.*|status|x-status|x-uid|x-keywords|x-mozilla.*|x-evolution.*|content-length|lines|x-gmail.*|x-dovecot.*|x-seen)$/i
/** Shape matters where software writes the field its own way. */
const SHAPED = /^(?:message-id|x-mailer|user-agent|from|to|subject|content-type|reply-to|date|return-path)$/
const SIGNED = /^(?:dkim-signature|arc-.*|domainkey-signature|x-google-dkim-signature)$/
const MOST_HEADERS = 100
const WORDS_A_HEADER = 200
const WORDS_A_PART = 3000
const MOST_WORDS = 6000
const MOST_TAGS = 1500
const MOST_LINKS = 100
const CHARACTERS = 3000

/** The tokens of a mail; bounded, and the same for the same view. */
export function tokensOf({ headers, parts }: MailView): Tokens {
  return { header: headerTokens(headers), body: bodyTokens(parts) }
}

function headerTokens(headers: MailView['headers']): Half {
  const sequences: string[][] = []
  const single: string[] = []
  const kept = headers.filter(({ name }) => !LEFT_OUT.test(name)).slice(0, MOST_HEADERS)
  addOrder(kept, single)
  let received = 0
  for (const { name, value } of kept) {
    const field = name.toLowerCase()
    if (field === 'received') received++
    addHeader(field, value, sequences, single)
  }
  single.push(`?received=${Math.min(received, 20)}`)
  const text = kept.map(({ name, value }) => `${name}:${value}`).join('\n')
  return { sequences, single, text: text.slice(0, CHARACTERS) }
}

function bodyTokens(parts: readonly ViewPart[]): Half {
  const sequences: string[][] = []
  const types = parts.map(({ type }) => type).join(',')
  const single = [`?shape=${types.slice(0, 200)}`]
  let left = MOST_WORDS
  for (const part of parts) left -= addPart(part, left, sequences, single)
  const text = parts.map((part) => part.text.slice(0, 2 * CHARACTERS)).join('\n')
  return { sequences, single, text: text.replace(/\s+/g, ' ').slice(0, CHARACTERS) }
}

function addOrder(headers: MailView['headers'], single: string[]): void {
  let before = '^'
  for (const { name } of headers) {
    single.push(`?header=${name}`, `?order=${before}>${name}`)
    before = name
  }
}

function addHeader(field: string, value: string, sequences: string[][], single: string[]): void {
  if (SHAPED.test(field)) single.push(`?${field}=${shapeOf(value)}`)
  if (field === 'date') {
    single.push(`?zone=${/([+-]\d{4}|[A-Z]{3,4})\s*(?:\(.*\))?\s*$/.exec(value.slice(-60))?.[1] ?? 'none'}`)
    return
  }
  const text = SIGNED.test(field) ? value.replace(/\b(?:b|bh)\s*=[^;]*/g, '') : value
  sequences.push(wordsOf(text, WORDS_A_HEADER).map((word) => `${field}:${word}`))
  addAddresses(field, text, single)
  addHosts(field, text, single)
}

function addAddresses(field: string, text: string, single: string[]): void {
  for (const address of matches(text, /\b\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3}\b/g, 20)) {
    const [a, b, c] = address.split('.')
    single.push(`ip:${a}.${b}`, `ip:${a}.${b}.${c}`, `ip:${address}`)
  }
  if (field !== 'from' && field !== 'reply-to') return
  for (const address of matches(text, /[^\s<>"(),;:]{1,64}@[^\s<>"(),;:]{1,255}/g, 5))
    single.push(`${field}@${address.toLowerCase()}`)
}

function addHosts(field: string, text: string, single: string[]): void {
  for (const host of matches(text, /[\w-]{1,63}(?:\.[\w-]{1,63})+/g, 30))
    addDomains(`${field}.`, host, single)
}

/** a.b.example.com -> b.example.com, example.com and com, the whole too. */
function addDomains(prefix: string, host: string, single: string[]): void {
  const labels = host.toLowerCase().split('.')
  for (let from = Math.max(0, labels.length - 4); from < labels.length; from++)
    single.push(prefix + labels.slice(from).join('.'))
}

/** Letters and digits to classes, runs to one: `Re: 3 Ways` -> `Aa: 9 Aa`. */
function shapeOf(value: string): string {
  return value
    .trim()
    .slice(0, 80)
    .replace(/[A-Z]+/g, 'A')
    .replace(/[a-z]+/g, 'a')
    .replace(/\d+/g, '9')
    .replace(/[^\x00-\x7f]+/g, 'X')
}

/** Returns how many words of text it took. */
function addPart(part: ViewPart, most: number, sequences: string[][], single: string[]): number {
  single.push(`?part=${part.type}:${part.encoding}:${part.charset}`.slice(0, 120))
  if (part.filename !== '') {
    sequences.push(wordsOf(part.filename, 20).map((word) => `file:${word}`))
    single.push(`?extension=${part.filename.slice(-20).split('.').at(-1)?.toLowerCase()}`)
  }
  const words = part.text === '' ? [] : wordsOf(part.text, Math.max(0, Math.min(most, WORDS_A_PART)))
  if (words.length > 0) sequences.push(words)
  if (part.hidden.trim() !== '') sequences.push(wordsOf(part.hidden, 500).map((word) => `hidden:${word}`))
  if (part.source !== '') sequences.push(tagsOf(part.source))
  addLinks(part.source || part.text, sequences, single)
  return words.length
}

function tagsOf(source: string): string[] {
  const found: string[] = []
  for (const [, name, attributes] of first(
    source.matchAll(/<(\/?[a-zA-Z!][\w-]{0,30})([^>]{0,400})/g),
    MOST_TAGS,
  )) {
    const tag = name!.toLowerCase()
    found.push(`<${tag}`)
    const pairs = attributes!.matchAll(
      /([\w-]{1,30})\s{0,9}=\s{0,9}(?:"([^"]{0,200})"|'([^']{0,200})'|([^\s>]{1,100}))/g,
    )
    for (const [, key, double, quoted, bare] of first(pairs, 20)) {
      found.push(`<${tag} ${key!.toLowerCase()}`)
      const value = (double ?? quoted ?? bare ?? '').toLowerCase()
      if (!/^(?:href|src|background|action)$/i.test(key!))
        found.push(`${key!.toLowerCase()}=${value.slice(0, 30)}`)
    }
  }
  return found
}

const LINK = /\b(?:https?|ftp):\/\/([^\s"'<>]{1,200})|mailto:([^\s"'<>?]{3,80})|\b(www\.[^\s"'<>]{3,100})/gi

function addLinks(text: string, sequences: string[][], single: string[]): void {
  for (const [, full, mail, bare] of first(text.matchAll(LINK), MOST_LINKS)) {
    const [host, ...path] = (full ?? mail ?? bare ?? '').toLowerCase().split('/')
    addDomains('link:', host!.split(':', 1)[0]!, single)
    sequences.push(wordsOf(path.join('/'), 20).map((word) => `path:${word}`))
  }
}

/** What a pattern (with /g) finds, at most so often: all at once, which costs half of one after the other. */
const matches = (text: string, pattern: RegExp, most: number): readonly string[] =>
  text.match(pattern)?.slice(0, most) ?? []

function* first<T>(found: Iterable<T>, most: number): Iterable<T> {
  let count = 0
  for (const one of found) {
    if (count++ >= most) return
    yield one
  }
}
