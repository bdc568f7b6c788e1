import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { levelFor } from '../../lib/mail/limited.ts'
import { parseMessage, type Message } from '../../lib/mail/message.ts'
import { splitMail } from '../../lib/mail/split.ts'

const LIMIT = 100_000
const PHOTO = `${'/9j/4AAQSkZJRgABAQAAAQABAAD'.padEnd(76, 'A')}\r\n`.repeat(1200)
const WORDS = 'some words of a letter that goes on and on\r\n'

interface Piece {
  readonly type: string
  readonly body: string
  readonly encoding?: string
}
const photo = { type: 'image/jpeg; name=a.jpg', body: PHOTO, encoding: 'base64' }
const text = (body: string): Piece => ({ type: 'text/plain', body })

function mail(pieces: readonly Piece[], boundary = 'b1'): string {
  const parts = pieces.map(
    ({ type, body, encoding = '7bit' }) =>
      `--${boundary}\r\nContent-Type: ${type}\r\nContent-Transfer-Encoding: ${encoding}\r\n\r\n${body}\r\n`,
  )
  return `From: a@b.test\r\nSubject: s\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=${boundary}\r\n\r\n${parts.join('')}--${boundary}--\r\n`
}

const limited = (source: string, limit = LIMIT): Message =>
  parseMessage(splitMail(Buffer.from(source, 'latin1'))).upTo(limit)

const base64 = (source: string) =>
  Buffer.from(source, 'latin1').toString('base64').replace(/.{76}/g, '$&\r\n')

describe('a limit on what is read of a mail', () => {
  it.each<[string, string]>([
    ['a photo in front', mail([photo, photo, text('find-me')])],
    ['a long text in front', mail([text(WORDS.repeat(5000)), text('find-me')])],
    ['many photos around', mail([photo, photo, photo, text('find-me'), photo])],
    [
      'text in base64',
      mail([photo, photo, { type: 'text/plain', body: base64('find-me'), encoding: 'base64' }]),
    ],
    ['a page behind', mail([photo, photo, { type: 'text/html', body: '<p>find-me</p>' }])],
    [
      'a page that only its name tells',
      mail([photo, photo, { type: 'application/x; name=a.html', body: '<p>find-me</p>' }]),
    ],
    [
      'a message behind',
      mail([photo, photo, { type: 'message/rfc822', body: mail([text('find-me')], 'b2') }]),
    ],
    [
      'a photo in a message in front',
      mail([{ type: 'message/rfc822', body: mail([photo, photo], 'b2') }, text('find-me')]),
    ],
    [
      'a photo in an encoded message in front',
      mail([
        { type: 'message/rfc822', body: base64(mail([photo, photo], 'b2')), encoding: 'base64' },
        text('find-me'),
      ]),
    ],
  ])('the text is read: %s', (_, source) => {
    expect(source.length).toBeGreaterThan(LIMIT * 1.5)
    const message = limited(source)
    expect(message.rendered().join('')).toContain('find-me')
    expect(message.decoded().join('')).toContain('find-me')
    expect(message.truncated).toBe(true)
  })

  it('photos that are cut are no text left out, and are no longer than what fits', () => {
    const message = limited(mail([photo, photo, text('find-me')]))
    expect(message.leftOut).toBeNull()
    const lengths = message.leaves.map((leaf) => leaf.raw().length)
    expect(lengths.reduce((sum, length) => sum + length)).toBeLessThanOrEqual(LIMIT)
    expect(lengths[0]).toBeGreaterThan(LIMIT / 3)
    expect(message.leaves.map(({ filename }) => filename)).toEqual(['a.jpg', 'a.jpg', undefined])
    expect(message.full()).toContain('find-me')
  })

  it('of text over the limit it is said how much was left out', () => {
    const all = WORDS.replace('\r', '').length * 5000
    const { leftOut } = limited(mail([text(WORDS.repeat(5000))]))
    expect(leftOut).toMatchObject({ limit: LIMIT })
    expect(leftOut?.of).toBeGreaterThan(all - 10)
    expect((leftOut?.of ?? 0) - (leftOut?.octets ?? 0)).toBeLessThanOrEqual(LIMIT)
    expect((leftOut?.of ?? 0) - (leftOut?.octets ?? 0)).toBeGreaterThan(LIMIT - 2000)
  })

  it('a text of one line in base64 is cut between groups of four', () => {
    const body = Buffer.from('0123456789'.repeat(30_000)).toString('base64')
    const message = limited(mail([{ type: 'text/plain', body, encoding: 'base64' }]))
    const decoded = message.leaves[0]!.decoded()
    expect(decoded.length).toBeGreaterThan(70_000)
    expect(decoded.trimEnd()).toMatch(/^(?:0123456789)*0?1?2?3?4?5?6?7?8?9?$/)
  })

  it('a mail within the limit reads as before', () => {
    const source = mail([text('one'), photo, text('two')])
    const whole = parseMessage(splitMail(Buffer.from(source, 'latin1')))
    const same = whole.upTo(source.length)
    for (const view of ['rendered', 'visible', 'invisible', 'decoded', 'allHeaders', 'full'] as const)
      expect(same[view]()).toEqual(whole[view]())
    expect(same.uris()).toEqual(whole.uris())
    expect(same.leaves.map((leaf) => leaf.raw())).toEqual(whole.leaves.map((leaf) => leaf.raw()))
    expect([...same.body]).toEqual([...whole.body])
  })

  it('thousands of parts share it', () => {
    const pieces = Array.from({ length: 900 }, (_, at) => text(`${at} ${WORDS.repeat(10)}`))
    const message = limited(mail(pieces))
    expect(message.leaves).toHaveLength(900)
    expect(message.leaves.reduce((sum, leaf) => sum + leaf.raw().length, 0)).toBeLessThanOrEqual(LIMIT)
    expect(message.leaves.at(-1)?.raw()).toMatch(/^899 some words/)
  })
})

it('what is cut to fit is the longest, and as little of it as must be', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(10_000), { maxLength: 50 }), fc.nat(50_000), (lengths, limit) => {
      const level = levelFor(lengths, limit)
      const sum = lengths.reduce((total, length) => total + Math.min(length, level), 0)
      expect(sum).toBeLessThanOrEqual(limit + 0.001)
      if (level !== Infinity) expect(sum).toBeGreaterThan(limit - 0.001)
      else expect(lengths.reduce((total, length) => total + length, 0)).toBeLessThanOrEqual(limit)
    }),
  )
})

it('never throws, whatever is cut', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.constantFrom(
          '--b1\n',
          '--b1--\n',
          'Content-Type: message/rfc822\n',
          'Content-Type: text/html\n',
          'Content-Transfer-Encoding: base64\n',
          '\n',
          'QUJD\n',
          '<p>x\n',
        ),
        { maxLength: 60 },
      ),
      fc.nat(200),
      (lines, limit) => {
        const source = `Content-Type: multipart/mixed; boundary=b1\n\n${lines.join('')}`
        const message = parseMessage(splitMail(Buffer.from(source))).upTo(limit)
        message.rendered()
        message.decoded()
        message.uris()
        expect(message.full().length).toBeLessThanOrEqual(2 * limit + 100)
        expect(message.defects.length).toBeLessThan(20)
      },
    ),
  )
})
