/** Pattern flags: those after the closing delimiter and those set inside a pattern by (?i) or (?i-s:...). */
import { PatternError } from './cursor.ts'

export interface Flags {
  /** i */
  fold: boolean
  /** m */
  multiline: boolean
  /** s */
  dotAll: boolean
  /** x or xx */
  extended: boolean
  /** xx: blanks inside classes count for nothing, too */
  extendedClass: boolean
  /** n */
  noCapture: boolean
}

export const NO_FLAGS: Readonly<Flags> = Object.freeze({
  fold: false,
  multiline: false,
  dotAll: false,
  extended: false,
  extendedClass: false,
  noCapture: false,
})

/** Flags such as `i`, `s-m` or `^i` applied to those already in force. Throws `PatternError` for an unknown letter. */
export function readFlags(text: string, before: Readonly<Flags>): Flags {
  const after: Flags = text.startsWith('^') ? { ...NO_FLAGS } : { ...before }
  let on = true
  const letters = text.replace(/^\^/, '')
  for (const letter of letters) {
    switch (letter) {
      case '-':
        on = false
        break
      case 'i':
        after.fold = on
        break
      case 'm':
        after.multiline = on
        break
      case 's':
        after.dotAll = on
        break
      case 'x':
        after.extended = on
        after.extendedClass = on && letters.includes('xx')
        break
      case 'n':
        after.noCapture = on
        break
      // Character set flags: for octets and ASCII classes they change nothing. p only keeps the match.
      case 'a':
      case 'd':
      case 'l':
      case 'u':
      case 'p':
        break
      default:
        throw new PatternError(`flag ${letter} has no meaning in a rule`)
    }
  }
  return after
}
