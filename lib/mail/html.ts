/**
 * An HTML page to the text that SpamAssassin's rules match, with the facts its HTML tests ask about. White space is
 * put where elements break lines; text that cannot be seen is told apart.
 */
import { makeAnchors } from './html-anchors.ts'
import type { Anchors } from './html-anchors.ts'
import { isStyled, makeStyleStack } from './html-style.ts'
import type { StyleStack } from './html-style.ts'
import { makeTagTally, words } from './html-tally.ts'
import type { TagTally } from './html-tally.ts'
import type { HtmlAttributes } from './html-markup.ts'
import { makeHtmlTokenizer } from './html-tokens.ts'
import { isHtmlUriTag, takeUris } from './html-uris.ts'
import { toUtf8, wideToUtf8 } from './octets.ts'
import type { Octets } from './octets.ts'
import { makeTextFlow } from './html-flow.ts'
import type { FlowResult, TextFlow } from './html-flow.ts'

/** Facts of one rendered text/html part. Absent means "never computed" (no tag seen), as in SpamAssassin. */
export interface HtmlFacts {
  /**
   * The scalars under SpamAssassin's own names, as `eval:html_test`, `html_eval` and `html_range` ask for them: html,
   * length, image_area, min_size, max_size, closed_extra_ratio, bad_tag_ratio, non_element_ratio, obfuscation_ratio,
   * backhair_count, html_length, non_space_len, ratio, font_low_contrast, font_invalid_color, font_face_bad,
   * form_action_mailto, embeds, uri_truncated. A missing key is Perl's undef; flags are 1.
   */
  readonly values: Readonly<Record<string, number>>
  /** Texts by SpamAssassin's names: comment (with `<!--` and `-->`), script, title, anchor. */
  readonly texts: Readonly<Record<'comment' | 'script' | 'title' | 'anchor', readonly Octets[]>>
  /** Per tag name seen, the number of elements still open at the end (never negative). */
  readonly inside: ReadonlyMap<string, number>
  /** Charsets of meta elements, in order. SpamAssassin 4.0.1 forgets them: HTML_CHARSET_FARAWAY never hits there. */
  readonly charsets: readonly Octets[]
  /** URIs as found (relative ones resolved against base), in order of appearance; see `toOctets`. */
  readonly uris: ReadonlyMap<string, HtmlUri>
  /** Brings a URI or an anchor's text to octets: on a page that was pure US-ASCII, 8-bit entities are octets already. */
  toOctets(text: string): Octets
}

export interface HtmlUri {
  /** Tags whose attribute gave it: a, img, form, base... Empty for text of an anchor whose URI was not taken. */
  readonly types: ReadonlySet<string>
  /** Text between `<a>` and `</a>`, one entry an anchor, repeats kept. */
  readonly anchorText: readonly string[]
}

export interface RenderedHtml extends FlowResult {
  readonly facts: HtmlFacts
}

