import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { splitMail } from '../../lib/mail/split.ts'

const split = (text: string) => {
  const { headers, body, headerBlock, defects } = splitMail(Buffer.from(text, 'latin1'))
  return {
    headers: headers.map(({ name, value }) => `${name}:${value}`),
    body: Buffer.from(body).toString('latin1'),
    headerBlock,
    defects,
  }
}
const missing = ['missing-head-body-separator']

describe('splitMail', () => {
  it.each([
    ['LF', 'A: 1\nB: 2\n\nbody\n', ['A: 1', 'B: 2'], 'body\n', []],
    ['CRLF', 'A: 1\r\nB: 2\r\n\r\nbody\r\n', ['A: 1', 'B: 2'], 'body\n', []],
    ['folds kept', 'A: 1\n\t2\n\nx', ['A: 1\n\t2'], 'x', []],
    ['mbox line', 'From a@b Mon\nA: 1\n\nx', ['A: 1'], 'x', []],
    ['not an mbox line', 'From: a\n\nx', ['From: a'], 'x', []],
    ['space before the colon', 'A \t: 1\n\nx', ['A: 1'], 'x', []],
    ['no body', 'A: 1\n', ['A: 1'], '', missing],
    ['no final newline', 'A: 1', ['A: 1'], '', missing],
    ['empty', '', [], '', []],
    ['body only', '\nx', [], 'x', []],
    ['three lines that are no headers', 'a\nb\nc\nA: 1\n\nx', ['A: 1'], 'x', []],
    ['the fourth begins the body', 'a\nb\nc\nd\nA: 1\n', [], 'd\nA: 1\n', missing],
    ['a boundary begins the body', 'A: 1\n--b\nx', ['A: 1'], '--b\nx', missing],
    ['value with colons', 'A: b:c\n\n', ['A: b:c'], '', []],
    ['empty value', 'A:\n\n', ['A:'], '', []],
  ])('%s', (_, text, headers, body, defects) => {
    expect(split(text)).toMatchObject({ headers, body, defects })
  })

  it('loses nothing of a mail with LF line ends', () => {
    const line = fc.constantFrom('A: 1', 'b', '', ' c', '--x', 'From x', ':', '\xe4: \xf6')
    fc.assert(
      fc.property(fc.array(line, { minLength: 1, maxLength: 12 }), (lines) => {
        const text = `Z: 1\n${lines.join('\n')}`
        const { headerBlock, body } = split(text)
        expect(headerBlock + body).toBe(text)
      }),
    )
  })
})
