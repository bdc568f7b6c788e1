/** Character references in HTML text and attributes. */
import { LATIN1_ENTITIES, SEMICOLON_ENTITIES } from './html-entities.ts'

const REFERENCE = /&(?:#[xX]([0-9a-fA-F]+)|#([0-9]+)|(\w+))(;?)/g
const HIGHEST = 0x10ffff

/**
 * Replaces character references. `prefixes`: `&copyright` means © followed by `right`, as browsers do in text but not
 * in attributes.
 */
export function decodeReferences(text: string, prefixes: boolean): string {
  if (!text.includes('&')) return text
  return joinSurrogates(
    text.replace(REFERENCE, (whole: string, hex?: string, decimal?: string, name?: string, end = '') => {
      if (name !== undefined) return named(name, end, prefixes) ?? whole
      return numbered(hex === undefined ? parseInt(decimal!, 10) : parseInt(hex, 16)) ?? whole
    }),
  )
}

function named(name: string, end: string, prefixes: boolean): string | undefined {
  const exact = LATIN1_ENTITIES.get(name) ?? (end === ';' ? SEMICOLON_ENTITIES.get(name) : undefined)
  if (exact !== undefined || !prefixes) return exact
  for (let length = Math.min(name.length - 1, LONGEST_NAME); length > 0; length--) {
    const known = LATIN1_ENTITIES.get(name.slice(0, length))
    if (known !== undefined) return known + name.slice(length) + end
  }
  return undefined
}
const LONGEST_NAME = 8

/** Undefined: not a character, the reference stays as it is. A surrogate comes out marked, to be joined to a pair. */
function numbered(code: number): string | undefined {
  if (code === 0 || code > HIGHEST || code === 0xfffe || code === 0xffff) return undefined
  if (code >= 0xd800 && code <= 0xdfff) return String.fromCharCode(code)
  if ((code >= 0xfdd0 && code <= 0xfdef) || (code & 0xfffe) === 0xfffe) return '\ufffd'
  return String.fromCodePoint(code)
}

/** Two references to the halves of a surrogate pair are one character; a half alone is U+FFFD. */
function joinSurrogates(text: string): string {
  return text.isWellFormed() ? text : text.toWellFormed()
}
