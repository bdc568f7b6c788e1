/** HTMLEval: the facts that rendering a text/html part leaves behind, each message part asked in turn. */
import type { HtmlFacts } from '../../mail/html.ts'
import type { Octets } from '../../mail/message.ts'
import { fromUtf8 } from '../../mail/octets.ts'
import type { EvalInput, EvalPlugin } from '../eval.ts'
import { farAway, locales } from './locales.ts'
import { header, isUtf8, number } from './octets.ts'

export const htmlEval: EvalPlugin<object> = {
  name: 'Mail::SpamAssassin::Plugin::HTMLEval',
  initial: () => ({}),
  directives: {},
  functions: {
    html_tag_balance: (input, [tag = '', expression = '']) =>
      any(input, ({ inside }) => inside.has(tag) && compare(inside.get(tag) ?? 0, expression)),
    html_image_only: (input, [min, max]) =>
      any(input, ({ inside, values }) => {
        const { length } = values
        return inside.has('img') && length !== undefined && length > number(min) && length <= number(max)
      }),
    html_image_ratio: (input, [min, max]) => any(input, (html) => imageRatio(html, number(min), number(max))),
    html_charset_faraway: charsetFaraway,
    html_tag_exists: (input, [tag = '']) => any(input, ({ inside }) => inside.has(tag)),
    html_test: (input, [test = '']) => any(input, ({ values }) => (values[test] ?? 0) !== 0),
    html_eval: (input, [test = '', expression = '']) =>
      any(input, ({ values }) => values[test] !== undefined && compare(values[test], expression)),
    html_text_match: (input, [name = '', pattern = '']) => textMatch(input, name, pattern, true),
    html_text_not_match: (input, [name = '', pattern = '']) => textMatch(input, name, pattern, false),
    html_title_subject_ratio: titleSubjectRatio,
    html_range: (input, [test = '', min, max]) => any(input, ({ values }) => inRange(values[test], min, max)),
    check_iframe_src: (input) =>
      any(input, ({ uris }) => [...uris.values()].some(({ types }) => types.has('iframe'))),
  },
}

function any(input: EvalInput, test: (html: HtmlFacts) => boolean): boolean {
  return input.message.html().some(test)
}

const COMPARISON = /^[ ]*(<=>|<=|>=|==|!=|<|>)[ ]*([-+]?\d+)[ ]*$/

/** `'!= 0'`, `'> 3'`: the comparisons rules write, read instead of evaluated. */
function compare(value: number, expression: string): boolean {
  const match = COMPARISON.exec(expression)
  const bound = Number(match?.[2])
  switch (match?.[1]) {
    case '<':
      return value < bound
    case '<=':
      return value <= bound
    case '>':
      return value > bound
    case '>=':
      return value >= bound
    case '==':
      return value === bound
    case '!=':
    case '<=>':
      return value !== bound
    default:
      return false
  }
}

function imageRatio({ values }: HtmlFacts, min: number, max: number): boolean {
  const { non_space_len: text, image_area: area } = values
  if (text === undefined || area === undefined || area <= 0) return false
  return text / area > min && text / area <= max
}

function inRange(value: number | undefined, min: string | undefined, max: string | undefined): boolean {
  if (value === undefined || !(value > number(min))) return false
  return max === undefined || max === 'inf' || (Number.isFinite(value) && value <= number(max))
}

function charsetFaraway(input: EvalInput): boolean {
  const ok = locales(input)
  if (ok.includes('all')) return false
  return any(input, ({ charsets }) => {
    const bad = charsets.filter((charset) => farAway(charset, ok)).length
    return bad > 0 && bad >= charsets.length - bad
  })
}

const TEXTS = ['comment', 'script', 'title', 'anchor'] as const

/** Octets of one text, and of all texts of a part, that patterns are run over: rules write patterns such as '<!.*?>'. */
const LONGEST_TEXT = 8192
const MOST_TEXT = 65_536

function texts(html: HtmlFacts, name: string): readonly Octets[] {
  const known = TEXTS.find((one) => one === name)
  let left = MOST_TEXT
  return (known === undefined ? [] : html.texts[known]).flatMap((text) => {
    if (left <= 0) return []
    left -= Math.min(text.length, LONGEST_TEXT) + 1
    return [text.slice(0, LONGEST_TEXT)]
  })
}

function textMatch(input: EvalInput, name: string, pattern: string, wanted: boolean): boolean {
  const regex = input.regex(pattern)
  if (regex === undefined) return false
  return any(input, (html) => texts(html, name).some((text) => matches(regex, characters(text)) === wanted))
}

/** These texts SpamAssassin matches as characters, unlike everything else: '.{120}' counts letters. */
function characters(text: Octets): string {
  return isUtf8(text) ? fromUtf8(text) : text
}

function matches(regex: RegExp, text: string): boolean {
  regex.lastIndex = 0
  return regex.test(text)
}

/** Characters, as Perl counts the title; the subject is counted in octets, its final newline included. */
function titleSubjectRatio(input: EvalInput, [ratio]: readonly string[]): boolean {
  const subject = header(input, 'Subject').length
  if (subject === 0) return false
  return any(input, ({ texts: { title } }) =>
    title.some((text) => text !== '0' && characters(text).length / subject > number(ratio)),
  )
}
