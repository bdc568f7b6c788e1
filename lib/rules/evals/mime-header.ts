/** MIMEHeader: `mimeheader NAME Content-Type =~ /x/`, a header rule over each part's header (the message's own included). */
import type { Octets } from '../../mail/message.ts'
import type { Part } from '../../mail/mime.ts'
import { splitIfUnset } from '../define.ts'
import type { EvalInput, EvalPlugin, EvalRule } from '../eval.ts'
import { whyNoPattern } from '../regex/pattern.ts'
import { number } from './octets.ts'
import { allParts } from './parts.ts'

interface MimeHeaderRule {
  readonly header: string
  readonly raw: boolean
  readonly negated: boolean
  readonly unset: string
  readonly pattern: string
  /** Shared by rules that look at the same values. */
  readonly values: object
}

export interface MimeHeaderRules {
  readonly rules: Map<string, MimeHeaderRule>
}

export const mimeHeader: EvalPlugin<MimeHeaderRules> = {
  name: 'Mail::SpamAssassin::Plugin::MIMEHeader',
  initial: () => ({ rules: new Map() }),
  directives: { mimeheader: define },
  rules: { mimeheader: 'check_mimeheader' },
  functions: { check_mimeheader: check },
  can: ['all_header', 'tflags_range', 'tflags_concat', 'tflags_multiple', 'capture_rules'].map(
    (feature) => `Mail::SpamAssassin::Plugin::MIMEHeader::has_${feature}`,
  ),
}

const RULE = /^([_a-zA-Z][_a-zA-Z0-9]{0,127})[ \t]+([^: \t]+)(?::(raw)?)?[ \t]*([=!])~[ \t]*(.+)$/s

function define(state: MimeHeaderRules, value: string): string | undefined {
  const match = RULE.exec(value)
  if (match === null) return 'expected NAME Header =~ /pattern/'
  const { pattern, ifUnset = '' } = splitIfUnset(match[5] ?? '')
  const error = whyNoPattern(pattern)
  if (error !== undefined) return error
  const wanted = { header: match[2] ?? '', raw: match[3] === 'raw', unset: ifUnset }
  state.rules.set(match[1] ?? '', { ...wanted, negated: match[4] === '!', pattern, values: keyOf(wanted) })
  return undefined
}

function check(input: EvalInput, args: readonly string[], rule: EvalRule): boolean | number {
  const definition = input.conf(mimeHeader).rules.get(args[0] ?? rule.name)
  const regex = definition === undefined ? undefined : input.regex(definition.pattern)
  if (definition === undefined || regex === undefined) return false
  const all = valuesOf(input, definition)
  const values = rule.tflags.length === 0 ? all : inRange(all, rule.tflags)
  const texts = rule.tflags.includes('concat')
    ? [values.map((value) => value.replace(/\n?$/, '\n')).join('')]
    : values
  const most = maxHits(rule.tflags)
  for (const text of texts) {
    const hits = count(regex, text, most)
    if (hits === 0) continue
    if (!definition.negated) keepCaptures(input, regex, text)
    return definition.negated ? false : hits
  }
  return definition.negated
}

function inRange<T>(parts: readonly T[], tflags: readonly string[]): readonly T[] {
  const range = /^range=(\d+)?(?:(-)(\d+)?)?$/.exec(tflags.find((word) => word.startsWith('range=')) ?? '')
  if (range === null) return parts
  const first = number(range[1])
  const last = range[3] !== undefined ? number(range[3]) : range[2] === undefined ? first : MAX_PARTS
  return parts.filter((_, index) => index + 1 >= first && index + 1 <= last)
}

/** Parts looked at. */
const MAX_PARTS = 1000
const KEYS = new Map<string, object>()

function keyOf({ header, raw, unset }: Pick<MimeHeaderRule, 'header' | 'raw' | 'unset'>): object {
  const name = `${header.toLowerCase()}:${raw}:${unset}`
  let key = KEYS.get(name)
  if (key === undefined) KEYS.set(name, (key = {}))
  return key
}

/** Values of one header, a part each: many rules ask for the same one. */
function valuesOf(input: EvalInput, definition: MimeHeaderRule): readonly Octets[] {
  return input.memo(definition.values, () =>
    allParts(input.message)
      .slice(0, MAX_PARTS)
      .map((part) => valueOf(part, definition)),
  )
}

function valueOf(part: Part, { header, raw, unset }: MimeHeaderRule): Octets {
  if (header === 'ALL') {
    return part.headers
      .map(({ name, raw: text }) =>
        raw ? `${name}:${text}\n` : `${name}: ${part.header(name).at(-1) ?? ''}\n`,
      )
      .join('')
  }
  const value = (raw ? part.rawHeader(header) : part.header(header)).at(-1)
  return value === undefined ? unset : `${value}\n`
}

function maxHits(tflags: readonly string[]): number {
  if (tflags.length === 0) return 1
  const named = tflags.map((word) => /^maxhits=(\d+)$/.exec(word)?.[1]).find((one) => one !== undefined)
  return named === undefined ? (tflags.includes('multiple') ? 1000 : 1) : Number(named)
}

function keepCaptures(input: EvalInput, regex: RegExp, text: Octets): void {
  if (input.capture === undefined || !regex.source.includes('(?<')) return
  regex.lastIndex = 0
  for (const [name, value] of Object.entries(regex.exec(text)?.groups ?? {})) {
    // A number after `$` keeps apart groups that bear one name.
    if (value !== undefined && value !== '') input.capture(name.replace(/\$\d+$/, ''), value)
  }
}

function count(regex: RegExp, text: Octets, most: number): number {
  if (most <= 1) {
    regex.lastIndex = 0
    return regex.test(text) ? 1 : 0
  }
  const global = regex.global ? regex : new RegExp(regex.source, `${regex.flags}g`)
  let hits = 0
  for (const _ of text.matchAll(global)) if (++hits >= most) break
  return hits
}
