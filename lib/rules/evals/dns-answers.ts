/**
 * What the eval functions of DNS lists share: putting questions together, reading answers, and the one rule that no
 * list may break - an error code is no listing.
 */
import type { Answer } from '../../net/dns.ts'
import type { EvalInput, Lookup } from '../eval.ts'
import { ipv4Number } from './ip.ts'

/** Questions of one rule for one message: more hosts than this belong to nobody's honest mail. */
export const MOST_QUESTIONS = 40

/** The answer to a question of `lookups`; undefined while it was not asked. */
export function answerTo(input: EvalInput, { type, name }: Lookup): Answer<string> | undefined {
  return input.answers.get(`${type}:${name}`.toLowerCase())
}

/** The records of an answer, none for "absent" and for "nobody knows". */
export function recordsOf(input: EvalInput, lookup: Lookup): readonly string[] {
  const answer = answerTo(input, lookup)
  return answer?.kind === 'found' ? answer.records : []
}

/** 127.255.255.0/24: "you may not ask", "too many questions" (Spamhaus and others); it says nothing about the mail. */
export function isErrorCode(address: string): boolean {
  return address.startsWith('127.255.255.')
}

const TEN_DIGITS = /^\d{1,10}$/

/** What a list's answer must look like for a rule: absent, any listing will do. */
export type Subtest =
  | { readonly kind: 'any' }
  | { readonly kind: 'exact'; readonly text: string }
  /** Any bit of the mask is set in the address. */
  | { readonly kind: 'mask'; readonly mask: number }
  | { readonly kind: 'range'; readonly from: number; readonly to: number }
  | { readonly kind: 'masked'; readonly value: number; readonly mask: number }
  | { readonly kind: 'regex'; readonly pattern: string }
  /** DNS response codes; 0 is an answer, 3 is "no such name". */
  | { readonly kind: 'rcodes'; readonly codes: readonly number[] }

/** `2`, `0x10`, `127.0.0.2`, `127.0.0.2-127.0.0.9`, `127.0.0.0/255.255.0.0`: undefined for anything else. */
export function parseNumericSubtest(text: string): Subtest | undefined {
  const match = /^([^/-]+)(?:([/-])(.+))?$/s.exec(text)
  const first = parseNumber(match?.[1] ?? '')
  if (match === null || first === undefined) return undefined
  if (match[3] === undefined) {
    return ipv4Number(text) === undefined
      ? { kind: 'mask', mask: first }
      : { kind: 'range', from: first, to: first }
  }
  const second = parseNumber(match[3])
  if (second === undefined) return undefined
  if (match[2] === '-') return { kind: 'range', from: first, to: second }
  return { kind: 'masked', value: first, mask: second }
}

function parseNumber(text: string): number | undefined {
  if (TEN_DIGITS.test(text)) return Number(text)
  if (/^0x[0-9a-f]{1,8}$/i.test(text)) return Number.parseInt(text, 16)
  return ipv4Number(text)
}

/** Does this rule expressly speak of error codes? Only then may one count, for the rules that tell the admin of it. */
function speaksOfErrors(subtest: Subtest): boolean {
  switch (subtest.kind) {
    case 'exact':
      return isErrorCode(subtest.text)
    case 'range':
      return subtest.from >= 0x7f_ff_ff_00 && subtest.to <= 0x7f_ff_ff_ff
    case 'masked':
      return subtest.mask >= 0xff_ff_ff_00 && subtest.value >>> 8 === 0x7f_ff_ff
    case 'regex':
      return /127\\?\.255\\?\.255/.test(subtest.pattern)
    default:
      return false
  }
}

/** Does a record fit? A records outside 127/8 are a broken list or a hijacked name: they fit only patterns naming them. */
export function fits(input: EvalInput, subtest: Subtest, record: string, type: Lookup['type']): boolean {
  const number = type === 'a' ? ipv4Number(record) : undefined
  if (number !== undefined && isErrorCode(record) && !speaksOfErrors(subtest)) return false
  switch (subtest.kind) {
    case 'any':
      return type !== 'a' || record.startsWith('127.')
    case 'exact':
      return record === subtest.text
    case 'regex':
      return testRegex(input.regex(subtest.pattern), record)
    case 'mask':
      return number !== undefined && number >>> 24 === 127 && (number & subtest.mask) !== 0
    case 'range':
      return number !== undefined && number >= subtest.from && number <= subtest.to
    case 'masked':
      return number !== undefined && (number & subtest.mask) === (subtest.value & subtest.mask)
    case 'rcodes':
      return subtest.codes.includes(0)
  }
}

function testRegex(regex: RegExp | undefined, text: string): boolean {
  if (regex === undefined) return false
  regex.lastIndex = 0
  return regex.test(text)
}
