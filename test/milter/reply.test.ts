import { describe, expect, it } from '@jest/globals'
import { decodeAnswer } from '../../lib/milter/answer.ts'
import type { Edit } from '../../lib/milter/handler.ts'
import { cleanHeaderValue, encodeEdit, encodeRefusal, encodeReply } from '../../lib/milter/reply.ts'
import { ALL_ACTIONS, ALL_STEPS, octets, STEP } from '../../lib/milter/wire.ts'
import { mailAddress } from '../../lib/milter/mail-address.ts'

const agreement = { version: 6, actions: ALL_ACTIONS, steps: STEP.leadingSpace, macros: {} }
const textOf = (frame: Buffer): string => frame.toString('latin1', 5)
const refusal = (text: string, code = 550, enhanced = '5.7.1'): string =>
  textOf(encodeRefusal({ code, enhanced, text }))

describe('a reply', () => {
  it.each([
    ['continue', '0000000163'],
    ['accept', '0000000161'],
    ['discard', '0000000164'],
    ['reject', '0000000172'],
    ['tempfail', '0000000174'],
    ['skip', '0000000173'],
  ] as const)('%s is one octet', (kind, hex) => {
    expect(encodeReply({ kind }).toString('hex')).toBe(hex)
  })

  it('shutdown is a 421, as Sendmail does not know SMFIR_SHUTDOWN', () => {
    expect(textOf(encodeReply({ kind: 'shutdown' }))).toMatch(/^421 4\.3\.2 /)
  })
})

describe('a refusal', () => {
  it.each([
    ['one line', 'no', '550 5.7.1 no\0'],
    ['no text', '', '550 5.7.1 \0'],
    ['several lines', 'one\ntwo\r\nthree', '550-5.7.1 one\r\n550-5.7.1 two\r\n550 5.7.1 three\0'],
    ['percent signs are doubled', '100% %s', '550 5.7.1 100%% %%s\0'],
    ['CR and NUL are removed', 'a\rb\0c', '550 5.7.1 abc\0'],
    ['other control characters become spaces', 'a\x07b\x7fc\td', '550 5.7.1 a b c\td\0'],
    ['octets above 127 stay', 'gr\xfc\xdfe', '550 5.7.1 gr\xfc\xdfe\0'],
    ['wider characters cannot turn into line feeds', 'a\u010ab\u010dc\u0100d', '550 5.7.1 a?b?c?d\0'],
  ])('%s', (_, text, expected) => {
    expect(refusal(text)).toBe(expected)
  })

  it('without an enhanced code', () => {
    expect(refusal('busy', 421, '')).toBe('421 busy\0')
  })

  it('keeps each line within 998 octets and never cuts a doubled percent sign', () => {
    for (const length of [985, 986, 987, 988, 989, 2000])
      for (const filler of ['x', '%', 'x%']) {
        const [line = ''] = refusal(filler.repeat(length)).split('\0')
        expect(line.length).toBeLessThanOrEqual(998)
        expect(line.length).toBeGreaterThanOrEqual(Math.min(length, 996))
        expect((line.match(/%/g)?.length ?? 0) % 2).toBe(0)
      }
  })

  it('has at most 32 lines', () => {
    expect(refusal('x\n'.repeat(100)).split('\r\n')).toHaveLength(32)
  })

  it.each([
    [250, '2.0.0'],
    [399, ''],
    [600, ''],
    [550.5, ''],
    [Number.NaN, ''],
    [550, '4.7.1'],
    [450, '5.7.1'],
    [550, '5.7'],
    [550, '5.7.1 x'],
    [550, '5.7777.1'],
  ])('with code %d and enhanced code %j is a mistake of the caller', (code, enhanced) => {
    expect(() => encodeRefusal({ code, enhanced, text: 'x' })).toThrow(RangeError)
  })
})

describe('a header value', () => {
  it.each([
    ['plain', ' v', ' v'],
    ['a fold', 'a\n b\n\tc', 'a\n b\n\tc'],
    ['a fold with CR', 'a\r\n b', 'a\n b'],
    ['an injected header', 'a\nX-Evil: 1', 'aX-Evil: 1'],
    ['an injected header with CR', 'a\r\nX-Evil: 1\r\n\r\nbody', 'aX-Evil: 1body'],
    ['an empty line made of folds', 'a\n \n b', 'a\n b'],
    ['a fold at the end', 'a\n ', 'a'],
    ['a line feed at the end', 'a\n', 'a'],
    ['NUL', 'a\0b', 'ab'],
    ['line feeds all over', '\n\n\na\n\n', 'a'],
    ['CR between line feed and space', 'a\n\r b', 'a\n b'],
  ])('is cleaned: %s', (_, value, expected) => {
    expect(cleanHeaderValue(value)).toBe(expected)
  })

  it('of line feeds and spaces takes linear time', () => {
    const start = performance.now()
    cleanHeaderValue('\n '.repeat(100_000) + 'x')
    cleanHeaderValue('\n' + ' '.repeat(200_000) + 'x')
    cleanHeaderValue(('\n' + ' '.repeat(300)).repeat(1000))
    expect(performance.now() - start).toBeLessThan(500)
  })
})

