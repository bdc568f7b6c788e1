/**
 * The text of the Authentication-Results header (RFC 8601), made from facts. Pure.
 *
 * A program that reads this header trusts it, so nothing that came with the mail may reach it unchecked: every value is
 * written as a token where the grammar of RFC 2045 allows it, else as a quoted string, control characters are dropped,
 * and a value that is absurdly long is left out. Comments are not used at all: readers disagree on how to skip them.
 */
import type { ArcFacts, AuthFacts, DkimFacts, DmarcFacts, SignatureFact, SpfFact } from './facts.ts'

/** Folds are LF + tab, as milter header values have them. */
const FOLD = '\n\t'
/** Longer values say nothing to a reader; RFC 5321 allows 254 octets for an address. */
const VALUE_LIMIT = 254
const REASON_LIMIT = 120
/** RFC 2045 token: printable ASCII but space and tspecials. */
const TOKEN = /^[!#$%&'*+\-.0-9A-Z^_`a-z{|}~]+$/
/** RFC 5321 dot-string, the only local part written unquoted. */
const DOT_STRING = /^[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+(\.[A-Za-z0-9!#$%&'*+\-/=?^_`{|}~]+)*$/
const DOMAIN = /^[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]*[A-Za-z0-9_])?)*$/

/** A value of the grammar: token or quoted string; null when nothing printable is left or it is too long. */
export function value(text: string): string | null {
  const clean = text.replace(/[^\x20-\x7e]/g, '').trim()
  if (clean === '' || clean.length > VALUE_LIMIT) return null
  return TOKEN.test(clean) ? clean : `"${clean.replace(/[\\"]/g, String.raw`\$&`)}"`
}

/** `local@domain`, `@domain` or a bare domain as pvalue; the domain alone when the local part cannot be written plainly. */
export function addressValue(address: string): string | null {
  const at = address.lastIndexOf('@')
  const domain = address.slice(at + 1).replace(/\.$/, '')
  if (domain.length > VALUE_LIMIT || !DOMAIN.test(domain)) return value(address)
  if (at < 0) return domain
  const local = address.slice(0, at)
  if (local === '') return `@${domain}`
  return DOT_STRING.test(local) && local.length <= 64 ? `${local}@${domain}` : domain
}

type Property = readonly [name: string, written: string | null]

/** One `; method=result reason="…" ptype.property=value` without its semicolon. */
function statement(
  method: string,
  result: string,
  reason: string | undefined,
  properties: readonly Property[],
) {
  const why = reason === undefined ? null : value(reason.slice(0, REASON_LIMIT))
  return [
    `${method}=${result}`,
    ...(why === null ? [] : [`reason=${why}`]),
    ...properties.flatMap(([name, written]) => (written === null ? [] : [`${name}=${written}`])),
  ]
}

function spfStatement(fact: SpfFact) {
  const property = fact.identity === 'mailfrom' ? 'smtp.mailfrom' : 'smtp.helo'
  return statement('spf', fact.result, fact.comment, [[property, addressValue(fact.value || fact.domain)]])
}

function signatureStatement(fact: SignatureFact) {
  return statement('dkim', fact.result, fact.comment, [
    ['header.d', addressValue(fact.domain)],
    ['header.i', fact.identity === '' ? null : addressValue(fact.identity)],
    ['header.s', value(fact.selector)],
    ['header.a', value(fact.algorithm)],
    ['header.b', value(fact.tag)],
  ])
}

function dkimStatements(facts: DkimFacts) {
  if (facts.skipped !== null) return [statement('dkim', 'neutral', `not verified: ${facts.skipped}`, [])]
  return facts.signatures.length === 0
    ? [statement('dkim', 'none', undefined, [])]
    : facts.signatures.map(signatureStatement)
}

function dmarcStatement(facts: DmarcFacts) {
  return statement('dmarc', facts.result, facts.comment ?? facts.reason, [
    ['policy.dmarc', facts.policy],
    ['header.from', addressValue(facts.domain)],
  ])
}

/** RFC 8617 section 6: the newest instance and the sealer are of use to who reads the journal; only registered names are written. */
function arcStatement(facts: ArcFacts, clientAddress: string | null) {
  return statement('arc', facts.result, facts.comment, [
    ['smtp.remote-ip', facts.result === 'none' || clientAddress === null ? null : value(clientAddress)],
  ])
}

/**
 * The value of an Authentication-Results header, folded with LF + tab after every semicolon.
 * `authservId` names this host (RFC 8601 section 2.5). With nothing looked at, it says `none`.
 */
export function authenticationResults(
  authservId: string,
  facts: AuthFacts,
  clientAddress: string | null = null,
): string {
  const { spf, dkim, dmarc, arc, user } = facts
  const statements = [
    ...(user === null ? [] : [statement('auth', 'pass', undefined, [['smtp.auth', addressValue(user)]])]),
    ...[spf.mailFrom, spf.helo].flatMap((fact) => (fact === null ? [] : [spfStatement(fact)])),
    ...(dkim === null ? [] : dkimStatements(dkim)),
    ...(dmarc === null || dmarc.notJudged !== undefined ? [] : [dmarcStatement(dmarc)]),
    ...(arc === null ? [] : [arcStatement(arc, clientAddress)]),
  ]
  const id = value(authservId) ?? 'localhost'
  if (statements.length === 0) return `${id}; none`
  return [id, ...statements.map(fold)].join(`;${FOLD}`)
}

/** Folds one statement between its words where a line would pass 78 characters. */
function fold(words: readonly string[]): string {
  const lines: string[] = []
  let line = ''
  for (const word of words) {
    if (line !== '' && line.length + 1 + word.length > 68) {
      lines.push(line)
      line = ''
    }
    line = line === '' ? word : `${line} ${word}`
  }
  lines.push(line)
  return lines.join(`${FOLD} `)
}

/**
 * Whether an Authentication-Results value names this host, so that it must be removed as forged (RFC 8601 section 5).
 * Reads as generously as any reader might: nested comments and folds before the id, quotes, a version after it, any case.
 */
export function claimsAuthservId(headerValue: string, authservId: string): boolean {
  const rest = skipComments(headerValue.slice(0, 4096).replace(/[\r\n\t ]+/g, ' '))
  const word = /^"(?:[^"\\]|\\.)*"|^[^\s;"(]+/.exec(rest)?.[0] ?? ''
  const id = word.startsWith('"') ? word.slice(1, -1).replace(/\\(.)/g, '$1') : word
  return id.toLowerCase().replace(/\.$/, '') === authservId.toLowerCase().replace(/\.$/, '')
}

/** What follows white space and comments (RFC 5322 section 3.2.2, which nest) at the start. */
function skipComments(text: string): string {
  let depth = 0
  for (let at = 0; at < text.length; at++) {
    const character = text[at]
    if (character === '(') depth++
    else if (character === ')' && depth > 0) depth--
    else if (character === '\\' && depth > 0) at++
    else if (depth === 0 && character !== ' ') return text.slice(at)
  }
  return ''
}
