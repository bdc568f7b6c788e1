/** Values of rules, and what is shown of what they matched. */

/** Octets of evidence kept of a match. */
export const MAX_DETAIL = 80

/** What matched, without the separators of joined lines at its rims. */
export function evidence(match: string): string {
  return match.slice(0, MAX_DETAIL).replace(/^[\0\s]+|(?<![\0\s])[\0\s]+$/g, '')
}

/** A negative result still hits, once. */
export function metaValue(value: number): number {
  return value === 0 || Number.isNaN(value) ? 0 : value > 0 ? value : 1
}

/** A sum without the dust of binary fractions. */
export function sum(numbers: readonly number[]): number {
  return Math.round(numbers.reduce((total, number) => total + number, 0) * 1e6) / 1e6
}
