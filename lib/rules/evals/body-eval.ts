/** BodyEval: shape of the text as a whole - how much of it, how it is laid out, how alternatives differ. */
import type { Octets } from '../../mail/message.ts'
import type { Part, Rendered } from '../../mail/part.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { number } from './octets.ts'
import { allParts, partsBelow } from './parts.ts'

export const bodyEval: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::BodyEval',
  initial: () => ({}),
  directives: {},
  functions: {
    multipart_alternative_difference: (input, [min, max]) => {
      const { percent } = difference(input)
      return (number(min) === 0 || percent > number(min)) && (max === 'undef' || percent <= number(max))
    },
    multipart_alternative_difference_count: (input, [ratio, minHtml]) => {
      const { text, html } = difference(input)
      return html > number(minHtml) && text / html > number(ratio)
    },
    check_blank_line_ratio: blankLineRatio,
    tvd_vertical_words: (input, [min, max]) => {
      const most = number(max) >= 100 ? 101 : number(max)
      const share = spacing(input)
      return share >= number(min) && share < most
    },
    check_stock_info: (input, [min]) => number(min) === 0 || stockWords(input) >= number(min),
    check_body_length: (input, [most]) => bodyLength(input) <= number(most),
    plaintext_body_length: (input, [min, max]) => between(signature(input)?.body, min, max),
    plaintext_sig_length: (input, [min, max]) => between(signature(input)?.signature, min, max),
    plaintext_body_sig_ratio: (input, [min, max]) => between(signature(input)?.ratio, min, max),
  },
  can: [
    'Mail::SpamAssassin::Plugin::BodyEval::has_check_body_length',
    'Mail::SpamAssassin::Plugin::BodyEval::has_plaintext_body_sig_ratio',
  ],
}

function between(value: number | undefined, min: string | undefined, max: string | undefined): boolean {
  return value !== undefined && value >= number(min) && (max === undefined || value <= number(max))
}

interface Difference {
  /** Share of the words of an HTML alternative that its text sibling lacks, the greatest of all, in percent. */
  readonly percent: number
  /** Different words of the last alternative that had HTML words. */
  readonly text: number
  readonly html: number
}

