import { describe, expect, it } from '@jest/globals'
import { viewOf } from '../../lib/bayes/view.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'

const piece = (type: string, body: string) => `--b1\nContent-Type: ${type}\n\n${body}\n`
const PHOTO = piece('image/png', 'iVBORw0KGgo')
const LETTER = piece('text/plain', 'the letter that is to be read')
const viewed = (...pieces: readonly string[]) =>
  viewOf(
    parseMessage(
      splitMail(Buffer.from(`Content-Type: multipart/mixed; boundary=b1\n\n${pieces.join('')}--b1--\n`)),
    ),
  ).parts

describe('what the classifier looks at', () => {
  it.each([
    ['many photos', Array<string>(80).fill(PHOTO)],
    ['many empty texts', Array<string>(80).fill(piece('text/plain', ''))],
    ['more photos than are looked at in one part', Array<string>(900).fill(PHOTO)],
  ])('a letter behind %s is among the fifty parts', (_, before) => {
    const parts = viewed(...before, LETTER)
    expect(parts).toHaveLength(50)
    expect(parts.map(({ text }) => text).join('')).toContain('to be read')
  })

  it('of no more than fifty parts all are there, in order', () => {
    const types = viewed(PHOTO, LETTER, PHOTO).map(({ type }) => type)
    expect(types).toEqual(['multipart/mixed', 'image/png', 'text/plain', 'image/png'])
  })
})
