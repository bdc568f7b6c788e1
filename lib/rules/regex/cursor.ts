/** A place in a pattern's text, and the escapes that mean one character, which classes and atoms share. */

/** A pattern that cannot be read or run; the message is fit for the admin. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PatternError'
  }
}

export interface Cursor {
  readonly text: string
  at: number
}

const CONTROLS: Readonly<Record<string, number>> = { t: 9, n: 10, r: 13, f: 12, e: 27, a: 7 }

/**
 * Reads what follows a backslash as one character: \n, \x41, \x{263a}, \012, \o{12}, \cA, or the character itself.
 * The cursor stands on the character after the backslash and moves behind the escape.
 */
export function readCodePoint(cursor: Cursor): number {
  const char = cursor.text[cursor.at]
  if (char === undefined) throw new PatternError('pattern ends in a backslash')
  const rest = cursor.text.slice(cursor.at, cursor.at + 24)
  const control = CONTROLS[char]
  if (control !== undefined) {
    cursor.at++
    return control
  }
  const hex = /^(?:x\{\s*([0-9a-fA-F_]*)\s*\}|x([0-9a-fA-F]{0,2})|N\{U\+([0-9a-fA-F]+)\})/.exec(rest)
  if (hex !== null) {
    cursor.at += hex[0].length
    return Number.parseInt((hex[1] ?? hex[2] ?? hex[3] ?? '').replaceAll('_', ''), 16) || 0
  }
  const octal = /^(?:o\{([0-7]+)\}|([0-7]{1,3}))/.exec(rest)
  if (octal !== null) {
    cursor.at += octal[0].length
    return Number.parseInt(octal[1] ?? octal[2] ?? '', 8)
  }
  const key = /^c([ -~])/.exec(rest)
  if (key !== null) {
    cursor.at += 2
    return key[1]!.toUpperCase().charCodeAt(0) ^ 64
  }
  // Perl passes other letters through with a warning, which SpamAssassin turns into an error.
  if (/[A-Za-z]/.test(char)) throw new PatternError(`unrecognized escape \\${char}`)
  cursor.at++
  return char.charCodeAt(0)
}
