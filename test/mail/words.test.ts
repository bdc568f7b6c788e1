import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { decodeBody, decodeText } from '../../lib/mail/charset.ts'
import { fromUtf8, toUtf8 } from '../../lib/mail/octets.ts'
import { decodeWords } from '../../lib/mail/words.ts'

describe('decodeWords', () => {
  it.each([
    ['plain', 'plain'],
    ['=?utf-8?Q?Gr=C3=BC=C3=9Fe?=', 'Grüße'],
    ['=?iso-8859-1?q?K=F6ln_am_Rhein?=', 'Köln am Rhein'],
    ['=?UTF-8?B?w6Q=?=', 'ä'],
    ['=?utf-8*de?Q?=C3=A4?=', 'ä'],
    ['a =?utf-8?Q?b?= c', 'a b c'],
    // white space between words goes, a character cut in two is made whole
    ['=?utf-8?Q?a=C3?= \t =?utf-8?Q?=A4b?=', 'aäb'],
    ['=?utf-8?Q?a?= x =?utf-8?Q?b?=', 'a x b'],
    // 8-bit text: UTF-8 if it can be, else Windows-1252
    ['\xc3\xa4', 'ä'],
    ['\xe4 \x80', 'ä €'],
    ['=?utf-8?X?abc?=', '=?utf-8?X?abc?='],
    ['=?utf-8?Q?open', '=?utf-8?Q?open'],
    ['=?no-such-charset?Q?=E4?=', 'ä'],
    ['=?gb2312?B?xOO6ww==?=', '你好'],
    ['=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=', '日本'],
    ['folded\n text', 'folded text'],
    ['=?utf-16?B?YQAgAGIA?=', 'a b'],
  ])('%j', (value, expected) => {
    expect(fromUtf8(decodeWords(value))).toBe(expected)
  })

  it.each(['Received', 'Message-ID', 'References', 'List-Id', 'DATE'])('leaves %s alone', (name) => {
    expect(decodeWords('=?utf-8?Q?a?=', name)).toBe('=?utf-8?Q?a?=')
  })

  it('decodes what was encoded', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        const well = text.toWellFormed()
        const word = `=?utf-8?B?${Buffer.from(well, 'utf8').toString('base64')}?=`
        expect(fromUtf8(decodeWords(word))).toBe(well)
      }),
    )
  })

  it('never throws and gives octets', () => {
    const alphabet = fc.constantFrom(
      '=?',
      'utf-8',
      '?',
      'Q',
      'B',
      '?=',
      '=E4',
      ' ',
      '\n ',
      '\xe4',
      'gbk',
      'utf-16',
      '*',
      '=',
    )
    fc.assert(
      fc.property(fc.array(alphabet, { maxLength: 30 }), (pieces) => {
        expect(decodeWords(pieces.join(''))).toMatch(/^[\x00-\xff]*$/)
      }),
      { numRuns: 500 },
    )
  })
})

describe('charsets', () => {
  it.each([
    ['utf-8', '\xc3\xa4', 'ä'],
    ['us-ascii', '\xc3\xa4', 'ä'],
    ['us-ascii', '\xe4', 'ä'],
    ['iso-8859-1', '\x80\xe4', '€ä'],
    ['iso-8859-2', '\xb1', 'ą'],
    ['windows-1251', '\xcf\xf0', 'Пр'],
    ['koi8-r', '\xf0\xd2', 'Пр'],
    ['shift_jis', '\x93\xfa\x96\x7b\xb1', '日本ｱ'],
    ['euc-jp', '\xc6\xfc\xcb\xdc', '日本'],
    ['euc-kr', '\xb0\xa1', '가'],
    ['big5', '\xa7\x41\xa6\x6e', '你好'],
    ['gb18030', '\xc4\xe3', '你'],
    ['utf-16', 'a\0 \0b\0', 'a b'],
    ['utf-16be', '\0a\0b', 'ab'],
    ['utf-7', '+AOQ-', 'ä'],
    ['x-unknown', '\xe4', 'ä'],
    // not in GB 2312, so wrongly declared
    ['gb2312', '\x81\x40', '\ufffd@'],
    ['constructor', '\xe4', 'ä'],
    ['', '\xe4', 'ä'],
  ])('%s', (charset, octets, text) => {
    expect(decodeText(octets, charset)).toBe(text)
  })

  it('tells text that was decoded from text left as it was', () => {
    expect(decodeBody('abc', 'us-ascii')).toEqual({ text: 'abc', unicode: false })
    expect(decodeBody('abc', 'iso-2022-jp')).toEqual({ text: 'abc', unicode: true })
    expect(decodeBody('\xc3\xa4', 'us-ascii')).toEqual({ text: 'ä', unicode: true })
  })

  it('converts between UTF-8 octets and text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 50 }), (text) => {
        expect(fromUtf8(toUtf8(text))).toBe(text.toWellFormed())
      }),
    )
  })
})