const DIFFERENCE_KEY = {}
/** White space and word characters of a Perl string of characters, not octets. */
const UNICODE_SPACE = /[\t\n\v\f\r \x85\xa0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/
const UNICODE_WORD = /[\p{L}\p{M}\p{N}\p{Pc}]/u

function difference(input: EvalInput): Difference {
  return input.memo(DIFFERENCE_KEY, () => {
    const total = { percent: 0, text: 0, html: 0 }
    const { root } = input.message
    const isInvitation =
      root.type === 'multipart/alternative' &&
      root.parts.length === 2 &&
      root.parts[0]?.type === 'text/html' &&
      root.parts[1]?.type === 'text/calendar'
    if (isInvitation) return total
    for (const part of allParts(input.message)) {
      if (/^multipart\/alternative\b/.test(part.type)) compareAlternatives(part, total)
    }
    return total
  })
}

function compareAlternatives(part: Part, total: { percent: number; text: number; html: number }): void {
  const html = new Map<string, number>()
  const text = new Map<string, number>()
  for (const one of partsBelow(part)) {
    const rendered = /^text\b/.test(one.type) ? one.rendered() : undefined
    if (rendered === undefined) continue
    countWords(rendered, rendered.type === 'text/html' ? html : text)
    if (rendered.type === 'text/html' && html.size === 0 && rendered.html?.inside.has('img') === true)
      html.set('\n', 1)
  }
  const original = html.size
  if (original === 0) return
  total.html = original
  total.text = text.size
  for (const [word, count] of text) if ((html.get(word) ?? 0) <= count) html.delete(word)
  total.percent = Math.max(total.percent, (html.size / original) * 100)
}

function countWords({ text, unicode }: Rendered, counts: Map<string, number>): void {
  const [space, word] = unicode.text ? [UNICODE_SPACE, UNICODE_WORD] : [/[\t\n\v\f\r ]+/, /\w/]
  for (const piece of text.split(space)) if (word.test(piece)) counts.set(piece, (counts.get(piece) ?? 0) + 1)
}

const BLANK_KEY = {}

function blankLineRatio(input: EvalInput, [min, max, minLines]: readonly string[]): boolean {
  const { blank, lines } = input.memo(BLANK_KEY, () => countLines(input.message.decoded()))
  const ratio = lines < Math.max(1, number(minLines)) ? -1 : (100 * blank) / lines
  return ratio <= number(max) && (number(min) === 0 || ratio > number(min))
}

function countLines(chunks: readonly Octets[]): { readonly blank: number; readonly lines: number } {
  let blank = 0
  let lines = 0
  for (const chunk of chunks) {
    for (const line of chunk.match(/[^\n]*\n|[^\n]+/g) ?? []) {
      lines++
      if (!/[^ \t\n\r\f\v]/.test(line)) blank++
    }
  }
  return { blank, lines }
}

const SPACING_KEY = {}

/** The greatest share of spaces of any paragraph, in percent of its other characters; -1 without a paragraph. */
function spacing(input: EvalInput): number {
  return input.memo(SPACING_KEY, () => {
    let most = -1
    for (const paragraph of input.message.rendered()) {
      if (paragraph.length <= 5) continue
      const spaces = paragraph.split(' ').length - 1
      const others = paragraph.length - spaces
      most = Math.max(most, spaces > others || others === 0 ? 100 : Math.trunc((100 * spaces) / others))
    }
    return most
  })
}

const STOCK =
  /(^trad(?:e|ing)date|company(?:name)?|s\w?(?:t\w?o\w?c\w?k|y\w?m(?:\w?b\w?o\w?l)?)|t(?:arget|icker)|(?:opening|current)p(?:rice)?|p(?:rojected|osition)|expectations|weeks?high|marketperformance|(?:year|week|month|day|price)(?:target|estimates?)|sector|r(?:ecommendation|ating))$/
const LONGEST_LABEL = 30
const SHORTEST_LABEL = 3
/** White space in a row that is passed over. */
const MOST_SPACE = 200
const NOT_SPACE = /[^ \t\n\r\f\v]/g

/**
 * Labels such as `Symbol : ABCD` at the start of lines, letters only; the colon may stand on a later line, and so may
 * the value, whose line then has no label of its own.
 */
function* labels(text: Octets): Generator<string> {
  let colon = -1
  let from = 0
  for (let line = 0; line < text.length;) {
    const next = text.indexOf('\n', line) + 1 || text.length
    NOT_SPACE.lastIndex = line
    const start = NOT_SPACE.exec(text)?.index
    if (start === undefined) return
    if (start < next && line >= from && start - line <= MOST_SPACE) {
      if (colon < start) colon = text.indexOf(':', start)
      if (colon < 0) return
      NOT_SPACE.lastIndex = colon + 1
      const label = colon - start <= LONGEST_LABEL + MOST_SPACE ? text.slice(start, colon) : ''
      const value = isLabel(label) ? NOT_SPACE.exec(text)?.index : undefined
      if (value !== undefined && value - colon - 1 <= MOST_SPACE) {
        yield label.toLowerCase().replace(/[^a-z]/g, '')
        from = value + 1
      }
    }
    line = start < next ? next : text.lastIndexOf('\n', start) + 1
  }
}

/** What stands before a colon: a few characters of one line, then white space. */
function isLabel(text: Octets): boolean {
  const newline = text.indexOf('\n')
  const longest = Math.min(LONGEST_LABEL, newline < 0 ? text.length : newline)
  const shortest = Math.max(SHORTEST_LABEL, trimmedLength(text), text.length - MOST_SPACE)
  return shortest <= longest
}

function trimmedLength(text: Octets): number {
  return text.replace(/(?<![ \t\n\r\f\v])[ \t\n\r\f\v]+$/, '').length
}

const STOCK_KEY = {}

/** How many different words of stock touting stand before a colon at the start of lines. */
function stockWords(input: EvalInput): number {
  return input.memo(STOCK_KEY, () => {
    const text = allParts(input.message)
      .find(({ type }) => type === 'text/plain')
      ?.rendered()?.text
    const found = new Set<string>()
    for (const label of labels(text ?? '')) {
      const word = STOCK.exec(label)?.[1]
      if (word !== undefined) found.add(word)
    }
    return found.size
  })
}

const LENGTH_KEY = {}

function bodyLength(input: EvalInput): number {
  return input.memo(LENGTH_KEY, () => input.message.full().length - input.message.headerBlock().length)
}

interface Signature {
  readonly body: number
  readonly signature: number
  readonly ratio: number
}
const SIGNATURE_KEY = {}

/** The last `-- ` line that has more than four octets after it ends the body of the first plain text part. */
function signature(input: EvalInput): Signature | undefined {
  return input.memo(SIGNATURE_KEY, () => {
    const text = allParts(input.message)
      .find(({ type }) => type.startsWith('text/plain'))
      ?.decoded()
    if (text === undefined) return undefined
    let [body, rest] = [text.length, 0]
    for (const match of text.matchAll(/^-- ?\r?$/gm)) {
      const after = text.length - match.index - match[0].length
      if (after > 4) [body, rest] = [match.index, after]
    }
    return { body, signature: rest, ratio: rest === 0 ? 1_000_000 : body / rest }
  })
}
