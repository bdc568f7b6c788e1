/** Whether a regular expression takes time in proportion to what it searches, by the checker `recheck`. */
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkSync, type VulnerableDiagnostics } from 'recheck'
import { IP_ADDRESS } from '../../lib/mail/ip-text.ts'
import { IP, IPV4 } from '../../lib/rules/evals/ip.ts'
import type { FoundPattern } from './collect.ts'

export const TABLE = join(import.meta.dirname, 'linear.txt')
/** Milliseconds for one pattern. */
const LONGEST_CHECK = 20_000

/** CPU milliseconds for a search of 100 KB that is certainly linear. */
export const CERTAINLY_LINEAR = 60

type PatternText = Pick<FoundPattern, 'source' | 'flags'>

/** The name of a pattern in the table of those found linear. */
export const fingerprint = ({ source, flags }: PatternText): string =>
  createHash('sha256').update(`${source}/${flags}`).digest('base64url').slice(0, 16)

/** Fingerprints of patterns that were found linear before. */
export const knownLinear = (): ReadonlySet<string> => new Set(readFileSync(TABLE, 'utf8').split('\n'))

/** CPU milliseconds of one search, all of it; of a sticky pattern from the start of the text only. */
export function searchTime({ source, flags }: PatternText, text: string): number {
  const pattern = new RegExp(source, flags)
  const before = process.cpuUsage()
  text.replace(pattern, '')
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

/** An attack of which the checker only thinks that it grows faster than the text: does it? */
function holds(pattern: PatternText, { attack, complexity }: VulnerableDiagnostics): boolean {
  if (complexity.type === 'exponential') return true
  const { pumps, suffix } = attack
  const length = pumps.reduce((sum, { pump }) => sum + pump.length, 0)
  return [300, 1000, 3000, 10_000, 30_000, 100_000].some((size) => {
    const times = Math.ceil(size / Math.max(1, length))
    const text = pumps.map(({ prefix, pump }) => prefix + pump.repeat(times)).join('') + suffix
    return searchTime(pattern, text) > CERTAINLY_LINEAR
  })
}

/**
 * Undefined: linear. Else what the checker says, with an attack where it found one. Where it can only try attacks it
 * tries as many `rounds`, each with other random numbers.
 */
export function complaint({ source, flags }: PatternText, rounds = 1): string | undefined {
  // what the checker would spend its time on is bounded and has no repetition but counted ones
  let plain = source
  for (const address of [IP_ADDRESS, IP, IPV4]) plain = plain.replaceAll(address, '\\d{1,3}')
  for (let round = 1; round <= rounds; round++) {
    const result = checkSync(plain, flags.replace(/[dv]/g, ''), { timeout: LONGEST_CHECK, randomSeed: round })
    if (result.status === 'vulnerable' && (result.checker !== 'fuzz' || holds({ source, flags }, result)))
      return `${result.complexity.summary}, by ${result.attack.pattern.slice(0, 200)}`
    if (result.status === 'vulnerable') continue
    if (result.status !== 'safe') return `not decided: ${result.error.kind}`
    if (result.checker !== 'fuzz') return undefined
  }
  return undefined
}
