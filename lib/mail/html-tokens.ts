/**
 * HTML to a stream of tags, text and comments, with the tolerance of Perl's HTML::Parser, which SpamAssassin's rules
 * were made with: which `<` is text, where a comment ends, what an attribute without quotes is, in which elements
 * tags are text. It reads every octet a bounded number of times, however broken the page.
 */
import {
  isNameStart,
  readAttributes,
  scanStartTag,
  skipName,
  skipSpace,
  skipUntilGt,
  skipWord,
} from './html-markup.ts'
import type { HtmlAttributes } from './html-markup.ts'
import { decodeReferences } from './html-text.ts'
import { isSpace } from './space.ts'

export type { HtmlAttributes } from './html-markup.ts'

export interface HtmlHandler {
  /** Tag names are in lower case. Attributes are read when asked for; of repeated ones the first counts. */
  start(tag: string, attributes: () => HtmlAttributes): void
  end(tag: string): void
  /** Character references are replaced, except where markup has no meaning (script, style). */
  text(text: string): void
  /** With its delimiters. */
  comment(text: string): void
  declaration(text: string): void
}

export interface HtmlTokenizer {
  /** Takes more of the page; holds back what may not be complete. */
  feed(chunk: string): void
  /** The page is over: what was held back is read as well as can be. */
  end(): void
}

type Section = 'none' | 'include' | 'rcdata' | 'cdata' | 'ignore'

interface State {
  readonly handler: HtmlHandler
  held: string
  /** Name of the element in which tags are text, '' outside. */
  literal: string
  raw: boolean
  readonly sections: Section[]
  section: Section
  /** Comments end at the first `>`: after a comment had no end. */
  shortComments: boolean
  /** End tag to be added before the next tag. */
  pendingEnd: string
  /** Literal elements whose end was looked for in vain up to the end of the page. */
  readonly unended: Set<string>
  /** Pieces reported so far. */
  count: number
}

/** Elements in which tags are text; true: character references too. */
const LITERAL: ReadonlyMap<string, boolean> = new Map([
  ['script', true],
  ['style', true],
  ['xmp', true],
  ['iframe', true],
  ['plaintext', true],
  ['title', false],
  ['textarea', false],
])
const LITERAL_END = new Map([...LITERAL.keys()].map((tag) => [tag, new RegExp(`</${tag}[\\t-\\r ]*>`, 'gi')]))
const SECTIONS: readonly Section[] = ['none', 'include', 'rcdata', 'cdata', 'ignore']
/** Tags and texts of one page; an honest page of a megabyte has a tenth of it. What comes later is not read. */
const MOST_PIECES = 500_000
/** Marked sections inside each other that are remembered. */
const DEEPEST_SECTION = 100
const COMMENT_END = /--[\t-\r ]*>/g
const DECLARATION = /^(?:doctype|entity)$/i

/** A tokenizer that calls `handler` in document order. */
export function makeHtmlTokenizer(handler: HtmlHandler): HtmlTokenizer {
  const state: State = {
    handler,
    held: '',
    literal: '',
    raw: false,
    sections: [],
    section: 'none',
    shortComments: false,
    pendingEnd: '',
    unended: new Set(),
    count: 0,
  }
  return {
    feed(chunk) {
      const text = state.held + chunk
      state.held = text.slice(readMarkup(state, text))
    },
    end: () => readRest(state),
  }
}

/** What is left at the end of the page. */
function readRest(state: State): void {
  let rest = state.held
  state.held = ''
  while (rest !== '') {
    if (state.literal !== '') {
      state.unended.add(state.literal)
      if (!['script', 'style', 'title'].includes(state.literal)) break
      if (state.raw) onEnd(state, state.literal)
      else state.pendingEnd = state.literal
      state.literal = ''
    } else if (rest.startsWith('<') && !state.shortComments) {
      state.shortComments = true
    } else {
      break
    }
    rest = rest.slice(readMarkup(state, rest))
  }
  if (rest === '') return
  if (state.literal === '' && /^<(?:[A-Za-z_:/!?]|$)/.test(rest)) onComment(state, rest)
  else onText(state, rest)
}

