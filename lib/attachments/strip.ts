/**
 * Takes attachments out of a mail and puts a short text in their place. Pure. Every octet outside the parts taken out
 * stays as it is: the new body is the old one with those stretches replaced.
 *
 * A part that is the whole mail is replaced by changing the mail's own headers. A part inside an encoded message has no
 * place of its own in the body: then the part that holds it goes.
 */
import type { Part } from '../mail/mime.ts'

export interface HeaderChange {
  readonly kind: 'change' | 'remove' | 'add'
  readonly name: string
  readonly value: string
}
export interface Stripped {
  readonly body: Uint8Array
  /** For the mail's own header, when the mail itself was the attachment. */
  readonly headers: readonly HeaderChange[]
  /** Parts taken out, in order of appearance. */
  readonly parts: readonly Part[]
}

const TYPE = 'text/plain; charset=utf-8'

/** `note` gives the text for one part; null when nothing can be taken out (a part that has no place). */
export function strip(
  body: Uint8Array,
  root: Part,
  victims: ReadonlySet<Part>,
  note: (part: Part) => string,
): Stripped | null {
  const placed = placedVictims(root, victims)
  if (placed.length === 0) return null
  if (placed.some(({ part }) => part === root)) {
    const text = encode(note(root))
    return {
      body: Buffer.from(text.body, 'latin1'),
      headers: rootHeaders(root, text.encoding),
      parts: [root],
    }
  }
  const pieces: Uint8Array[] = []
  const parts: Part[] = []
  let at = 0
  for (const { part, parent } of placed) {
    const start = headerStart(body, part.start, parent.boundary ?? '', at)
    if (start === null || start < at || part.end < part.start) continue
    pieces.push(body.subarray(at, start), Buffer.from(replacement(note(part)), 'latin1'))
    parts.push(part)
    at = part.end
  }
  if (parts.length === 0) return null
  return { body: Buffer.concat([...pieces, body.subarray(at)]), headers: [], parts }
}

interface Placed {
  readonly part: Part
  readonly parent: Part
}

/** The victims in order, each raised to the nearest part around it that has a place and a boundary before it. */
function placedVictims(root: Part, victims: ReadonlySet<Part>): readonly Placed[] {
  const found: Placed[] = []
  const visit = (part: Part, parent: Part, depth: number): boolean => {
    const wanted =
      victims.has(part) || (depth < 200 && part.parts.some((child) => !isPlaced(child, part) && holds(child)))
    if (wanted) found.push({ part, parent })
    else if (depth < 200) for (const child of part.parts) visit(child, part, depth + 1)
    return wanted
  }
  const holds = (part: Part): boolean => victims.has(part) || part.parts.some(holds)
  visit(root, root, 0)
  return found
}

/** The only child of a message/rfc822 has its header inside the parent's body and no boundary before it. */
const isPlaced = (part: Part, parent: Part): boolean => part.start >= 0 && parent.boundary !== undefined

/** Start of the part's header: behind the boundary line nearest before its body; null when there is none. */
function headerStart(body: Uint8Array, partStart: number, boundary: string, from: number): number | null {
  if (boundary === '' || partStart < 0) return null
  const octets = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const line = octets.lastIndexOf(`--${boundary}`, Math.max(0, partStart - 1), 'latin1')
  if (line < from || (line > 0 && octets[line - 1] !== 0x0a)) return null
  const end = octets.indexOf(0x0a, line)
  return end < 0 || end >= partStart ? null : end + 1
}

function replacement(note: string): string {
  const { body, encoding } = encode(note)
  return [
    `Content-Type: ${TYPE}`,
    'Content-Disposition: inline',
    `Content-Transfer-Encoding: ${encoding}`,
    '',
    body,
  ].join('\r\n')
}

function rootHeaders(root: Part, encoding: string): readonly HeaderChange[] {
  const has = (name: string) => root.rawHeader(name).length > 0
  const set = (name: string, value: string): HeaderChange => ({
    kind: has(name) ? 'change' : 'add',
    name,
    value,
  })
  return [
    set('Content-Type', TYPE),
    set('Content-Transfer-Encoding', encoding),
    ...(has('Content-Disposition')
      ? [{ kind: 'remove', name: 'Content-Disposition', value: '' } as const]
      : []),
  ]
}

/** Octets from which on a line is no longer sent as 7bit: SMTP takes 998 (RFC 5321 section 4.5.3.1.6). */
const LONGEST_LINE = 990

/** 7bit where it can be, else quoted-printable: the next server may not take 8-bit mail. */
function encode(note: string): { readonly body: string; readonly encoding: string } {
  const text = note.replace(/\r?\n/g, '\r\n')
  return /^[\x09\x0a\x0d\x20-\x7e]*$/.test(text) &&
    text.split(/[\r\n]/).every((line) => line.length < LONGEST_LINE)
    ? { body: text, encoding: '7bit' }
    : { body: quotedPrintable(text), encoding: 'quoted-printable' }
}

function quotedPrintable(text: string): string {
  return text
    .split('\r\n')
    .map((line) => {
      const octets = [...Buffer.from(line, 'utf8')].map((octet) =>
        octet === 0x3d || octet < 0x20 || octet > 0x7e
          ? `=${octet.toString(16).toUpperCase().padStart(2, '0')}`
          : String.fromCharCode(octet),
      )
      let result = ''
      let length = 0
      for (const one of octets) {
        if (length + one.length > 75) {
          result += '=\r\n'
          length = 0
        }
        result += one
        length += one.length
      }
      return result.replace(/ $/, '=20')
    })
    .join('\r\n')
}
