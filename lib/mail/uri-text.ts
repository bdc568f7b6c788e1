/**
 * URIs in plain text: what a mail program would make a link of, and host names it would not. The rules are
 * SpamAssassin's mixture of two mail programs' rules; they are applied word by word, without backtracking, so that a
 * page of dots costs no more than a page of letters.
 */
import { isHostName } from './domain.ts'
import type { Domains } from './domain.ts'
import type { Octets } from './octets.ts'
import { decodePercent } from './uri-variants.ts'

export interface TextUri {
  /** As it stood in the text. */
  readonly raw: Octets
  readonly uri: Octets
  readonly types: readonly string[]
}

interface Found {
  readonly text: Octets
  /** Name of the host when the text had no scheme and no `@`. */
  readonly host?: Octets
  readonly mail: boolean
  /** Where the search goes on. */
  readonly end: number
}

const LONGEST_URI = 2048
const LONGEST_ADDRESS_PART = 251
/** Ends of a word: white space, ESC of ISO 2022 text, 0xA0, and brackets and quotes. */
const WORD = /[^><"`}\]{[|\t-\r \x1b\xa0]+/g
/** A word without these is no URI. */
const PROMISING = /[.@:]/
const MAIL_END = /[,('\x80-\xff]/g
const SCHEME = /(?:https?|ftp):\/\/|(?:www\d{0,2}|ftp)\./iy
const HOST_RUN = /[a-z\d._-]+/iy
const PORT = /(?::\d{1,5})?/y
const TRAILING = /(?<![-~!@#^&*()_+=:;'?,.])[-~!@#^&*()_+=:;'?,.]+$/

/** URIs in `line`, in order, repeats included. Octets. */
export function* textUris(line: Octets, domains: Domains): Generator<TextUri> {
  if (!PROMISING.test(line)) return
  for (const { 0: word, index } of line.matchAll(WORD)) {
    if (!PROMISING.test(word)) continue
    for (const found of wordUris(line, index, index + word.length, domains)) {
      const uri = finish(found, domains)
      if (uri !== undefined) yield uri
    }
  }
}

function* wordUris(line: Octets, start: number, end: number, domains: Domains): Generator<Found> {
  const word = line.slice(start, end)
  const hosts = hostFinder(word, domains)
  const mails = mailFinder(word)
  const schemes = /(?:https?|ftp):\/\/|www|ftp\./i.test(word)
  const mailLike = word.includes('@') || /mailto:/i.test(word)
  for (let at = 0; at < word.length;) {
    let found: Found | undefined
    if (canStart(line, start + at)) {
      found =
        (schemes ? schemeUri(word, at) : undefined) ??
        (mailLike ? mails(at) : undefined) ??
        (canStartHost(line, start + at) ? hosts(at) : undefined)
    }
    if (found !== undefined) yield found
    at = found?.end ?? at + 1
  }
}

/** At a word boundary, after an opening delimiter, or after an ISO 2022 shift sequence. */
function canStart(line: Octets, at: number): boolean {
  if (at > 0 && START_DELIMITER.has(line.charCodeAt(at - 1))) return true
  if (isWordCode(line.charCodeAt(at)) !== (at > 0 && isWordCode(line.charCodeAt(at - 1)))) return true
  return at > 2 && line.charCodeAt(at - 3) === 27 && line.charCodeAt(at - 2) === 40
}
const codes = (text: string) => new Set([...text].map((character) => character.charCodeAt(0)))
const START_DELIMITER = codes('><"\'`,{[(|\t\n\v\f\r \x1b\xa0')
const HOST_START_DELIMITER = codes('!"#$&\'()*+,/:;<=>?@[\\]^`{|}~\t\n\v\f\r \x1b\xa0')

function canStartHost(line: Octets, at: number): boolean {
  return at === 0 || HOST_START_DELIMITER.has(line.charCodeAt(at - 1))
}

function isWordCode(code: number): boolean {
  const lower = code | 32
  return (lower >= 97 && lower <= 122) || (code >= 48 && code <= 57) || code === 95
}

/** `http://...`, `www.…`: the rest of the word. */
function schemeUri(word: Octets, at: number): Found | undefined {
  SCHEME.lastIndex = at
  if (!SCHEME.test(word)) return undefined
  const length = word.length - SCHEME.lastIndex
  if (length < 1 || length > LONGEST_URI) return undefined
  return { text: word.slice(at), mail: false, end: word.length }
}

/** `mailto:...` or `user@host` up to the end of the word or what cannot be in an address. */
function mailFinder(word: Octets): (at: number) => Found | undefined {
  let end = -1
  let sign = -1
  return (at) => {
    if (end < at) end = endOfMail(word, at)
    if (end <= at) return undefined
    if (word.slice(at, at + 7).toLowerCase() === 'mailto:' && end - at > 7 && end - at - 7 <= LONGEST_URI)
      return { text: word.slice(at, end), mail: true, end }
    if (sign < at) sign = word.indexOf('@', at)
    if (sign < 0) sign = word.length
    const user = sign - at
    const host = end - sign - 1
    if (sign >= end || user < 1 || host < 1 || user > LONGEST_ADDRESS_PART || host > LONGEST_ADDRESS_PART)
      return undefined
    return { text: word.slice(at, end), mail: true, end }
  }
}

function endOfMail(word: Octets, at: number): number {
  MAIL_END.lastIndex = at
  return MAIL_END.exec(word)?.index ?? word.length
}

/** A host name whose top level domain exists, with port and path, up to the end of the word. */
function hostFinder(word: Octets, domains: Domains): (at: number) => Found | undefined {
  let runEnd = -1
  let hostEnd = -1
  return (at) => {
    const code = word.charCodeAt(at)
    if (code === 95 || !isWordCode(code)) return undefined
    if (runEnd <= at) {
      HOST_RUN.lastIndex = at
      HOST_RUN.test(word)
      runEnd = HOST_RUN.lastIndex
      hostEnd = endsAfterHost(word, runEnd) ? endOfHost(word.slice(at, runEnd), domains) + at : -1
    }
    if (hostEnd < 0) return undefined
    const dot = word.lastIndexOf('.', hostEnd - 1)
    if (dot <= at || dot - at - 1 > LONGEST_ADDRESS_PART) return undefined
    return { text: word.slice(at), host: word.slice(at, hostEnd), mail: false, end: word.length }
  }
}

/** Nothing, a port, or a path up to the end of the word follows. */
function endsAfterHost(word: Octets, at: number): boolean {
  PORT.lastIndex = at
  PORT.test(word)
  const path = word.length - PORT.lastIndex
  return path === 0 || (word[PORT.lastIndex] === '/' && path > 1 && path - 1 <= LONGEST_URI)
}

/** Length of `run` without one dot at its end, when its last label is a top level domain; else far below 0. */
function endOfHost(run: Octets, domains: Domains): number {
  const end = run.endsWith('.') ? run.length - 1 : run.length
  const dot = run.lastIndexOf('.', end - 1)
  const known = dot >= 0 && dot < end - 1 && domains.valid(`a.${run.slice(dot + 1, end)}`)
  return known ? end : -Infinity
}

/** Up to a closing bracket that has no opening one. */
function withoutRest(text: Octets): Octets {
  const close = text.indexOf(')')
  const open = text.indexOf('(')
  return close < 0 || (open >= 0 && open < close) ? text : text.slice(0, close)
}

/** Trims what belongs to the sentence, adds the scheme, and drops what turns out to be none. */
function finish({ text, host, mail }: Found, domains: Domains): TextUri | undefined {
  // a closing bracket ends a URI that has no opening one
  const raw = withoutRest(text).replace(TRAILING, '')
  if (mail && !raw.includes('@')) return undefined
  if (host !== undefined && !isHostName(host)) return undefined
  if (/^[cm]id:/i.test(raw) || /^\w+:\/{0,2}$/.test(raw)) return undefined
  const types = ['parsed']
  const uri = withScheme(raw, types)
  if (uri === undefined) return undefined
  if (!/^mailto:/i.test(uri)) return { raw, uri, types }
  const plain = /%[0-9a-f]{2}/i.test(uri) ? decodePercent(uri) : uri
  const domain = /@([^?&>]*)/.exec(plain)?.[1]?.replace(/(?<!%20)(?:%20)+$/, '')
  return domain !== undefined && domains.valid(domain) ? { raw, uri: plain, types } : undefined
}

function withScheme(raw: Octets, types: string[]): Octets | undefined {
  if (/^(?:https?|ftp|mailto):/i.test(raw)) return raw
  types.push('schemeless')
  if (/^ftp\./i.test(raw)) return `ftp://${raw}`
  if (/^www\d{0,2}\./i.test(raw) || (raw.includes('/') && raw.lastIndexOf('@') > raw.indexOf('/') + 1))
    return `http://${raw}`
  if (raw.includes('@')) {
    // "Vi@gra" is no address
    if (raw.lastIndexOf('.') <= raw.indexOf('@') + 1 || raw.includes('&nbsp;')) return undefined
    return `mailto:${raw.replace(/^(?:skype|e?-?mail)?:+/i, '')}`
  }
  if (!raw.includes('.')) return undefined
  types.push('unlinked')
  return `http://${raw}`
}
