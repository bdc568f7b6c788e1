/** A text part to the text a reader would get: charset decoded, HTML rendered. */
import { decodeBody, leaveBody } from './charset.ts'
import { codePoints, renderHtml } from './html.ts'
import type { HtmlFacts } from './html.ts'
import type { Octets } from './octets.ts'
import type { Rendered } from './part.ts'
import { UNICODE_SPACE } from './space.ts'

const SPACES = new RegExp(`[${UNICODE_SPACE}]`, 'g')
const OCTET_SPACES = /[\t\n\v\r ]/g

/**
 * Renders text/plain and text/html; undefined for every other type. `decode` gives the part's octets, which are read
 * as `charset` says unless `normalize` is false.
 */
export function renderPart(
  decode: () => Octets,
  type: string,
  charset: string,
  normalize: boolean,
): Rendered | undefined {
  if (type !== 'text/plain' && type !== 'text/html') return undefined
  const octets = decode()
  const { text: page, unicode } = (normalize ? decodeBody : leaveBody)(octets, charset)
  if (type === 'text/plain' || octets === '') {
    const views = { text: unicode, visible: unicode, invisible: false }
    return { type, text: page, visible: page, invisible: '', unicode: views, html: undefined }
  }
  const { facts, ...views } = renderHtml(page, unicode)
  return { type, ...views, html: withLengths(facts, views.text, views.unicode.text, octets.length) }
}

function withLengths(facts: HtmlFacts, text: string, unicode: boolean, size: number): HtmlFacts {
  const length = codePoints(text)
  const spaces = unicode ? SPACES : OCTET_SPACES
  let count = 0
  spaces.lastIndex = 0
  while (spaces.test(text)) count++
  const lengths = { html_length: length, non_space_len: length - count, ratio: (size - length) / size }
  return { ...facts, values: { ...facts.values, ...lengths } }
}