const NEWLINE = words('br div')
const BLANK = words('li td th dd dt embed h1 h2 h3 h4 h5 h6')
const PARAGRAPH = words('p hr blockquote pre listing plaintext xmp title')
const HONEST_FACE =
  /^[\t-\r ]*(?:["'.][a-z ][a-z -]*[a-z]|[a-z][a-z -]*[a-z]|(?<= )(?:-[a-z -]*)?[a-z])\d?["']?(?:,[\t-\r ]*["']?[a-z][a-z -]*[a-z]\d?["']?)*;?\n?$/i
/** A face attribute longer than this is not looked at: it is bad. */
const LONGEST_FACE = 1000
const META_CHARSET = /\bcharset[\t-\r ]*=[\t-\r ]*["']?([^"']+)/i
/** Tags to feed for elements that were left open; more cannot be open in a literal element. */
const MOST_CLOSERS = 8

/** What is collected while a page is read. */
interface PageState {
  readonly flow: TextFlow
  readonly styles: StyleStack
  readonly anchors: Anchors
  readonly tally: TagTally
  readonly values: Record<string, number>
  readonly comments: string[]
  readonly scripts: string[]
  readonly titles: string[]
  readonly charsets: string[]
  readonly unicode: boolean
}

/** Renders a page. `unicode`: its characters are Unicode, else octets (pure US-ASCII but for entities). Never throws. */
export function renderHtml(page: string, unicode: boolean): RenderedHtml {
  const state: PageState = {
    flow: makeTextFlow(unicode),
    styles: makeStyleStack(),
    anchors: makeAnchors(),
    tally: makeTagTally(),
    values: { html: 1, image_area: 0 },
    comments: [],
    scripts: [],
    titles: [],
    charsets: [],
    unicode,
  }
  const { tally } = state
  const tokenizer = makeHtmlTokenizer({
    start: (tag, readAttributes) => onStart(state, tag, readAttributes),
    end: (tag) => onEnd(state, tag),
    text: (text) => onText(state, text),
    comment: (text) => state.comments.push(text),
    declaration(text) {
      if (/^<!doctype/i.test(text)) tally.countDoctype()
    },
  })
  tokenizer.feed(prepare(page))
  for (const tag of ['style', 'script']) {
    for (let i = 0; i < MOST_CLOSERS && tally.isInside(tag); i++) tokenizer.feed(`</${tag}>`)
  }
  tokenizer.end()
  return { ...state.flow.result(), facts: factsOf(state, codePoints(page)) }
}

function factsOf(state: PageState, length: number): HtmlFacts {
  const { anchors, comments, flow, scripts, styles, tally, titles } = state
  const toOctets = (text: string) => (state.unicode ? toUtf8(text) : wideToUtf8(text))
  const values: Record<string, number> = { ...state.values, ...tally.ratios(), length }
  values['min_size'] = styles.sizes.smallest
  values['max_size'] = styles.sizes.largest
  if (flow.backhair() > 0) values['backhair_count'] = flow.backhair()
  if (tally.tags > 0 && flow.obfuscations() > 0)
    values['obfuscation_ratio'] = flow.obfuscations() / tally.tags
  if (anchors.truncated()) values['uri_truncated'] = 1
  return {
    values,
    texts: {
      comment: comments.map(toOctets),
      script: scripts.map(toOctets),
      title: titles.map(toOctets),
      anchor: anchors.texts().map(toOctets),
    },
    inside: tally.inside,
    charsets: state.charsets.map(toOctets),
    uris: anchors.uris(),
    toOctets,
  }
}

function onStart(state: PageState, tag: string, readAttributes: () => HtmlAttributes): void {
  if (!state.tally.count(tag, 1)) return
  if (!isStyled(tag) && !LOOKED_AT.has(tag)) {
    breakFor(state.flow, tag)
    return
  }
  const attributes = readAttributes()
  if (isStyled(tag)) state.styles.open(tag, attributes)
  breakFor(state.flow, tag)
  if (isHtmlUriTag(tag)) takeUris(state.anchors, tag, attributes, state.unicode)
  testStart(state, tag, attributes)
}

/** What SpamAssassin's tests want to know of a start tag. */
function testStart(
  { anchors, tally, titles, charsets, values }: PageState,
  tag: string,
  attributes: HtmlAttributes,
): void {
  switch (tag) {
    case 'a':
      anchors.open(attributes.get('href'))
      return
    case 'title':
      titles.push('')
      return
    case 'img':
      if (tally.isInside('a')) anchors.text('<img>\n')
      values['image_area']! += imageArea(attributes)
      return
    case 'meta':
      takeCharset(charsets, attributes)
      return
    case 'font':
      noteFace(values, attributes)
      return
    case 'form':
      if (/mailto:/i.test(attributes.get('action') ?? '')) values['form_action_mailto'] = 1
      return
    case 'object':
    case 'embed':
      values['embeds'] = 1
  }
}

function onEnd({ flow, styles, tally }: PageState, tag: string): void {
  if (!tally.count(tag, -1)) return
  if (isStyled(tag)) styles.close(tag)
  breakFor(flow, tag)
}

function onText({ anchors, flow, scripts, styles, tally, titles, values }: PageState, text: string): void {
  if (tally.isInside('script')) {
    scripts.push(text)
    return
  }
  if (tally.isInside('style')) return
  if (tally.isInside('a')) anchors.text(text)
  if (tally.isInside('title') && titles.length > 0) titles[titles.length - 1] += text
  const hidden = flow.hasInk(text) ? styles.hidden() : undefined
  if (hidden === 'low-contrast') values['font_low_contrast'] = 1
  else if (hidden === 'invalid-color') values['font_invalid_color'] = 1
  flow.text(text, hidden !== undefined)
}

function breakFor(flow: TextFlow, tag: string): void {
  if (NEWLINE.has(tag)) flow.space('\n')
  else if (BLANK.has(tag)) flow.space(' ')
  else if (PARAGRAPH.has(tag)) flow.space('\n\n')
}

/** Elements of which an attribute or the number matters, beside the styled ones. */
const LOOKED_AT = words(
  'area link img frame iframe embed script form base bgsound meta title object body table tr td a',
)

/** What SpamAssassin smooths before parsing: &nbsp;, `<br/>`, typographic quotes around attribute values. */
function prepare(page: string): string {
  return page
    .replaceAll('&nbsp;', ' ')
    .replace(/<(\w+)[\t-\r ]*\/>/g, '<$1>')
    .replace(/[\u201c\u201d]/g, '"')
}

/** Area in pixels; percentages are of 800 by 600, and what is not given is 200. */
function imageArea(attributes: HtmlAttributes): number {
  const width = attributes.get('width')
  const height = attributes.get('height')
  return width === undefined || height === undefined ? 0 : pixels(width, 8) * pixels(height, 6)
}

function pixels(text: string, percent: number): number {
  const match = /^(\d+)(%)?\n?$/.exec(text)
  return match === null ? 200 : Number(match[1]) * (match[2] === undefined ? 1 : percent) || 200
}

function noteFace(values: Record<string, number>, attributes: HtmlAttributes): void {
  const face = attributes.get('face')
  if (face !== undefined && (face.length > LONGEST_FACE || !HONEST_FACE.test(face)))
    values['font_face_bad'] = 1
}

function takeCharset(charsets: string[], attributes: HtmlAttributes): void {
  const content = attributes.get('content')
  if (content === undefined || !/Content-Type/i.test(attributes.get('http-equiv') ?? '')) return
  const charset = META_CHARSET.exec(content)
  if (charset) charsets.push(charset[1]!)
}

/** Length in characters as Perl counts them: a surrogate pair is one. */
export function codePoints(text: string): number {
  let count = text.length
  const pairs = /[\ud800-\udbff][\udc00-\udfff]/g
  while (pairs.test(text)) count--
  return count
}
