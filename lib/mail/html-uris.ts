/** Which attributes of which HTML elements are URIs. */
import type { Anchors } from './html-anchors.ts'
import type { HtmlAttributes } from './html-markup.ts'
import { isSpace } from './space.ts'

const BACKGROUNDS = new Set(['body', 'table', 'tr', 'td'])
const LINKS = new Set(['a', 'area', 'link'])
const SOURCES = new Set(['img', 'frame', 'iframe', 'embed', 'script', 'bgsound'])
const OTHERS = new Set(['form', 'base', 'meta'])

/** True for elements that can carry a URI. */
export function isHtmlUriTag(tag: string): boolean {
  return BACKGROUNDS.has(tag) || LINKS.has(tag) || SOURCES.has(tag) || OTHERS.has(tag)
}

/** Takes the URIs of a start tag. Repairs attributes such as `x/href`, in place, as SpamAssassin does. */
export function takeUris(anchors: Anchors, tag: string, attributes: HtmlAttributes, unicode: boolean): void {
  const add = (uri: string | undefined) => {
    if (uri !== undefined) anchors.add(tag, uri)
  }
  if (BACKGROUNDS.has(tag)) add(attributes.get('background'))
  else if (LINKS.has(tag)) {
    repair(attributes, 'href')
    const href = attributes.get('href')
    if (href !== undefined)
      attributes.set(
        'href',
        href.replaceAll(unicode || href.includes('\ufeff') ? '\ufeff' : '\xef\xbb\xbf', ''),
      )
    add(attributes.get('href'))
    add(attributes.get('data-saferedirecturl'))
  } else if (SOURCES.has(tag)) {
    repair(attributes, 'src')
    add(attributes.get('src'))
  } else if (tag === 'form') add(attributes.get('action'))
  else if (tag === 'base') takeBase(anchors, attributes.get('href'))
  else if (tag === 'meta') takeRefresh(anchors, attributes)
}

/** `<a x/href=...>` is read as `<a href=...>` by browsers. */
function repair(attributes: HtmlAttributes, name: string): void {
  for (const [key, value] of attributes) {
    const slash = key.indexOf(`/${name}`)
    if (slash < 1 || !/\w$/.test(key.slice(0, slash))) continue
    attributes.delete(key)
    attributes.set(name, value)
  }
}

function takeBase(anchors: Anchors, href: string | undefined): void {
  if (href === undefined || href === '' || href === '0') return
  anchors.add('base', href)
  anchors.setBase(href)
}

function takeRefresh(anchors: Anchors, attributes: HtmlAttributes): void {
  const content = attributes.get('content') ?? ''
  if (!/refresh/i.test(attributes.get('http-equiv') ?? '')) return
  const newline = content.indexOf('\n')
  const start = [...content.matchAll(/\burl[\t-\r ]*=[\t-\r ]*/gi)].findLast(
    ({ index }) => newline < 0 || index <= newline,
  )
  if (start !== undefined) anchors.add('meta', beforeSemicolon(content.slice(start.index + start[0].length)))
}

/** A text without its first semicolon, the white space before it and what follows on that line. */
function beforeSemicolon(text: string): string {
  const semicolon = text.indexOf(';')
  if (semicolon < 0) return text
  let start = semicolon
  while (start > 0 && isSpace(text.charCodeAt(start - 1))) start--
  const end = text.indexOf('\n', semicolon)
  return text.slice(0, start) + (end < 0 ? '' : text.slice(end))
}