/** Reads as far as it can be sure; returns the index of what is held back. */
function readMarkup(state: State, text: string): number {
  let at = 0
  let textStart = 0
  for (;;) {
    if (++state.count > MOST_PIECES) return text.length
    if (state.literal !== '') {
      at = readLiteral(state, text, textStart)
      if (at < 0) return textStart
      textStart = at
    }
    while (state.section === 'cdata' || state.section === 'rcdata') {
      at = readSectionText(state, text, textStart)
      if (at < 0) return textStart
      textStart = at
    }
    const next = findMarkup(state, text, textStart, at)
    textStart = next.textStart
    if (next.at < 0) return holdBack(state, text, textStart)
    if (next.at !== textStart) onText(state, text.slice(textStart, next.at))
    textStart = next.at
    if (text.length - textStart < 3) return textStart
    const end = readTag(state, text, textStart)
    if (end === textStart) return textStart
    // no tag: the `<` is text
    if (end < 0) at = textStart + 1
    else at = textStart = end
  }
}

function readLiteral(state: State, text: string, from: number): number {
  const pattern = LITERAL_END.get(state.literal)!
  pattern.lastIndex = from
  const searched = state.literal !== 'plaintext' && !state.unended.has(state.literal)
  const match = searched ? pattern.exec(text) : null
  if (match === null) return -1
  if (match.index !== from) onText(state, text.slice(from, match.index))
  onEnd(state, state.literal)
  state.literal = ''
  state.raw = false
  return pattern.lastIndex
}

function readSectionText(state: State, text: string, from: number): number {
  const close = text.indexOf(']]>', from)
  if (close < 0) return -1
  if (close !== from) onText(state, text.slice(from, close))
  leaveSection(state)
  return close + 3
}

/** The next `<` from `at` on; ends of marked sections before it are taken out of the text. */
function findMarkup(
  state: State,
  text: string,
  textStart: number,
  at: number,
): { textStart: number; at: number } {
  let start = textStart
  let open = text.indexOf('<', at)
  while (state.section !== 'none') {
    const close = text.indexOf(']]>', Math.max(at, start))
    if (close < 0 || (open >= 0 && close > open)) break
    onText(state, text.slice(start, close))
    leaveSection(state)
    start = close + 3
    if (open >= 0 && open < start) open = text.indexOf('<', start)
  }
  return { textStart: start, at: open }
}

/** At the end of the input the last word and the white space before it wait: they may go on. */
function holdBack(state: State, text: string, from: number): number {
  let at = text.length - 1
  if (at >= from && !isSpace(text.charCodeAt(at))) {
    while (at >= from && !isSpace(text.charCodeAt(at))) at--
  }
  while (at >= from && isSpace(text.charCodeAt(at))) at--
  at++
  if (at > from) onText(state, text.slice(from, at))
  return at
}

/** Reads what begins with `<` at `at`. Returns its end; `at` when it is not complete; -1 when it is no markup. */
function readTag(state: State, text: string, at: number): number {
  const code = text.charCodeAt(at + 1)
  if (isNameStart(code)) return readStartTag(state, text, at)
  if (code === 47) return readEndTag(state, text, at)
  if (code === 33) return readDeclaration(state, text, at)
  if (code !== 63) return -1
  const close = text.indexOf('>', at + 2)
  if (close < 0) return at
  flushPendingEnd(state)
  return close + 1
}

function readStartTag(state: State, text: string, at: number): number {
  const places: number[] = []
  const close = scanStartTag(text, at, places)
  if (close < 0) return at
  const tag = text.slice(at + 1, places[0]).toLowerCase()
  flushPendingEnd(state)
  if (state.section !== 'ignore') state.handler.start(tag, () => readAttributes(text, places))
  const raw = LITERAL.get(tag)
  if (raw !== undefined) {
    state.literal = tag
    state.raw = raw
  }
  return close + 1
}

function readEndTag(state: State, text: string, at: number): number {
  const nameEnd = skipWord(text, at + 2)
  const close = skipUntilGt(text, nameEnd)
  if (close < 0) return at
  if (nameEnd > at + 2) onEnd(state, text.slice(at + 2, nameEnd).toLowerCase())
  else onComment(state, text.slice(at, close + 1))
  return close + 1
}

