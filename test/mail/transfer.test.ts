import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeBase64, decodeQuotedPrintable, hasForeignBase64 } from '../../lib/mail/transfer.ts'

describe('decodeBase64', () => {
  it.each([
    ['YWJj', 'abc'],
    ['YW Jj\r\n', 'abc'],
    ['YWI=', 'ab'],
    ['YQ==', 'a'],
    ['YWJjZA', 'abcd'],
    ['', ''],
    ['====', ''],
    // padding in the middle: zero bits when the rest is clean
    ['YQ==YWJj', 'a\0\0abc'],
    // foreign characters are dropped
    ['Y!W*J-j', 'abc'],
    ['YWJjZ!', 'abc'],
  ])('%j', (text, expected) => {
    expect(decodeBase64(text)).toBe(expected)
  })

  it('gives back what was encoded, in lines or not', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.integer({ min: 1, max: 80 }), (bytes, width) => {
        const text = Buffer.from(bytes).toString('base64')
        const lines = text.replace(new RegExp(`.{${width}}`, 'g'), '$&\r\n')
        expect(decodeBase64(lines)).toBe(Buffer.from(bytes).toString('latin1'))
      }),
    )
  })

  it('tells foreign characters', () => {
    expect(hasForeignBase64('YWJj\n')).toBe(false)
    expect(hasForeignBase64('YW-Jj')).toBe(true)
  })
})

describe('decodeQuotedPrintable', () => {
  it.each([
    ['a=3Db', 'a=b'],
    ['a=3db', 'a=b'],
    ['soft=\nbreak', 'softbreak'],
    ['soft= \t\r\nbreak', 'softbreak'],
    ['trailing  \nblanks\t\n', 'trailing\nblanks\n'],
    ['trailing  \r\n', 'trailing\r\n'],
    ['keep  ', 'keep  '],
    ['bad =ZZ and =', 'bad =ZZ and ='],
    ['=4=\n1', 'A'],
    ['==\n\n', '=\n'],
    ['', ''],
  ])('%j', (text, expected) => {
    expect(decodeQuotedPrintable(text)).toBe(expected)
  })

  it('gives back any octets that were encoded', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
        const text = Array.from(bytes, (byte) => `=${byte.toString(16).padStart(2, '0')}`)
        const lines = text.map((code, index) => (index % 20 === 19 ? `${code}=\n` : code)).join('')
        expect(decodeQuotedPrintable(lines)).toBe(Buffer.from(bytes).toString('latin1'))
      }),
    )
  })
})
