/**
 * An HTML page to the text that SpamAssassin's rules match, with the facts its HTML tests ask about. White space is
 * put where elements break lines; text that cannot be seen is told apart.
 */
import { makeAnchors } from './html-anchors.ts'
import { makeStyleStack, isStyled } from './html-style.ts'
import type { HtmlAttributes } from './html-markup.ts'
import { makeHtmlTokenizer } from './html-tokens.ts'
import { isHtmlUriTag, takeUris } from './html-uris.ts'
import { toUtf8, wideToUtf8 } from './octets.ts'
import type { Octets } from './octets.ts'
import { makeTextFlow } from './html-flow.ts'
import type { FlowResult } from './html-flow.ts'

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

const words = (text: string) => new Set(text.split(' '))
/** Elements of HTML 4.01 and XHTML 1.0. */
const ELEMENTS = words(
  'a abbr acronym address area b base bdo big blockquote body br button caption cite code col colgroup dd del dfn' +
    ' div dl dt em fieldset form h1 h2 h3 h4 h5 h6 head hr html i img input ins kbd label legend li link map meta' +
    ' noscript object ol optgroup option p param pre q samp script select small span strong style sub sup table' +
    ' tbody td textarea tfoot th thead title tr tt ul var applet basefont center dir font frame frameset iframe' +
    ' isindex menu noframes s strike u nobr x-sigsep x-tab',
)
/** Rendered, but no elements of any standard. */
const TRICKS = words('bgsound embed listing plaintext xmp')
const OFFICE_TAG = /^(?:o|st\d):[\w-]+\/?\n?$/
const NEWLINE = words('br div')
const BLANK = words('li td th dd dt embed h1 h2 h3 h4 h5 h6')
const PARAGRAPH = words('p hr blockquote pre listing plaintext xmp title')
const HONEST_FACE =
  /^[\t-\r ]*["'.]?[a-z ][a-z -]*[a-z]\d?["']?(?:,[\t-\r ]*["']?[a-z][a-z -]*[a-z]\d?["']?)*;?\n?$/i
/** A face attribute longer than this is not looked at: it is bad. */
const LONGEST_FACE = 1000
const META_CHARSET = /\bcharset[\t-\r ]*=[\t-\r ]*["']?([^"']+)/i
/** Tags to feed for elements that were left open; more cannot be open in a literal element. */
const MOST_CLOSERS = 8

/** Renders a page. `unicode`: its characters are Unicode, else octets (pure US-ASCII but for entities). Never throws. */
export function renderHtml(page: string, unicode: boolean): RenderedHtml {
  const flow = makeTextFlow(unicode)
  const styles = makeStyleStack()
  const anchors = makeAnchors()
  const toOctets = (text: string) => (unicode ? toUtf8(text) : wideToUtf8(text))
  const values: Record<string, number> = { html: 1, image_area: 0 }
  const inside = new Map<string, number>()
  const comments: string[] = []
  const scripts: string[] = []
  const titles: string[] = []
  const charsets: string[] = []
  let elements = 0
  let elementsSeen = 0
  let tags = 0
  let tagsSeen = 0
  let closedExtra = 0

  /** Counts a tag; false for one that is passed over. */
  const countTag = (tag: string, step: number): boolean => {
    const office = tag.includes(':') && OFFICE_TAG.test(tag)
    const known = inside.get(tag)
    const element = ELEMENTS.has(tag)
    if (element || office) {
      elements++
      if (known === undefined) elementsSeen++
    }
    tags++
    if (known === undefined) tagsSeen++
    const open = (known ?? 0) + step
    inside.set(tag, Math.max(open, 0))
    if (open < 0) closedExtra++
    return !office && (element || TRICKS.has(tag))
  }
  const breakFor = (tag: string) => {
    if (NEWLINE.has(tag)) flow.space('\n')
    else if (BLANK.has(tag)) flow.space(' ')
    else if (PARAGRAPH.has(tag)) flow.space('\n\n')
  }
  const isInside = (tag: string) => (inside.get(tag) ?? 0) > 0

  const tokenizer = makeHtmlTokenizer({
    start(tag, readAttributes) {
      if (!countTag(tag, 1)) return
      if (!isStyled(tag) && !LOOKED_AT.has(tag)) return breakFor(tag)
      const attributes = readAttributes()
      if (isStyled(tag)) styles.open(tag, attributes)
      breakFor(tag)
      if (isHtmlUriTag(tag)) takeUris(anchors, tag, attributes, unicode)
      if (tag === 'a') anchors.open(attributes.get('href'))
      else if (tag === 'title') titles.push('')
      else if (tag === 'img') {
        if (isInside('a')) anchors.text('<img>\n')
        values['image_area']! += imageArea(attributes)
      } else if (tag === 'meta') takeCharset(charsets, attributes)
      else if (tag === 'font') noteFace(values, attributes)
      else if (tag === 'form' && /mailto:/i.test(attributes.get('action') ?? ''))
        values['form_action_mailto'] = 1
      else if (tag === 'object' || tag === 'embed') values['embeds'] = 1
    },
    end(tag) {
      if (!countTag(tag, -1)) return
      if (isStyled(tag)) styles.close(tag)
      breakFor(tag)
    },
    text(text) {
      if (isInside('script')) {
        scripts.push(text)
        return
      }
      if (isInside('style')) return
      if (isInside('a')) anchors.text(text)
      if (isInside('title') && titles.length > 0) titles[titles.length - 1] += text
      const hidden = flow.hasInk(text) ? styles.hidden() : undefined
      if (hidden === 'low-contrast') values['font_low_contrast'] = 1
      else if (hidden === 'invalid-color') values['font_invalid_color'] = 1
      flow.text(text, hidden !== undefined)
    },
    comment: (text) => comments.push(text),
    declaration(text) {
      if (!/^<!doctype/i.test(text)) return
      elements++
      tags++
      inside.set('!doctype', 0)
    },
  })
  tokenizer.feed(prepare(page))
  for (const tag of ['style', 'script']) {
    for (let i = 0; i < MOST_CLOSERS && isInside(tag); i++) tokenizer.feed(`</${tag}>`)
  }
  tokenizer.end()

  values['length'] = codePoints(page)
  values['min_size'] = styles.sizes.smallest
  values['max_size'] = styles.sizes.largest
  if (tags > 0) values['closed_extra_ratio'] = closedExtra / tags
  if (flow.backhair() > 0) values['backhair_count'] = flow.backhair()
  if (elements > 0 && tags > 0) values['bad_tag_ratio'] = (tags - elements) / tags
  if (elementsSeen > 0 && tagsSeen > 0) values['non_element_ratio'] = (tagsSeen - elementsSeen) / tagsSeen
  if (tags > 0 && flow.obfuscations() > 0) values['obfuscation_ratio'] = flow.obfuscations() / tags
  if (anchors.truncated()) values['uri_truncated'] = 1
  return {
    ...flow.result(),
    facts: {
      values,
      texts: {
        comment: comments.map(toOctets),
        script: scripts.map(toOctets),
        title: titles.map(toOctets),
        anchor: anchors.texts().map(toOctets),
      },
      inside,
      charsets: charsets.map(toOctets),
      uris: anchors.uris(),
      toOctets,
    },
  }
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
