/** Where a match can begin, and where that stands in a text. */
import { describe, expect, it } from '@jest/globals'
import { rulePattern } from '../../lib/rules/regex/pattern.ts'
import { windowAt } from '../../lib/rules/regex/windows.ts'
import { TextLines } from '../../lib/rules/text-lines.ts'
import { WindowIndex } from '../../lib/rules/window-index.ts'

const ONCE = {
  multiple: false,
  maxHits: Infinity,
  noSubject: false,
  net: false,
  nice: false,
  learn: false,
}
const window = (text: string): number => windowAt(Buffer.from(text, 'latin1'), 0)
const starts = (pattern: string): readonly number[] | undefined => {
  const windows = rulePattern(pattern).starts()
  return windows === undefined ? undefined : [...windows].sort((one, other) => one - other)
}
const windows = (...texts: string[]): number[] => texts.map(window).sort((one, other) => one - other)

describe('what a match can begin with', () => {
  it('is the first three octets of each alternative, whatever their case', () => {
    expect(starts('/viagra|cialis/i')).toEqual(windows('via', 'cia'))
    expect(starts('/Viagra/')).toEqual(windows('via'))
  })

  it('goes through what is optional or repeated', () => {
    expect(starts('/v?iagra/')).toEqual(windows('via', 'iag'))
    expect(starts('/(?:ab){2,}c/')).toEqual(windows('aba'))
    expect(starts('/(?:xy)?(?>zw)+q/')).toEqual(windows('xyz', 'zwq', 'zwz'))
  })

  it('holds everything behind a match that is shorter', () => {
    expect(starts('/qz/')).toHaveLength(32)
  })

  it('holds what an anchor consumes', () => {
    expect(starts('/^qz1/')).toEqual(windows('qz1', '\0qz', '\0\0q'))
  })

  it('is not told where it would be too much, or depends on what was captured', () => {
    expect(starts('/[a-z]+ing/')).toBeUndefined()
    expect(starts(String.raw`/(?:\1x|(y))z/`)).toBeUndefined()
  })
})

describe('the index of a text', () => {
  const text = 'one two, One three; done'
  const index = new WindowIndex()
  index.read(`${text} and more`)
  index.read(text)

  it('finds every place of a window, in order, from a place on', () => {
    expect([...(index.places(Uint16Array.of(window('one'), window('thr')), 0, 9) ?? [])]).toEqual([
      0, 9, 13, 21,
    ])
    expect([...(index.places(Uint16Array.of(window('one')), 1, 9) ?? [])]).toEqual([9, 21])
  })

  it('gives up where there are too many', () => {
    expect(index.places(Uint16Array.of(window('one')), 0, 2)).toBeUndefined()
  })

  it('knows the end of the text', () => {
    expect([...(index.places(Uint16Array.of(window('e\0\0')), 0, 9) ?? [])]).toEqual([text.length - 1])
  })
})

describe('a long text', () => {
  const pattern = rulePattern('/one/i')
  const filler = 'xyzzy '.repeat(100)

  it('is searched where a match can begin', () => {
    const lines = new TextLines([filler, 'A One', `${filler}one`], true)
    expect(lines.search(pattern, ONCE).count).toBe(1)
    expect(lines.search(pattern, { ...ONCE, multiple: true }).count).toBe(2)
    expect(lines.search(pattern, { ...ONCE, multiple: true, maxHits: 1 }).count).toBe(1)
    expect(lines.search(rulePattern('/one$/'), ONCE).first?.[0]).toMatch(/^one/)
  })

  it('is searched as a whole where that is at too many places', () => {
    const lines = new TextLines(['one '.repeat(500)], true)
    expect(lines.search(pattern, { ...ONCE, multiple: true }).count).toBe(500)
  })

  it('is searched to its end in one run where tries take long', () => {
    const lines = new TextLines([filler, 'one '.repeat(20)], true)
    let now = 0
    const slow = (): number => (now += 10)
    expect(lines.search(pattern, { ...ONCE, multiple: true }, slow).count).toBe(20)
    expect(now).toBe(20)
    expect(lines.search(pattern, { ...ONCE, multiple: true, maxHits: 7 }, slow).count).toBe(7)
  })

  it('can leave the subject out', () => {
    const lines = new TextLines(['one', filler], true)
    expect(lines.search(pattern, { ...ONCE, noSubject: true }).count).toBe(0)
  })
})
