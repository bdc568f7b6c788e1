import { describe, expect, it } from '@jest/globals'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'
import { mail, page } from './support.ts'

describe('parseMessage', () => {
  it('takes headers as a milter gives them, with a CRLF body', () => {
    const message = parseMessage({
      headers: [
        { name: 'Subject', value: ' =?utf-8?Q?=C3=A4?=' },
        { name: 'X', value: ' a\n\tb ' },
        { name: 'x', value: ' c' },
      ],
      body: Buffer.from('one\r\ntwo\r\n'),
    })
    expect(message.header('subject')).toEqual(['\xc3\xa4'])
    expect(message.header('X')).toEqual(['a b', 'c'])
    expect(message.rawHeader('x')).toEqual([' a\n\tb ', ' c'])
    expect(message.header('none')).toEqual([])
    expect(message.headerBlock()).toBe('Subject: =?utf-8?Q?=C3=A4?=\nX: a\n\tb \nx: c\n\n')
    expect(message.full()).toBe(`${message.headerBlock()}one\ntwo\n`)
    expect(message.allHeaders().join('')).toBe('Subject: \xc3\xa4\nX: a b\nx: c\n')
    expect(message.rendered()).toEqual(['\xc3\xa4\n', 'one two '])
    expect(message.truncated).toBe(false)
  })

  it('leaves charsets alone when told to, but for UTF-8', () => {
    const text = (charset: string, normalizeCharset: boolean): readonly string[] => {
      const bytes = Buffer.from(`Content-Type: text/plain; charset=${charset}\n\n\xc3\xa4\xc2\xa0b`, 'latin1')
      return parseMessage(splitMail(bytes), { normalizeCharset }).rendered()
    }
    expect(text('iso-2022-jp', false)).toEqual(['\n', '\xc3\xa4\xc2\xa0b'])
    expect(text('utf-8', false)).toEqual(['\n', '\xc3\xa4 b'])
    expect(text('iso-2022-jp', true)).toEqual(['\n', '\xc3\xa4 b'])
  })

  it('puts paragraphs on lines, the last subject first', () => {
    const message = mail('Subject: a\nSubject: b\n\none \t two\n\n \nthree\nfour\n')
    expect(message.rendered()).toEqual(['b\n', 'one two\n', 'three four '])
    expect(message.visible()).toEqual(message.rendered())
    expect(message.invisible()).toEqual([])
  })

  it('has no text without parts', () => {
    expect(mail('Subject: a\nContent-Type: multipart/mixed; boundary=b\n\n').rendered()).toEqual([])
  })

  it('takes Unicode white space for white space', () => {
    expect(mail('Content-Type: text/plain; charset=utf-8\n\na\xc2\xa0\xe2\x80\x83b').rendered()).toEqual([
      '\n',
      'a b',
    ])
    // but not in octets nobody could decode
    expect(page('a&#160;b', 'us-ascii').rendered()).toEqual(['s\n', 'a\xa0b'])
  })

  it('cuts lines at 2048 octets, at a blank if there is one', () => {
    const [, first, second] = mail(`\n${'x'.repeat(1500)} ${'y'.repeat(1500)}`).rendered()
    expect([first!.length, second!.length]).toEqual([1501, 1500])
    expect(
      mail(`\n${'x'.repeat(5000)}`)
        .rendered()
        .map((line) => line.length),
    ).toEqual([1, 2048, 2048, 904])
  })

  it('cuts decoded text into blocks of 2 to 4 KB, at line ends', () => {
    const text = `${'x'.repeat(99)}\n`.repeat(100)
    const blocks = mail(`\n${text}`).decoded()
    expect(blocks.join('')).toBe(text)
    expect(blocks.every((block) => block.endsWith('\n') && block.length <= 4096)).toBe(true)
  })

  it('looks at so much of a part', () => {
    const words = 'word '.repeat(30_000)
    expect(mail(`\n${words}`).rendered().join('').length).toBe(1 + 50_005)
    expect(
      parseMessage({ headers: [], body: Buffer.from(words) }, { bodyPartScanSize: 0 })
        .rendered()
        .join('').length,
    ).toBe(1 + 150_000)
    expect(
      parseMessage({ headers: [], body: Buffer.from(words) }, { rawBodyPartScanSize: 1000 })
        .decoded()
        .join('').length,
    ).toBe(1005)
  })

  it('decodes text and leaves other parts out', () => {
    const message = mail(
      'Content-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: text/html\n\n<b>a</b>\n' +
        '--b\nContent-Type: text/calendar\n\ncal\n--b\nContent-Type: application/x; name=page.html\n\n<i>b</i>\n' +
        '--b\nContent-Type: message/delivery-status\n\nstatus\n--b--\n',
    )
    expect(message.decoded()).toEqual(['<b>a</b>', '<i>b</i>', 'status'])
    expect(message.rendered()).toEqual(['\n', 'a\n', 'b '])
    expect(message.html()).toHaveLength(2)
  })

  it('limits headers as SpamAssassin does', () => {
    const message = mail(`X: ${'a'.repeat(9000)}\n\n`)
    expect(message.rawHeader('x')[0]).toHaveLength(8192)
    expect(message.headers[0]!.raw).toHaveLength(9001)
    expect(message.defects).toContainEqual({ code: 'truncated-header' })
    const many = mail(`${Array.from({ length: 100 }, (_, i) => `X${i}: ${'a'.repeat(1000)}\n`).join('')}\n`)
    expect(many.allHeaders().length).toBeLessThan(70)
    expect(many.header('x99')[0]).toHaveLength(1000)
  })

  it('says what is wrong with transfer encodings', () => {
    const codes = (encoding: string, body: string) =>
      mail(`Content-Transfer-Encoding: ${encoding}\n\n${body}`).defects.map(({ code }) => code)
    expect(codes('base64', 'YWJj\n')).toEqual([])
    expect(codes('base64', 'YW-Jj\n')).toEqual(['base64-illegal-character'])
    expect(codes('8Bit', 'x')).toEqual([])
    expect(codes('uuencode', 'x')).toEqual(['unknown-transfer-encoding'])
  })

  it('passes on what splitting found', () => {
    expect(mail('A: 1').defects).toEqual([{ code: 'missing-head-body-separator' }])
  })
})
