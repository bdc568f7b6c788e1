import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { noticeMail, placeholder } from '../../lib/attachments/notice.ts'
import { strip } from '../../lib/attachments/strip.ts'
import { parseMessage } from '../../lib/mail/message.ts'
import type { Message } from '../../lib/mail/message.ts'

const message = (type: string, body: string): Message =>
  parseMessage({ headers: [{ name: 'Content-Type', value: ` ${type}` }], body: Buffer.from(body, 'latin1') })
const crlf = (...lines: readonly string[]) => lines.join('\r\n')
const text = (body: Uint8Array | undefined) => Buffer.from(body ?? []).toString('latin1')

const NOTE = crlf(
  'Content-Type: text/plain; charset=utf-8',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: 7bit',
  '',
  'gone',
)
const program = crlf(
  'Content-Type: application/x-dosexec; name=a.exe',
  'Content-Transfer-Encoding: base64',
  '',
  'TVqQ',
)

/** Takes out every part whose file name ends in .exe. */
function stripPrograms(mail: Message, note = () => 'gone') {
  const victims = new Set(mail.leaves.filter((part) => part.filename?.endsWith('.exe')))
  return strip(mail.body, mail.root, victims, note)
}

describe('strip', () => {
  it.each([
    [
      'the last of two',
      crlf(
        'preamble',
        '--x',
        'Content-Type: text/plain',
        '',
        'hello ',
        '',
        '--x',
        program,
        '--x--',
        'epilogue',
        '',
      ),
      crlf(
        'preamble',
        '--x',
        'Content-Type: text/plain',
        '',
        'hello ',
        '',
        '--x',
        NOTE,
        '--x--',
        'epilogue',
        '',
      ),
    ],
    [
      'the first of two',
      crlf('--x', program, '--x', '', 'hello', '--x--', ''),
      crlf('--x', NOTE, '--x', '', 'hello', '--x--', ''),
    ],
    [
      'both of two',
      crlf('--x', program, '--x', program, '--x--', ''),
      crlf('--x', NOTE, '--x', NOTE, '--x--', ''),
    ],
    [
      'one of an inner multipart',
      crlf(
        '--x',
        'Content-Type: multipart/mixed; boundary=xy',
        '',
        '--xy',
        '',
        'a',
        '--xy',
        program,
        '--xy--',
        '--x',
        '',
        'b',
        '--x--',
        '',
      ),
      crlf(
        '--x',
        'Content-Type: multipart/mixed; boundary=xy',
        '',
        '--xy',
        '',
        'a',
        '--xy',
        NOTE,
        '--xy--',
        '--x',
        '',
        'b',
        '--x--',
        '',
      ),
    ],
    ['one that nothing closes', crlf('--x', '', 'a', '--x', program, ''), crlf('--x', '', 'a', '--x', NOTE)],
    [
      'octets around it untouched',
      crlf('--x', 'X-Odd:\t\xff\x00', '', 'a \r b \n c', '\n\n\n', '--x', program, '--x--'),
      crlf('--x', 'X-Odd:\t\xff\x00', '', 'a \r b \n c', '\n\n\n', '--x', NOTE, '--x--'),
    ],
    [
      'behind a hundred empty lines',
      crlf('--x', '', ...Array.from({ length: 100 }, () => ''), 'a', '--x', program, '--x--', ''),
      crlf('--x', '', ...Array.from({ length: 100 }, () => ''), 'a', '--x', NOTE, '--x--', ''),
    ],
  ])('%s', (_what, before, after) => {
    const done = stripPrograms(message('multipart/mixed; boundary=x', before))
    expect(text(done?.body)).toBe(after)
    expect(done?.headers).toEqual([])
  })

  it('inside a forwarded message', () => {
    const inner = (part: string) =>
      crlf(
        '--x',
        '',
        'see below',
        '--x',
        'Content-Type: message/rfc822',
        '',
        'Subject: y',
        'Content-Type: multipart/mixed; boundary=z',
        '',
        '--z',
        part,
        '--z--',
        '--x--',
        '',
      )
    const done = stripPrograms(message('multipart/mixed; boundary=x', inner(program)))
    expect(text(done?.body)).toBe(inner(NOTE))
  })

  it('the whole forwarded message where it has no parts of its own', () => {
    const whole = crlf(
      '--x',
      'Content-Type: message/rfc822',
      '',
      'Subject: y',
      program,
      '--x',
      '',
      'b',
      '--x--',
      '',
    )
    const done = stripPrograms(message('multipart/mixed; boundary=x', whole))
    expect(text(done?.body)).toBe(crlf('--x', NOTE, '--x', '', 'b', '--x--', ''))
  })

  it('a mail that is nothing but the attachment', () => {
    const mail = parseMessage({
      headers: [
        { name: 'Content-Type', value: ' application/x-dosexec; name=a.exe' },
        { name: 'Content-Disposition', value: ' attachment' },
      ],
      body: Buffer.from('TVqQ\r\n'),
    })
    expect(stripPrograms(mail)).toEqual({
      body: Buffer.from('gone'),
      headers: [
        { kind: 'change', name: 'Content-Type', value: 'text/plain; charset=utf-8' },
        { kind: 'add', name: 'Content-Transfer-Encoding', value: '7bit' },
        { kind: 'remove', name: 'Content-Disposition', value: '' },
      ],
      parts: [mail.root],
    })
  })

  it('writes what is not ASCII as quoted-printable', () => {
    const done = stripPrograms(
      message('multipart/mixed; boundary=x', crlf('--x', program, '--x--', '')),
      () => `"gr\u00fc\u00dfe=.exe" ${'a'.repeat(80)}`,
    )
    expect(text(done?.body)).toContain('quoted-printable\r\n\r\n"gr=C3=BC=C3=9Fe=3D.exe" ')
    expect(
      Math.max(
        ...text(done?.body)
          .split('\r\n')
          .map((line) => line.length),
      ),
    ).toBeLessThanOrEqual(76)
  })

  it('does nothing where nothing is to be taken out', () => {
    expect(stripPrograms(message('text/plain', 'hello'))).toBeNull()
  })
})

