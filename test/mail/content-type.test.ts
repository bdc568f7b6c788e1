import { describe, expect, it } from '@jest/globals'
import { attachmentName, fileName, parseContentType } from '../../lib/mail/content-type.ts'

describe('parseContentType', () => {
  it.each([
    [['text/html; charset=utf-8'], { type: 'text/html', charset: 'utf-8' }],
    [['TEXT/HTML;charset="UTF-8"; format=flowed'], { type: 'text/html', charset: 'UTF-8' }],
    [['text/x-odd'], { type: 'text/plain' }],
    [['text/calendar'], { type: 'text/calendar' }],
    [['text'], { type: 'text/plain' }],
    [[''], { type: 'text/plain', missing: true }],
    [[], { type: 'text/plain', charset: 'us-ascii', missing: true }],
    [['multipart/mixed; boundary=abc'], { type: 'multipart/mixed', boundary: 'abc' }],
    [['multipart/mixed; boundary="a b;c"'], { boundary: 'a b;c' }],
    [['multipart/mixed; boundary = "open'], { boundary: 'open' }],
    [['multipart/mixed; boundary=""'], { boundary: undefined }],
    [['multipart/mixed boundary=x'], { type: 'multipart/mixed', boundary: 'x' }],
    [['image/png; name="dot.png"'], { type: 'image/png', name: 'dot.png' }],
    [['image/png; name*0="a"; name*1="b.png"'], { name: 'ab.png' }],
    [['a/b', 'c/d'], { type: 'c/d' }],
    [['"image/png"'], { type: 'image/png' }],
  ])('%j', (values, expected) => {
    expect(parseContentType(values)).toMatchObject(expected)
  })
})

describe('names', () => {
  it('prefers Content-Disposition, undecoded', () => {
    const type = parseContentType(['a/b; name=type.txt'])
    expect(attachmentName('attachment; filename="disp.txt"', type)).toBe('disp.txt')
    expect(attachmentName('attachment', type)).toBe('type.txt')
    expect(attachmentName('', parseContentType(['a/b']))).toBeUndefined()
  })

  it.each([
    ['attachment; filename=plain.txt', 'plain.txt'],
    ['attachment; filename="quo\\"ted.txt"', 'quo"ted.txt'],
    ["attachment; filename*=utf-8'de'%C3%A4.pdf", '\xc3\xa4.pdf'],
    ["attachment; filename*=iso-8859-1''%E4.pdf", '\xc3\xa4.pdf'],
    ["attachment; filename*0*=utf-8''%C3; filename*1*=%A4; filename*2=.exe", '\xc3\xa4.exe'],
    ['attachment; filename*1=b.exe; filename*0=a', 'ab.exe'],
    ['attachment; filename="=?utf-8?Q?=C3=A4.zip?="', '\xc3\xa4.zip'],
    ['attachment; filename="old.txt"; filename*=utf-8\'\'new.exe', 'new.exe'],
    ['attachment;filename= "sp.txt" ', 'sp.txt'],
    ['attachment; name=x.js', 'x.js'],
    ['attachment', undefined],
  ])('%s', (disposition, expected) => {
    expect(fileName([disposition], [])).toBe(expected)
  })

  it('falls back to Content-Type', () => {
    expect(fileName(['attachment'], ['a/b; name="t.txt"'])).toBe('t.txt')
  })
})
