/** Mail addresses in header values: `Name <user@host>, ...`, read as forgivingly as SpamAssassin reads them. */
import { addressScanner, LONGEST_COMMENT } from './address-scan.ts'
import { parseLenient } from './address-lenient.ts'
import type { LenientAddress } from './address-lenient.ts'
import { isHostName, toAsciiName } from './domain.ts'
import type { Octets } from './octets.ts'
import { SPACE, trimOctets } from './space.ts'
import { decodeWords } from './words.ts'

export interface Address {
  /** Display name or, lacking one, the comment; undecoded: pass it through `displayName`. */
  readonly phrase: Octets | undefined
  /** user@host, undefined when there was a name only. */
  readonly address: Octets | undefined
  readonly user: Octets | undefined
  readonly host: Octets | undefined
  readonly comment: Octets | undefined
  /** The host is no valid domain name. */
  readonly invalid: boolean
}

/** Octets of a value that are read; the rest of a longer one is dropped. */
const LONGEST_VALUE = 8192
const MOST_ADDRESSES = 5000

const QUOTED = '"(?:[^"\\\\]|\\\\[^\\n])*"'
const MAILBOX = `(?:${QUOTED}|[^@${SPACE}<>()[\\],:;]+)@(?:[^"${SPACE}<>()[\\],:;]+|\\[[\\d:.]+\\])`
const WHOLE_MAILBOX = new RegExp(`^${MAILBOX}\\n?$`)
const BRACKETED_MAILBOX = new RegExp(`<(${MAILBOX})>`, 'g')
const PHRASE_PIECES = /"((?:[^"\\]|\\[^\n])*)"|([^"]+)/g
const GROUP = new RegExp(`^[^"()<>]+:[${SPACE}]*(?:;[^]*)?`)

/** Reads the addresses of a raw (undecoded, possibly folded) header value. Never throws. */
export function parseAddresses(value: Octets): readonly Address[] {
  const text = value.slice(0, LONGEST_VALUE)
  const usual = parseUsual(text)
  // fewer than commas would let expect: a quoted comma, or something the usual reading stumbled over
  if (usual.length > 0 && usual.length >= text.split(',').length) return usual
  if (!/[^\t-\r ]/.test(text)) return usual
  const plain = text.replaceAll('\\\\', '')
  const lenient = parseLenient(plain)
  return lenient.length > usual.length ? lenient.map((found) => fromLenient(found, text)) : usual
}

function fromLenient({ phrase, user, host, comment }: LenientAddress, value: Octets): Address {
  const address = user === undefined || host === undefined ? undefined : `${user}@${host}`
  return {
    ...complete(phrase ?? comment ?? (address === undefined ? value : undefined), address, comment),
    user,
    host,
  }
}

function parseUsual(value: Octets): Address[] {
  const found: Address[] = []
  let rest = trimEnd(value).replaceAll('\\\\', '').replace(GROUP, '')
  if (!/[^\t-\r ]/.test(rest)) return found
  const next = addressScanner(rest)
  let at = 0
  while (found.length < MOST_ADDRESSES) {
    const scanned = next(at)
    if (scanned === undefined || scanned.end === at) break
    at = scanned.end
    found.push(readAddress(scanned.phrase, scanned.angle, scanned.bare, scanned.comment))
  }
  rest = rest.slice(at)
  if (!rest.includes('@')) return found
  for (const [, address = ''] of rest.matchAll(BRACKETED_MAILBOX)) {
    if (isPlausible(address)) found.push(complete(undefined, address, undefined))
  }
  return found
}

/** A display name for reading: encoded words decoded, white space single, single quotes around it removed. */
export function displayName(phrase: Octets): Octets {
  const decoded = decodeWords(phrase)
  if (!/[^\t-\r ]/.test(decoded)) return decoded
  return trimOctets(decoded.replace(/[\t-\r ]+/g, ' ')).replace(/^'([^\n]*?)'$/, '$1')
}

function trimEnd(value: Octets): Octets {
  let end = value.length
  while (end > 0 && /[\t-\r ]/.test(value[end - 1]!)) end--
  return value.slice(0, end)
}

function readAddress(
  rawPhrase: Octets | undefined,
  angle: Octets | undefined,
  bare: Octets | undefined,
  comment: Octets | undefined,
): Address {
  let address = bare
  if (angle !== undefined) {
    const clean = withoutComments(angle)
    address = WHOLE_MAILBOX.test(clean) ? clean : undefined
  }
  if (address !== undefined && !isPlausible(address)) address = undefined
  let phrase = rawPhrase === undefined ? undefined : unquote(rawPhrase)
  if (phrase !== undefined && address === undefined && isLoneAddress(phrase)) {
    address = phrase
    phrase = undefined
  } else if (phrase === '' || phrase === address) {
    phrase = undefined
  }
  return complete(phrase ?? comment, address, comment)
}

/** The phrase is an address, in quotes perhaps, and there is no other. */
function isLoneAddress(phrase: Octets): boolean {
  const host = /^[^@]*@([^@]*)/.exec(phrase)?.[1]
  return (
    host !== undefined && WHOLE_MAILBOX.test(phrase) && isPlausible(phrase) && isHostName(toAsciiName(host))
  )
}

function isPlausible(address: Octets): boolean {
  return !address.startsWith('""@') && address.split('"').length !== 2
}

/** Quoted parts without quotes and escapes, the others without comments. */
function unquote(phrase: Octets): Octets {
  let result = ''
  for (const [, quoted, plain] of phrase.matchAll(PHRASE_PIECES)) {
    result += quoted === undefined ? withoutComments(plain!) : quoted.replace(/\\(?!\\)/g, '')
  }
  return result
}

/** Without `(text)`, innermost only; in text that stands in no quotes, with no two backslashes together. */
function withoutComments(text: Octets): Octets {
  if (!text.includes('(')) return text
  const escapes = new Int32Array(text.length + 1)
  for (let at = 0; at < text.length; at++) escapes[at + 1] = escapes[at]! + Number(text[at] === '\\')
  let result = ''
  let from = 0
  let stop = 0
  for (let open = text.indexOf('('); open >= 0; open = text.indexOf('(', Math.max(open + 1, from))) {
    if (stop <= open) stop = endOfComment(text, open + 1)
    const characters = stop - open - 1 - (escapes[stop]! - escapes[open + 1]!)
    if (text[stop] !== ')' || characters > LONGEST_COMMENT) continue
    result += text.slice(from, open)
    from = stop + 1
  }
  return result + text.slice(from)
}

/** Where a comment's text ends: at a bracket without a backslash before it, a backslash before nothing, or the end. */
function endOfComment(text: Octets, start: number): number {
  let at = start
  while (at < text.length && !'()'.includes(text[at]!)) {
    if (text[at] === '\\' && (at + 1 === text.length || text[at + 1] === '\n')) return at
    at += text[at] === '\\' ? 2 : 1
  }
  return at
}

function complete(
  phrase: Octets | undefined,
  address: Octets | undefined,
  comment: Octets | undefined,
): Address {
  const parts = address === undefined ? null : /^([^@]*)@([^@]*)/.exec(address)
  const host = parts?.[2]
  return {
    phrase,
    address: parts?.[0] ?? address,
    user: parts?.[1],
    host,
    comment,
    invalid: host === undefined || !isHostName(toAsciiName(host)),
  }
}
