import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { displayName, parseAddresses } from '../../lib/mail/address.ts'

const read = (value: string) =>
  parseAddresses(value).map(({ phrase, address }) => [phrase, address].map((text) => text ?? '-').join(' | '))

describe('parseAddresses', () => {
  it.each<[string, readonly string[]]>([
    ['a@b.com', ['- | a@b.com']],
    ['<a@b.com>', ['- | a@b.com']],
    ['Ada <a@b.com>', ['Ada  | a@b.com'.replace('  ', ' ')]],
    ['"Ada, L." <a@b.com>', ['Ada, L.  | a@b.com'.replace('  ', ' ')]],
    ['a@b.com (Ada)', ['Ada | a@b.com']],
    ['a@b.com, Bea <c@d.org>', ['- | a@b.com', 'Bea | c@d.org']],
    ['a@b.com; c@d.org', ['- | a@b.com', '- | c@d.org']],
    ['"a@b.com"<a@b.com>', ['- | a@b.com']],
    ['"a@b.com" <a@b.com>', ['a@b.com | a@b.com']],
    ['"c@d.org" <a@b.com>', ['c@d.org | a@b.com']],
    ['"a@b.com"', ['- | a@b.com']],
    ['Ada', ['Ada | -']],
    ['Friends: a@b.com, c@d.org;', ['- | a@b.com', '- | c@d.org']],
    ['undisclosed-recipients:;', []],
    ['<>', ['- | -']],
    ['Ada <a@b.com', ['Ada | a@b.com']],
    ['<@r.com, @s.com:a@b.com>', ['- | a@b.com']],
    ['"Q \\"q\\"" <a@b.com>', ['Q "q" | a@b.com']],
    ['Ada <<a@b.com>>', ['Ada | -']],
    ['', []],
    [' \n ', []],
  ])('%j', (value, expected) => {
    expect(read(value).map((line) => line.replaceAll('  ', ' '))).toEqual(expected)
  })

  it('says when the host is none', () => {
    expect(parseAddresses('a@b.com')[0]!.invalid).toBe(false)
    expect(parseAddresses('a@b..com')[0]!.invalid).toBe(true)
    expect(parseAddresses('a@localhost')[0]!.invalid).toBe(true)
  })

  it('decodes names for reading', () => {
    expect(displayName("'=?utf-8?Q?=C3=84da?='  L.  ")).toBe("'\xc3\x84da' L.")
    expect(displayName("  'Ada  L.' ")).toBe('Ada L.')
    expect(displayName('  ')).toBe('  ')
  })

  it('finds an address after any other', () => {
    const name = fc.string({ unit: fc.constantFrom('a', ' ', '.', '-', '\xe4', "'"), maxLength: 20 })
    fc.assert(
      fc.property(fc.array(name, { maxLength: 10 }), (names) => {
        const value = [...names.map((text, i) => `"${text}" <u${i}@example.com>`), 'last@example.org'].join(
          ', ',
        )
        expect(parseAddresses(value).map(({ address }) => address)).toEqual([
          ...names.map((_, i) => `u${i}@example.com`),
          'last@example.org',
        ])
      }),
    )
  })

  it('never throws, and costs little on hostile values', () => {
    const piece = fc.constantFrom(
      '<',
      '>',
      '(',
      ')',
      '"',
      '\\',
      '@',
      ',',
      ';',
      ':',
      'a',
      ' ',
      '[',
      ']',
      '.',
      '\xe4',
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const value = pieces.join('')
        for (const { address = '', user = '', host = '' } of parseAddresses(value))
          if (address !== '') expect(address).toBe(`${user}@${host}`)
      }),
      { numRuns: 2000 },
    )
    const started = performance.now()
    for (const hostile of ['<', '(a\\', '"a', '<a@ ', 'a,', '<a@b>(', '"\\', 'a ('])
      parseAddresses(hostile.repeat(4000))
    expect(performance.now() - started).toBeLessThan(3000)
  })
})
