/** Wildcards of rule files: as the pattern they stand for, and in time however hostile the text. */
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { makeGlob } from '../../lib/rules/glob.ts'

const asPattern = (glob: string): string =>
  glob.replace(/[.@]/g, '\\$&').replaceAll('?', '[^]').replace(/\*+/g, '[^]*')
const letters = (alphabet: string, most: number) =>
  fc.string({ unit: fc.constantFrom(...alphabet), maxLength: most })

describe('wildcards', () => {
  it('mean what the pattern of the same shape means', () => {
    fc.assert(
      fc.property(letters('ab.@*?', 8), letters('ab.@', 10), (glob, text) => {
        expect(makeGlob(glob, 'whole').test(text)).toBe(new RegExp(`^${asPattern(glob)}$`).test(text))
        expect(makeGlob(glob, 'part').test(text)).toBe(new RegExp(asPattern(glob)).test(text))
      }),
      { numRuns: 2000 },
    )
  })

  it('of which many follow each other are no way to hold the filter', () => {
    const before = process.cpuUsage()
    expect(makeGlob(`*${'a*'.repeat(40)}b`, 'whole').test('a'.repeat(100_000))).toBe(false)
    expect(makeGlob(`${'?*a'.repeat(40)}b`, 'part').test('a'.repeat(100_000))).toBe(false)
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(2000)
  })
})
