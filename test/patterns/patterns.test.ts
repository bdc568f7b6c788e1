/** No regular expression of lib/ takes more than linear time, however hostile what it searches. */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { BOUNDED, MADE_LATER } from './bounded.ts'
import type { Collected, FoundPattern } from './collect.ts'

// the checker in JavaScript: its other two builds want Java or a binary for this system
process.env['RECHECK_BACKEND'] = 'pure'
const { CERTAINLY_LINEAR, complaint, fingerprint, knownLinear, searchTime } = await import('./judge.ts')

/** Patterns that are not in the table and may be looked at here: more would take minutes. */
const MOST_NEW = 40
/** CPU milliseconds for one search of the longest text that a bounded pattern is given. */
const MOST_BOUNDED = 100

const collected: Collected = JSON.parse(
  execFileSync(process.execPath, [join(import.meta.dirname, 'collect.ts')], {
    encoding: 'utf8',
    maxBuffer: 2 ** 26,
  }),
)
const patterns = [...new Map(collected.patterns.map((one) => [fingerprint(one), one])).values()]
const bounded = new Set(BOUNDED.map(fingerprint))
const unbounded = patterns.filter((one) => !bounded.has(fingerprint(one)))
const where = ({ file, line, source, flags }: FoundPattern): string => `${file}:${line}: /${source}/${flags}`

function cpuOf(run: () => void): number {
  const before = process.cpuUsage()
  run()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

describe('regular expressions of lib/', () => {
  it('are found: literals, those made while modules load, and places that make them later', () => {
    expect(patterns.length).toBeGreaterThan(500)
    expect(collected.patterns.map(({ file }) => file)).toEqual(
      expect.arrayContaining(['mail/space.ts', 'mail/uri-text.ts']),
    )
    const unexplained = collected.later.filter(
      ({ file, text }) => !MADE_LATER.some((one) => one.file === file && text.includes(one.part)),
    )
    expect(unexplained).toEqual([])
  })

  it('would be found out', () => {
    expect(complaint({ source: String.raw`\s+$`, flags: '' })).toMatch(/^2nd degree/)
    expect(complaint({ source: '^(a|a)*$', flags: '' })).toMatch(/^exponential/)
    expect(complaint({ source: String.raw`(?<!\s)\s+$`, flags: '' })).toBeUndefined()
  }, 60_000)

  it(
    'are linear: by the table, or by the checker where they are new',
    () => {
      const known = knownLinear()
      const unseen = unbounded.filter((one) => !known.has(fingerprint(one)))
      if (unseen.length > MOST_NEW) throw new Error(`${unseen.length} new patterns: run npm run -s patterns`)
      const wrong = unseen.flatMap((one) => {
        const problem = complaint(one)
        return problem === undefined ? [] : [`${where(one)}\n  ${problem}`]
      })
      expect(wrong).toEqual([])
    },
    20 * 60_000,
  )

  it(
    'pumped with their own characters grow with the text and no faster',
    () => {
      const wrong: string[] = []
      for (const one of unbounded) {
        const own = [...new Set(one.source.replace(/\\[nrtsd]/g, ' '))].filter((character) =>
          /[ -~]/.test(character),
        )
        for (const pump of new Set([' ', '\n', 'a', '0', ...own.slice(0, 12)])) {
          const text = (length: number) => `${pump.repeat(length)}\x01`
          const slow = [10_000, 100_000].find((length) => searchTime(one, text(length)) > CERTAINLY_LINEAR)
          // a machine that was busy for a moment is asked again
          if (slow === undefined || searchTime(one, text(slow)) < CERTAINLY_LINEAR) continue
          const growth = searchTime(one, text(slow)) / Math.max(searchTime(one, text(slow / 10)), 1)
          if (slow === 10_000 || growth > 40)
            wrong.push(`${where(one)}: ${JSON.stringify(pump)}: ${slow} octets`)
        }
      }
      expect(wrong).toEqual([])
    },
    5 * 60_000,
  )
})

describe('patterns that are given bounded text', () => {
  it('are those of lib/', () => {
    const found = new Set(patterns.map(fingerprint))
    expect(BOUNDED.filter((one) => !found.has(fingerprint(one))).map(({ source }) => source)).toEqual([])
  })

  it.each(BOUNDED.map((one) => [`/${one.source.slice(0, 60)}/`, one] as const))('%s', (_name, one) => {
    const { head, body, tail } = one.attack
    const text = head + body.repeat(Math.ceil(one.longest / body.length)).slice(0, one.longest) + tail
    expect(searchTime(one, text)).toBeLessThan(MOST_BOUNDED)
    if (one.over !== undefined) {
      const { over } = one
      const much = head + body.repeat(Math.ceil((50 * one.longest) / body.length)) + tail
      expect(cpuOf(() => over(much))).toBeLessThan(10 * MOST_BOUNDED)
    }
  })
})