/** `<!...`: a comment, a marked section or a declaration; what is none of them is a comment up to `>`. */
function readDeclaration(state: State, text: string, at: number): number {
  if (text.startsWith('--', at + 2)) return readComment(state, text, at)
  const code = text.charCodeAt(at + 2)
  if (code === 91) {
    const end = readSectionStart(state, text, at)
    if (end >= 0) return end
  } else if (isNameStart(code) && code !== 95 && code !== 58) {
    const end = readDoctype(state, text, at)
    if (end >= 0) return end
  }
  const close = text.indexOf('>', at + 2)
  if (close < 0) return at
  onComment(state, text.slice(at, close + 1))
  return close + 1
}

function readComment(state: State, text: string, at: number): number {
  let end: number
  if (state.shortComments) {
    end = text.indexOf('>', at + 4) + 1
  } else {
    COMMENT_END.lastIndex = at + 4
    end = COMMENT_END.exec(text) === null ? 0 : COMMENT_END.lastIndex
  }
  if (end === 0) return at
  onComment(state, text.slice(at, end))
  return end
}

/** `<![ CDATA [`. Returns -1 when it is none. */
function readSectionStart(state: State, text: string, at: number): number {
  const names: string[] = []
  let end = skipSpace(text, at + 3)
  for (;;) {
    if (isNameStart(text.charCodeAt(end))) {
      const nameEnd = skipName(text, end)
      names.push(text.slice(end, nameEnd).toLowerCase())
      end = nameEnd
    } else if (text.startsWith('--', end)) {
      end = text.indexOf('--', end + 2) + 2
      if (end === 1) return at
    } else {
      break
    }
    end = skipSpace(text, end)
  }
  if (end >= text.length) return at
  if (text.charCodeAt(end) !== 91) return -1
  if (names.length === 0) names.push('include')
  if (state.sections.length < DEEPEST_SECTION) state.sections.push(strongest(names))
  updateSection(state)
  return end + 1
}

function strongest(names: readonly string[]): Section {
  return SECTIONS.findLast((section) => section !== 'none' && names.includes(section)) ?? 'none'
}

function leaveSection(state: State): void {
  state.sections.pop()
  updateSection(state)
}

function updateSection(state: State): void {
  state.section = strongest(state.sections)
  state.raw = state.section === 'cdata'
}

/** `<!DOCTYPE ...>` and `<!ENTITY ...>` with quoted strings and comments. Returns -1 when it is none. */
function readDoctype(state: State, text: string, at: number): number {
  let i = skipName(text, at + 2)
  if (i >= text.length) return at
  if (!DECLARATION.test(text.slice(at + 2, i))) return -1
  for (;;) {
    i = skipSpace(text, i)
    if (i >= text.length) return at
    const code = text.charCodeAt(i)
    if (code === 62) break
    if (code === 34 || code === 39) {
      i = text.indexOf(text[i]!, i + 1) + 1
    } else if (code === 45) {
      if (text.charCodeAt(i + 1) !== 45) return i + 1 < text.length ? -1 : at
      i = text.indexOf('--', i + 2) + 2
      if (i === 1) return at
    } else {
      i = skipWord(text, i)
    }
    if (i === 0) return at
  }
  flushPendingEnd(state)
  if (state.section !== 'ignore') state.handler.declaration(text.slice(at, i + 1))
  return i + 1
}

function onText(state: State, text: string): void {
  if (state.section !== 'ignore') state.handler.text(state.raw ? text : decodeReferences(text, true))
}

function onComment(state: State, text: string): void {
  if (state.section !== 'ignore') state.handler.comment(text)
}

function onEnd(state: State, tag: string): void {
  flushPendingEnd(state)
  if (state.section !== 'ignore') state.handler.end(tag)
}

function flushPendingEnd(state: State): void {
  const tag = state.pendingEnd
  state.pendingEnd = ''
  if (tag !== '' && state.section !== 'ignore') state.handler.end(tag)
}
