/** Authentication-Results and ARC-Authentication-Results header fields (RFC 8601 section 2.2), read strictly. */
import type { Octets } from '../../mail/message.ts'
import { escapeRegex } from './octets.ts'

export interface MethodResult {
  readonly method: string
  readonly result: string
}

export interface AuthResHeader {
  /** authserv-id, lower case. */
  readonly authserv: string
  readonly results: readonly MethodResult[]
}

const MAIL = ['fail', 'none', 'pass', 'permerror', 'temperror']
const SIGNED = [...MAIL, 'neutral', 'policy']
const SENDER = [...SIGNED, 'hardfail', 'softfail']

/** Methods known, the results each may have and the property types (`ptype.property`) each may show. */
const METHODS: Readonly<Record<string, { readonly results: readonly string[]; readonly props: RegExp }>> = {
  arc: { results: ['fail', 'none', 'pass'], props: /^(?:smtp\.remote-ip|header\.oldest-pass|arc\.chain)$/ },
  auth: { results: MAIL, props: /^smtp\.(?:auth|mailfrom)$/ },
  dkim: { results: SIGNED, props: /^header\.[dibas]$/ },
  'dkim-adsp': { results: [...MAIL, 'discard', 'nxdomain', 'unknown'], props: /^header\.from$/ },
  'dkim-atps': { results: [...MAIL, 'neutral'], props: /^header\.from$/ },
  dmarc: { results: [...MAIL, 'bestguesspass'], props: /^(?:header\.from|policy\.dmarc)$/ },
  dnswl: {
    results: ['none', 'pass', 'permerror', 'temperror'],
    props: /^(?:dns\.(?:zone|sec)|policy\.(?:ip|txt))$/,
  },
  domainkeys: { results: SIGNED, props: /^header\.(?:d|from|sender)$/ },
  iprev: { results: ['fail', 'pass', 'permerror', 'temperror'], props: /^policy\.iprev$/ },
  rrvs: { results: [...MAIL, 'unknown'], props: /^smtp\.rcptto$/ },
  'sender-id': { results: SENDER, props: /^header\./ },
  smime: { results: SIGNED, props: /^body\.smime-(?:part|identifer|serial|issuer)$/ },
  spf: { results: SENDER, props: /^smtp\.(?:mailfrom|mfrom|helo|rcpttodomain)$/ },
  vbr: { results: MAIL, props: /^header\.m[dv]$/ },
}

const TOKEN = /[^\s\x00-\x1f\x80-\xff()<>@,;:/[\]?="]+/y
const QUOTED = /"(?:[^"\\]|\\.)*"?/y
/** More than the grammar allows: servers write addresses with colons (IPv6, odd login names) without quotes. */
const VALUE = /(?:"(?:[^"\\]|\\.)*"?|[^\s;"]+)(?=[\s;]|$)/y
const LONGEST = 10_000

/**
 * Reads one field's value; `arc` for ARC-Authentication-Results, which begins with `i=n;`. Undefined for anything that
 * breaks the grammar or names an unknown method or result: half-read results are worth nothing.
 */
export function parseAuthRes(value: Octets, arc: boolean): AuthResHeader | undefined {
  const text = value.slice(0, LONGEST).trim()
  let at = 0
  const take = (pattern: RegExp): string | undefined => {
    pattern.lastIndex = at
    const match = pattern.exec(text)?.[0]
    if (match === undefined) return undefined
    at = skipComment(text, at + match.length)
    return match
  }
  if (arc && take(/i\s*=\s*(?:[1-9]|[1-4]\d|50)\b/y) === undefined) return undefined
  if (arc && take(/;/y) === undefined) return undefined
  const authserv = take(TOKEN)?.toLowerCase()
  if (authserv === undefined) return undefined
  take(/\d+/y)
  if (take(/;/y) === undefined) return undefined
  const results: MethodResult[] = []
  while (at < text.length) {
    const one = takeMethod(take, authserv)
    if (one === undefined || !takeProperties(take, one.method, () => at >= text.length)) return undefined
    results.push(one)
  }
  return { authserv, results }
}

type Take = (pattern: RegExp) => string | undefined

function takeMethod(take: Take, authserv: string): MethodResult | undefined {
  // Some servers write their name before each method.
  take(new RegExp(`${escapeRegex(authserv)}\\s*;`, 'y'))
  const method = take(/[\w-]+/y)?.toLowerCase()
  if (method === undefined || method === 'none' || !Object.hasOwn(METHODS, method)) return undefined
  if (take(/\//y) !== undefined && take(/\d+/y) === undefined) return undefined
  const result = take(/=/y) === undefined ? undefined : take(/\w+/y)
  if (result === undefined || METHODS[method]?.results.includes(result) !== true) return undefined
  for (const extra of [/reason\b/iy, /action\b/iy]) {
    if (take(extra) === undefined) continue
    if (take(/=/y) === undefined || (take(QUOTED) ?? take(TOKEN)) === undefined) return undefined
  }
  return { method, result }
}

/** Properties up to the semicolon or the end; false where one is malformed. */
function takeProperties(take: Take, method: string, atEnd: () => boolean): boolean {
  while (!atEnd()) {
    if (take(/;/y) !== undefined) return true
    const type = take(/[\w-]+/y)
    if (type === undefined || take(/\./y) === undefined) return false
    const property = take(/[\w-]+/y)
    if (property === undefined || take(/=/y) === undefined || take(VALUE) === undefined) return false
    if (METHODS[method]?.props.test(`${type}.${property}`.toLowerCase()) !== true) return false
  }
  return true
}

/** Position after white space and one comment, parentheses nested. */
function skipComment(text: string, start: number): number {
  let at = skipSpace(text, start)
  if (text[at] !== '(') return at
  let depth = 0
  for (; at < text.length; at++) {
    if (text[at] === '(') depth++
    else if (text[at] === ')' && --depth === 0) return skipSpace(text, at + 1)
  }
  return text.length
}

function skipSpace(text: string, start: number): number {
  let at = start
  while (at < text.length && /\s/.test(text[at] ?? '')) at++
  return at
}
