/**
 * Windows of three octets, for looking quickly at every place of a text. Octets count by class (each letter is one,
 * whatever its case; digits are one), so that a window has 15 bits and a table of all windows fits the first-level
 * cache.
 */
import { SHARES } from './frequency.ts'

/** Octets in a window. */
export const WINDOW = 3
export const CLASS_BITS = 5
/** How many windows there are. */
export const WINDOWS = 1 << (WINDOW * CLASS_BITS)

const CONTROL = 0
const SPACE = 27
const DIGIT = 28
const JOINER = 29
const SIGN = 30
const HIGH = 31

/** Octets in lower case. */
export const LOWER = Uint8Array.from({ length: 256 }, (_, code) =>
  String.fromCharCode(code).toLowerCase().charCodeAt(0),
)
/** The class of each octet. */
export const CLASSES = Uint8Array.from({ length: 256 }, (_, code) => classOf(LOWER[code]!))

const CLASS_SHARES = new Float64Array(1 << CLASS_BITS)
for (let code = 0; code < 256; code++)
  if (LOWER[code] === code) CLASS_SHARES[CLASSES[code]!]! += SHARES[code]!

/** Of a lower-case octet. */
function classOf(code: number): number {
  if (code >= 97 && code <= 122) return code - 96
  if (code === 32) return SPACE
  if (code >= 48 && code <= 57) return DIGIT
  if (code === 45 || code === 46 || code === 95) return JOINER
  if (code >= 128) return HIGH
  return code < 32 ? CONTROL : SIGN
}

/** The window that begins at a place of octets. */
export function windowAt(octets: Uint8Array, at: number): number {
  let window = 0
  for (let step = 0; step < WINDOW; step++) window = (window << CLASS_BITS) | CLASSES[octets[at + step]!]!
  return window
}

/** Chance that a window stands at a given place of a text. */
export function chanceOfWindow(window: number): number {
  let chance = 1
  for (let step = 0; step < WINDOW; step++)
    chance *= CLASS_SHARES[(window >> (step * CLASS_BITS)) & ((1 << CLASS_BITS) - 1)]!
  return chance
}
