import { describe, expect, it } from '@jest/globals'
import { FIT_DEFAULTS, fitScores, type FitRule } from '../../lib/rules/fit.ts'
import { type FitCorpus, fitCorpus, flagged, purity, tally } from '../../lib/rules/fit-corpus.ts'
import { fitTable, scoreFile } from '../../lib/rules/fit-report.ts'

/** `spam: A B x 3` is three spams that A and B hit, `ham:  x 2` two hams without any hit. */
function corpus(name: string, ...lines: readonly string[]): FitCorpus {
  return fitCorpus(
    name,
    lines.flatMap((line) => {
      const [label = '', hits = '', count = '1'] = line.split(/: | x /)
      return Array.from({ length: Number(count) }, () => ({
        spam: label === 'spam',
        hits: hits.split(' ').filter((hit) => hit !== ''),
      }))
    }),
  )
}

const RULES: readonly FitRule[] = [
  { name: 'GOOD', authored: 1 },
  { name: 'BAD', authored: 1 },
  { name: 'LOCAL', authored: 1 },
  { name: 'NICE', authored: -0.5 },
  { name: 'UNSEEN', authored: 2.2 },
]
const ONE = corpus(
  'one',
  'spam: GOOD x 40',
  'spam: GOOD BAD x 10',
  'ham: BAD x 40',
  'ham: NICE x 50',
  'ham:  x 60',
)
const TWO = corpus('two', 'spam: GOOD LOCAL x 30', 'spam: LOCAL x 20', 'ham: NICE x 20', 'ham: BAD NICE x 20')

describe('fitCorpus', () => {
  it('joins messages with the same label and hits, in whatever order the hits come', () => {
    const { rows } = fitCorpus('x', [
      { spam: true, hits: ['B', 'A'] },
      { spam: true, hits: ['A', 'B', 'A'] },
      { spam: false, hits: ['A', 'B'] },
    ])
    expect(rows).toEqual([
      { spam: true, hits: ['A', 'B'], count: 2 },
      { spam: false, hits: ['A', 'B'], count: 1 },
    ])
  })

  it('counts a mail at the threshold exactly, though hundredths are not exact', () => {
    const exact = corpus('x', 'spam: A B C')
    const scores = new Map([
      ['A', 4.7],
      ['B', 0.2],
      ['C', 0.1],
    ])
    expect(flagged(exact, scores, 5)).toEqual({ ham: 0, spam: 1 })
    expect(tally(exact, 'B')).toEqual({ ham: 0, spam: 1 })
    expect(tally(exact, 'D')).toEqual({ ham: 0, spam: 0 })
  })

  it('tells pure rules from mixed ones, and few hits prove little', () => {
    expect(purity('GOOD', false, [ONE, TWO])).toBeGreaterThan(0.99)
    expect(purity('BAD', false, [ONE, TWO])).toBeLessThan(0.5)
    expect(purity('NICE', true, [ONE, TWO])).toBeGreaterThan(0.99)
    const stray = corpus('stray', 'ham: RARE', 'ham:  x 4000', 'spam:  x 4000')
    expect(purity('RARE', false, [stray])).toBeGreaterThan(0.7)
  })
})

describe('fitScores', () => {
  const { scores, leftOut } = fitScores(RULES, [ONE, TWO])

  it('raises what hits spam in every corpus, within the bound', () => {
    expect(scores.get('GOOD')).toBeGreaterThan(2)
    expect(scores.get('GOOD')).toBeLessThanOrEqual(FIT_DEFAULTS.maxScore)
  })

  it('takes the points of a rule that hits ham, but never all: 0 would switch it off', () => {
    expect(scores.get('BAD')).toBe(0.01)
  })

  it('does not raise what only one corpus praises', () => {
    expect(leftOut[0]?.get('LOCAL')).toBeGreaterThan(1)
    expect(scores.get('LOCAL')).toBe(1)
  })

  it('keeps signs, and the authored score of what it never saw', () => {
    expect(scores.get('NICE')).toBeLessThan(0)
    expect(scores.get('NICE')).toBeGreaterThanOrEqual(FIT_DEFAULTS.minScore)
    expect(scores.get('UNSEEN')).toBe(2.2)
  })

  it('leaves test strings alone', () => {
    const gtube = corpus('g', 'spam: GTUBE x 3', 'ham:  x 3')
    expect(fitScores([{ name: 'GTUBE', authored: 1000 }], [gtube]).scores.get('GTUBE')).toBe(1000)
  })

  it('gives the same scores each time', () => {
    expect([...fitScores(RULES, [ONE, TWO]).scores]).toEqual([...scores])
  })

  it('does not let one campaign outweigh the rest', () => {
    const rules = [
      { name: 'CAMPAIGN', authored: 1 },
      { name: 'SPREAD', authored: 1 },
    ]
    const other = ['A', 'B', 'C', 'D', 'E', 'F'].map((tag) => `spam: SPREAD ${tag} x 4`)
    const mixed = corpus('m', 'spam: CAMPAIGN x 24', ...other, 'ham:  x 50')
    const fitted = fitScores(rules, [mixed], { ...FIT_DEFAULTS, pull: 0.1 }).scores
    expect(fitted.get('SPREAD')).toBeGreaterThan(fitted.get('CAMPAIGN') ?? 9)
  })
})

describe('what the fit prints', () => {
  const fitted = fitScores(RULES, [ONE, TWO])

  it('is a rule file with a score line for every rule and where it came from', () => {
    const lines = scoreFile(RULES, [ONE, TWO], fitted, FIT_DEFAULTS)
    expect(lines.filter((line) => line.startsWith('score '))).toHaveLength(RULES.length)
    expect(lines.every((line) => line === '' || /^(?:#|score \S+ +-?\d+\.\d\d +#)/.test(line))).toBe(true)
    expect(lines).toContainEqual(expect.stringMatching(/^score LOCAL +1\.00 +# 1 +0\/0 +0\/50$/))
  })

  it('says what would be lost and caught, also in mail the fit had not seen', () => {
    const table = fitTable(RULES, [ONE, TWO], fitted, FIT_DEFAULTS)
    expect(table[1]).toMatch(/^one +150\/50 +0\/0 /)
    expect(table).toHaveLength(4)
  })
})
