/** A place in a pattern's text, and the escapes that mean one character, which classes and atoms share. */

/** A pattern that cannot be read or run; the message is fit for the admin. */
export class PatternError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'PatternError'
  }
}

/** A pattern that Perl takes and Hamlet does not. */
export class UnsupportedPattern extends PatternError {}

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
    if (hex[2] !== undefined && hex[2].length < 2 && cursor.at < cursor.text.length)
      throw new PatternError(`\\${hex[0]} is followed by what is no hexadecimal digit`)
    return Number.parseInt((hex[1] ?? hex[2] ?? hex[3] ?? '').replaceAll('_', ''), 16) || 0
  }
  if (rest.startsWith('N{')) throw new UnsupportedPattern('\\N{NAME} is not supported')
  const octal = /^(?:o\{([0-7]+)\}|([0-7]{1,3}))/.exec(rest)
  if (octal !== null) {
    cursor.at += octal[0].length
    if (octal[2] !== undefined && octal[2].length < 3 && /[89]/.test(cursor.text[cursor.at] ?? ''))
      throw new PatternError(`\\${octal[0]} is followed by what is no octal digit`)
    return Number.parseInt(octal[1] ?? octal[2] ?? '', 8)
  }
  const key = /^c([ -~])/.exec(rest)
  if (key !== null) {
    // Perl warns of \c1, which is q, and SpamAssassin takes every warning for an error.
    if (!/[A-Za-z@[\\\]^_?]/.test(key[1]!)) throw new PatternError(`\\${key[0]} is no control character`)
    cursor.at += 2
    return key[1]!.toUpperCase().charCodeAt(0) ^ 64
  }
  // Perl passes other letters through with a warning, which SpamAssassin turns into an error.
  if (/[A-Za-z89]/.test(char)) throw new PatternError(`unrecognized escape \\${char}`)
  cursor.at++
  return char.charCodeAt(0)
}
