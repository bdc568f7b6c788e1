/** How often octets stand in mail, roughly: for choosing what of a pattern tells most about whether it can match. */
import type { CharSet } from './charset.ts'

const ORDER = ' etaoinsrhldcumfpgwybvkxjqz'

/** Share of an octet among all, letters counted for both cases. */
function share(code: number): number {
  const at = ORDER.indexOf(String.fromCharCode(code).toLowerCase())
  if (at !== -1) return 0.13 / (at + 1)
  if (code >= 48 && code <= 57) return 0.006
  if (code === 10 || code === 46 || code === 44 || code === 45 || code === 47) return 0.012
  return code < 128 && code > 31 ? 0.004 : 0.0008
}

export const SHARES: Float64Array = Float64Array.from({ length: 256 }, (_, code) => share(code))

/** Chance that an octet of a text is in the set. */
export function chanceOfSet(set: CharSet): number {
  let sum = 0
  for (let code = 0; code < 256; code++) if (set[code] === 1) sum += SHARES[code]!
  return Math.min(1, sum)
}

/** What every link has in it tells nothing. */
const EVERYWHERE = ['https://www.', 'http://www.', 'mailto:', '.com/', 'content-type:', 'text/html']

/** Chance that a string (lower case) begins at a given place of a text. */
export function chanceOfString(string: string): number {
  if (EVERYWHERE.some((common) => common.includes(string))) return 0.01
  let chance = 1
  for (let at = 0; at < string.length; at++) chance *= SHARES[string.charCodeAt(at)]!
  return chance
}
