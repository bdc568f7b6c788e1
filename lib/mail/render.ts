/** A text part to the text a reader would get: charset decoded, HTML rendered. */
import { decodeText } from './charset.ts'
import { codePoints, renderHtml } from './html.ts'
import type { HtmlFacts } from './html.ts'
import type { Octets } from './octets.ts'
import type { Rendered } from './part.ts'
import { UNICODE_SPACE } from './space.ts'

const SPACES = new RegExp(`[${UNICODE_SPACE}]`, 'g')

/** Renders text/plain and text/html; undefined for every other type. `decode` gives the part's octets. */
export function renderPart(decode: () => Octets, type: string, charset: string): Rendered | undefined {
  if (type !== 'text/plain' && type !== 'text/html') return undefined
  const octets = decode()
  const page = decodeText(octets, charset)
  if (type === 'text/plain' || octets === '')
    return { type, text: page, visible: page, invisible: '', html: undefined }
  const { text, visible, invisible, facts } = renderHtml(page)
  return { type, text, visible, invisible, html: withLengths(facts, text, octets.length) }
}

function withLengths(facts: HtmlFacts, text: string, size: number): HtmlFacts {
  const length = codePoints(text)
  let spaces = 0
  SPACES.lastIndex = 0
  while (SPACES.test(text)) spaces++
  const lengths = { html_length: length, non_space_len: length - spaces, ratio: (size - length) / size }
  return { ...facts, values: { ...facts.values, ...lengths } }
}
