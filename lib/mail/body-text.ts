/**
 * The texts that body rules match: paragraphs of the rendered mail, and blocks of the decoded one. Lengths are
 * SpamAssassin's, because rules that count or anchor depend on where a text is cut.
 */
import { toUtf8 } from './octets.ts'
import type { Octets } from './octets.ts'
import type { Part } from './part.ts'
import { UNICODE_SPACE } from './space.ts'

/** Octets of a line of `body`, and half of the most of a block of `rawbody`. */
const LONGEST_LINE = 2048
/** How far beyond a size limit a good place to cut is looked for. */
const CUT_SLACK = 1024
/** Every run of white space but a single blank. */
const SPACES = new RegExp(`[${UNICODE_SPACE.replace(' ', '')}][${UNICODE_SPACE}]*| [${UNICODE_SPACE}]+`, 'g')
const OCTET_SPACES = /[\t-\r][\t-\r ]*| [\t-\r ]+/g

export type View = 'text' | 'visible' | 'invisible'

/** Paragraphs of one view of all text parts, after `subject` (a line, or '' for none). `limit` per part; 0 = none. */
export function bodyLines(
  leaves: readonly Part[],
  view: View,
  subject: Octets,
  limit: number,
): readonly Octets[] {
  if (leaves.length === 0) return []
  let text = ''
  let unicode = false
  for (const leaf of leaves) {
    if (text !== '') text += '\n'
    const rendered = leaf.rendered()
    if (rendered === undefined) continue
    text += cutAt(rendered[view], limit, ['\n', ' '])
    if (rendered.unicode[view]) unicode = true
  }
  const flat = paragraphs(text, unicode ? SPACES : OCTET_SPACES)
  return shortLines(subject + (unicode ? toUtf8(flat) : flat))
}

/** White space to one blank; where it holds an empty line, to a newline. */
function paragraphs(text: string, spaces: RegExp): string {
  return text
    .replace(spaces, (run) => {
      const first = run.indexOf('\n')
      const last = run.lastIndexOf('\n')
      if (first === last) return ' '
      return `${first > 0 ? ' ' : ''}\n${last < run.length - 1 ? ' ' : ''}`
    })
    .replaceAll('\0', '\n')
}

/** Decoded text parts in blocks of 2 to 4 KB. */
export function decodedBlocks(leaves: readonly Part[], limit: number): readonly Octets[] {
  const blocks: Octets[] = []
  for (const leaf of leaves) {
    if (!/^(?:text|message)\b/.test(leaf.effectiveType) || leaf.type === 'text/calendar') continue
    pushBlocks(blocks, cutAt(leaf.decoded(), limit, ['\n', '>', ' ']))
  }
  return blocks
}

/** Cuts a text to about `limit`, after one of the given characters if there is one soon. */
function cutAt(text: string, limit: number, after: readonly string[]): string {
  if (limit === 0 || text.length <= limit) return text
  for (const character of after) {
    const place = text.slice(limit, limit + CUT_SLACK + 1).indexOf(character)
    if (place >= 0) return text.slice(0, limit + place + 1)
  }
  return text.slice(0, limit)
}

/** Lines with their newline; longer ones are cut after the last blank before 2048 octets. */
function shortLines(text: Octets): readonly Octets[] {
  const lines: Octets[] = []
  for (let at = 0; at < text.length;) {
    const newline = text.indexOf('\n', at)
    const end = newline < 0 ? text.length : newline + 1
    while (end - at > LONGEST_LINE) {
      const blank = text.slice(at, at + LONGEST_LINE + 1).lastIndexOf(' ') + 1
      const length = blank === 0 ? LONGEST_LINE : blank
      lines.push(text.slice(at, at + length))
      at += length
    }
    lines.push(text.slice(at, end))
    at = end
  }
  return lines
}

function pushBlocks(blocks: Octets[], text: Octets): void {
  if (text.length <= LONGEST_LINE) {
    blocks.push(text)
    return
  }
  let at = 0
  while (text.length - at > 2 * LONGEST_LINE) {
    const window = text.slice(at + LONGEST_LINE, at + 2 * LONGEST_LINE)
    const place = ['\n', '>', ' '].map((end) => window.indexOf(end)).find((index) => index >= 0) ?? 0
    const next = at + LONGEST_LINE + place + 1
    blocks.push(text.slice(at, next))
    at = next
  }
  if (at < text.length) blocks.push(text.slice(at))
}
