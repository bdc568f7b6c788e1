import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseMessage } from '../../lib/mail/message.ts'
import type { Part } from '../../lib/mail/mime.ts'
import { mail } from './support.ts'

const outline = (part: Part): unknown =>
  part.isLeaf ? part.type : [part.type, ...part.parts.map((child) => outline(child))]
const defects = (text: string) => mail(text).defects.map(({ code }) => code)
const multipart = (body: string, type = 'multipart/mixed; boundary=b') => `Content-Type: ${type}\n\n${body}`

describe('the MIME tree', () => {
  it.each([
    ['plain text', 'A: 1\n\nx', 'text/plain'],
    [
      'two parts',
      multipart('--b\nContent-Type: text/html\n\nx\n--b\n\ny\n--b--\n'),
      ['multipart/mixed', 'text/html', 'text/plain'],
    ],
    ['without an end', multipart('--b\n\nx\n--b\n\ny\n'), ['multipart/mixed', 'text/plain', 'text/plain']],
    ['without a boundary parameter', 'Content-Type: multipart/mixed\n\n--b\n\nx\n', 'text/plain'],
    ['without any boundary line', multipart('just text\nmore\n'), ['multipart/mixed', 'text/plain']],
    ['empty', multipart(''), ['multipart/mixed']],
    [
      'digest',
      multipart('--b\n\nSubject: x\n\ny\n--b--\n', 'multipart/digest; boundary=b'),
      ['multipart/digest', ['message/rfc822', 'text/plain']],
    ],
    [
      'message in message',
      `Content-Type: message/rfc822\n\n${multipart('--b\n\nx\n--b--\n')}`,
      ['message/rfc822', ['multipart/mixed', 'text/plain']],
    ],
    [
      'delivery report',
      multipart('--b\nContent-Type: message/delivery-status\n\nx: y\n--b--\n'),
      ['multipart/mixed', 'message/delivery-status'],
    ],
    [
      "a child takes its parent's boundary",
      multipart('--b\nContent-Type: multipart/alternative\n\nx\n--b--\n'),
      ['multipart/mixed', ['multipart/alternative', 'text/plain']],
    ],
    [
      "a child repeats its parent's boundary",
      multipart(
        '--b\nContent-Type: multipart/alternative; boundary=b\n\n--b\n\nx\n--b\n\ny\n--b--\n--b\n\nz\n--b--\n',
      ),
      ['multipart/mixed', ['multipart/alternative', 'text/plain', 'text/plain'], 'text/plain'],
    ],
  ])('%s', (_, text, expected) => {
    expect(outline(mail(text).root)).toEqual(expected)
  })

  it.each([
    ['nothing wrong', multipart('--b\nA: 1\n\nx\n--b--\n'), []],
    [
      'no headers',
      multipart('--b\nx\ny\n--b--\n'),
      ['missing-mime-headers', 'missing-mime-head-body-separator'],
    ],
    ['text after the end', multipart('--b\nA: 1\n\nx\n--b--\nmore\n'), ['mime-epilogue-exists']],
    ['only dots after the end', multipart('--b\nA: 1\n\nx\n--b--\n .\n\n'), []],
    ['no end', multipart('--b\nA: 1\n\nx\n'), ['mime-boundary-unbalanced']],
  ])('%s', (_, text, expected) => {
    expect(defects(text)).toEqual(expected)
  })

  it.each(['\n', '\r\n'])('finds bodies again in the message with line ends %j', (end) => {
    const lines = `--b\nContent-Type: application/x\n\nfirst\nfile\n--b\nA: 1\n\n${'\n'.repeat(30)}second\n--b--\n`
    const text = lines.replaceAll('\n', end)
    const message = parseMessage({
      headers: [{ name: 'Content-Type', value: ' multipart/mixed; boundary=b' }],
      body: Buffer.from(text, 'latin1'),
    })
    const [first, second] = message.leaves
    expect(text.slice(first!.start, first!.end)).toBe(`first${end}file`)
    expect(text.slice(second!.start, second!.end)).toBe(`${end.repeat(30)}second`)
    expect(second!.raw()).toBe(`${'\n'.repeat(19)}second`)
  })

  it('finds parts behind many blank lines and inside messages', () => {
    const inner = `Content-Type: message/rfc822\n\nSubject: x\n\n${'\n'.repeat(40)}needle\n`
    const message = mail(multipart(`--b\n${inner}--b--\n`))
    const [leaf] = message.leaves
    const body = Buffer.from(message.body).toString('latin1')
    expect(body.slice(leaf!.start, leaf!.end).trim()).toBe('needle')
  })

  it('has no place for what was encoded', () => {
    const inner = Buffer.from('Subject: x\n\ny').toString('base64')
    const message = mail(`Content-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n${inner}\n`)
    expect(message.leaves[0]).toMatchObject({ start: -1, end: -1, type: 'text/plain' })
    expect(message.leaves[0]!.decoded()).toBe('y')
  })

  it('breaks long lines of parts for rules, but not in files', () => {
    const long = 'x'.repeat(5000)
    const message = mail(multipart(`--b\nContent-Type: application/x\n\n${long}\n--b--\n`))
    const [leaf] = message.leaves
    expect(leaf!.raw()).toBe(`${'x'.repeat(2048)}\n${'x'.repeat(2048)}\n${'x'.repeat(904)}`)
    expect(Buffer.from(leaf!.bytes()).toString('latin1')).toBe(long)
  })

  it('stops at its limits and says so', () => {
    const many = multipart(`${'--b\nA: 1\n\nx\n'.repeat(1500)}--b--\n`)
    expect(mail(many).leaves).toHaveLength(1000)
    expect(defects(many)).toContain('mimepart-limit-exceeded')
    const deep = Array.from({ length: 40 }, (_, i) =>
      multipart(`--b${i}\n`, `multipart/mixed; boundary=b${i}`),
    ).join('')
    expect(defects(deep)).toContain('mime-nesting-limit')
  })

  it('keeps every octet of a multipart in some part or between parts', () => {
    const line = fc.constantFrom(
      '--b',
      '--b--',
      '',
      'Content-Type: text/html',
      'x',
      '--bx',
      'Content-Type: multipart/mixed; boundary=c',
      '--c',
      '--c--',
      ' y',
    )
    fc.assert(
      fc.property(fc.array(line, { maxLength: 25 }), (lines) => {
        const message = mail(multipart(lines.join('\n')))
        let last = 0
        for (const leaf of message.leaves) {
          expect(leaf.start).toBeGreaterThanOrEqual(last)
          expect(leaf.end).toBeGreaterThanOrEqual(leaf.start)
          last = leaf.end
        }
        expect(last).toBeLessThanOrEqual(message.body.length)
      }),
      { numRuns: 500 },
    )
  })
})