describe('an edit', () => {
  const data = (edit: Edit, steps: number = STEP.leadingSpace): string => {
    const encoded = encodeEdit(edit, { ...agreement, steps })
    if (encoded.kind === 'impossible') return encoded.why
    return encoded.frames.map((frame) => frame.toString('latin1', 4)).join('|')
  }

  it.each<[string, Edit, string]>([
    ['a header', { kind: 'addHeader', name: 'X-A', value: 'v' }, 'hX-A\0 v\0'],
    [
      'a header at the top',
      { kind: 'insertHeader', index: 0, name: 'X-A', value: 'v' },
      'i\0\0\0\0X-A\0 v\0',
    ],
    ['a header changed', { kind: 'changeHeader', nth: 2, name: 'X-A', value: 'v' }, 'm\0\0\0\x02X-A\0 v\0'],
    [
      'a header changed to nothing is not removed',
      { kind: 'changeHeader', nth: 1, name: 'X-A', value: '' },
      'm\0\0\0\x01X-A\0 \0',
    ],
    ['a header removed', { kind: 'removeHeader', nth: 1, name: 'X-A' }, 'm\0\0\0\x01X-A\0\0'],
    ['a recipient', { kind: 'addRecipient', address: mailAddress('a@example') }, '+<a@example>\0'],
    [
      'a recipient with parameters',
      { kind: 'addRecipient', address: mailAddress('a@example'), parameters: 'NOTIFY=NEVER' },
      '2<a@example>\0NOTIFY=NEVER\0',
    ],
    [
      'a recipient in brackets gets no second pair',
      { kind: 'addRecipient', address: mailAddress('<a@example>') },
      '+<a@example>\0',
    ],
    ['a recipient removed', { kind: 'removeRecipient', address: mailAddress('a@example') }, '-<a@example>\0'],
    ['the sender', { kind: 'changeSender', address: mailAddress('') }, 'e<>\0'],
    [
      'the sender with parameters',
      { kind: 'changeSender', address: mailAddress('a@example'), parameters: 'RET=HDRS' },
      'e<a@example>\0RET=HDRS\0',
    ],
    ['quarantine', { kind: 'quarantine', reason: 'why' }, 'qwhy\0'],
    ['quarantine without a reason', { kind: 'quarantine', reason: '\r\n' }, 'qquarantined\0'],
    ['a new body', { kind: 'replaceBody', body: octets('new\r\n') }, 'bnew\r\n'],
    ['an empty body', { kind: 'replaceBody', body: octets('') }, 'b'],
    [
      'line ends in an address',
      { kind: 'addRecipient', address: mailAddress('a@example\r\nRCPT TO:<b@example>') },
      '+<a@exampleRCPT TO:<b@example>\0',
    ],
    [
      'a colon in a name',
      { kind: 'addHeader', name: 'X:A', value: 'v' },
      'addHeader with the impossible header name "X:A"',
    ],
    ['no name', { kind: 'addHeader', name: '', value: 'v' }, 'addHeader with the impossible header name ""'],
    ['position 0', { kind: 'removeHeader', nth: 0, name: 'X' }, 'removeHeader at the impossible position 0'],
    [
      'position -1',
      { kind: 'insertHeader', index: -1, name: 'X', value: '' },
      'insertHeader at the impossible position -1',
    ],
    [
      'position 1.5',
      { kind: 'changeHeader', nth: 1.5, name: 'X', value: '' },
      'changeHeader at the impossible position 1.5',
    ],
    [
      'too long for Sendmail',
      { kind: 'addHeader', name: 'X', value: 'x'.repeat(65_535) },
      'addHeader of 65539 octets, the MTA takes at most 65535',
    ],
  ])('%s', (_, edit, expected) => {
    expect(data(edit)).toBe(expected)
  })

  it('leaves the space after the colon to an MTA that puts one itself', () => {
    expect(data({ kind: 'addHeader', name: 'X', value: 'v' }, 0)).toBe('hX\0v\0')
    expect(data({ kind: 'addHeader', name: 'X', value: ' v' }, 0)).toBe('hX\0v\0')
    expect(data({ kind: 'addHeader', name: 'X', value: '\tv' }, ALL_STEPS)).toBe('hX\0\tv\0')
  })

  it('is left out where the MTA did not agree to it', () => {
    const none = { ...agreement, actions: 0 }
    expect(encodeEdit({ kind: 'quarantine', reason: 'x' }, none)).toEqual({
      kind: 'impossible',
      why: 'the MTA did not agree to quarantine',
    })
  })

  it('cuts a body into chunks of 65535 octets', () => {
    const encoded = encodeEdit({ kind: 'replaceBody', body: Buffer.alloc(131_071, 'x') }, agreement)
    const frames = encoded.kind === 'frames' ? encoded.frames : []
    expect(frames.map((frame) => frame.length - 5)).toEqual([65_535, 65_535, 1])
    expect(decodeAnswer({ command: 0x62, data: frames[2]?.subarray(5) ?? Buffer.alloc(0) })).toEqual({
      kind: 'edit',
      edit: { kind: 'replaceBody', body: Buffer.from('x') },
    })
  })
})
