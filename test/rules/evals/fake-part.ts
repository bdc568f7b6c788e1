/** MIME parts for tests of eval functions: no more of a part than they look at. */
import type { Part } from '../../../lib/mail/mime.ts'
import { html, type Given } from './fake-input.ts'

interface PartGiven {
  readonly type: string
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly name?: string
  readonly charset?: string
  readonly bytes?: Uint8Array
  readonly parts?: readonly Part[]
}

export function part(given: PartGiven): Part {
  const values = (name: string): readonly string[] =>
    Object.entries(given.headers ?? {}).flatMap(([key, value]) =>
      key.toLowerCase() === name.toLowerCase() ? [value] : [],
    )
  const text = given.text ?? ''
  const shown = given.type === 'text/plain' || given.type === 'text/html'
  const made: Partial<Part> = {
    type: given.type,
    charset: given.charset,
    name: given.name,
    filename: given.name,
    headers: [],
    parts: given.parts ?? [],
    isLeaf: given.parts === undefined,
    header: values,
    rawHeader: values,
    raw: () => text,
    decoded: () => text,
    bytes: () => given.bytes ?? Buffer.from(text, 'latin1'),
    rendered: () =>
      shown
        ? {
            type: given.type as 'text/plain',
            text,
            visible: text,
            invisible: '',
            unicode: { text: true, visible: true, invisible: true },
            html: html({}),
          }
        : undefined,
  }
  return made as Part
}

/** A message of this part, and whatever else is given. */
export const mail = (root: Part, more: Given = {}): Given => ({ ...more, message: { root, ...more.message } })