describe('the words of the house', () => {
  const taken = [{ name: 'a\r\nX-Evil: 1\u202egpj.exe', hit: 'ATTACHED_PROGRAM', text: '' }]
  it('keep one line for one name', () => {
    const words = placeholder(taken, 'pass (shop.example)')
    expect(words.split('\n')[0]).toBe('An attachment was removed here: "a X-Evil: 1 gpj.exe".')
    expect(words).toContain('pass (shop.example)')
  })

  it('make a notice that cannot be answered by a machine and carries no header of the mail', () => {
    const notice = noticeMail({
      from: 'postmaster@mx.example',
      to: 'a@shop.example',
      host: 'mx.example',
      subject: 'x\r\nBcc: b@c.example\r\n\r\n\u00fc',
      messageId: '<1@x>\r\nX-Evil: 1',
      recipients: ['b@home.example'],
      taken,
      date: new Date(0),
      id: 'n1',
    })
    const header = notice.slice(0, notice.indexOf('\r\n\r\n'))
    expect(header.split('\r\n').map((line) => line.split(':')[0])).toEqual([
      'From',
      'To',
      'Subject',
      'Date',
      'Message-ID',
      'Auto-Submitted',
      'MIME-Version',
      'Content-Type',
    ])
    expect(notice).toMatch(/^[\x0d\x0a\x20-\x7e]*$/)
  })
})

describe('strip, for every mail', () => {
  const content = fc.string({
    unit: fc.constantFrom('a', ' ', '\r\n', '\n', '\t', '-', '--', '=', '\xe9', '\0'),
    maxLength: 40,
  })
  const leaf = fc.record({ kind: fc.constantFrom('text', 'program'), content })
  const tree = fc.array(fc.oneof(leaf, fc.array(leaf, { minLength: 1, maxLength: 3 })), {
    minLength: 1,
    maxLength: 5,
  })

  const write = (nodes: readonly (unknown | readonly unknown[])[], boundary: string): string =>
    [
      ...nodes.map((node) => `--${boundary}\r\n${writeOne(node, `${boundary}i`)}\r\n`),
      `--${boundary}--\r\n`,
    ].join('')
  const writeOne = (node: unknown, inner: string): string => {
    if (Array.isArray(node))
      return `Content-Type: multipart/mixed; boundary="${inner}"\r\n\r\n${write(node, inner)}`
    const one = node as { kind: string; content: string }
    return one.kind === 'program'
      ? `Content-Type: application/octet-stream; name=x.exe\r\n\r\n${one.content}`
      : `Content-Type: text/plain\r\n\r\n${one.content}`
  }
  const leavesOf = (mail: Message) =>
    mail.leaves.filter((part) => !part.filename?.endsWith('.exe')).map((part) => part.raw())

  it('all other parts come out as they were', () => {
    let stripped = 0
    fc.assert(
      fc.property(tree, (nodes) => {
        const type = 'multipart/mixed; boundary=outer'
        const before = message(type, write(nodes, 'outer'))
        const done = stripPrograms(before)
        if (done === null) return
        stripped++
        const after = message(type, text(done.body))
        expect(after.leaves.some((part) => part.filename?.endsWith('.exe'))).toBe(false)
        expect(after.leaves.map((part) => part.raw()).filter((raw) => raw !== 'gone')).toEqual(
          leavesOf(before),
        )
      }),
      { numRuns: 1000 },
    )
    expect(stripped).toBeGreaterThan(300)
  })
})
