import { describe, expect, it } from '@jest/globals'
import { decodeCommand } from '../../lib/milter/command.ts'
import { encodeFrame } from '../../lib/milter/frame.ts'
import { ProtocolError } from '../../lib/milter/wire.ts'

const decode = (command: string, data: string): unknown =>
  decodeCommand({ command: command.charCodeAt(0), data: Buffer.from(data, 'latin1') })

function codeOf(command: string, data: string): string {
  try {
    decode(command, data)
  } catch (error) {
    if (error instanceof ProtocolError) return error.code
    throw error
  }
  return 'none'
}

const port = '\x9c\x40'
const good: readonly [name: string, command: string, data: string, expected: unknown][] = [
  [
    'negotiation',
    'O',
    '\0\0\0\x06\0\0\x01\xff\0\x1f\xff\xff',
    { kind: 'negotiate', offer: { version: 6, actions: 0x1ff, steps: 0x1fffff } },
  ],
  [
    'negotiation with more after it',
    'O',
    '\0\0\0\x02\0\0\0\0\0\0\0\0more',
    { kind: 'negotiate', offer: { version: 2, actions: 0, steps: 0 } },
  ],
  [
    'CONNECT over IPv4',
    'C',
    `mx.example\x004${port}192.0.2.1\0`,
    { kind: 'connect', client: { hostname: 'mx.example', address: '192.0.2.1', port: 40000 } },
  ],
  [
    'CONNECT over IPv6, as Postfix writes it',
    'C',
    `[2001:db8::1]\x006${port}2001:db8::1\0`,
    { kind: 'connect', client: { hostname: '[2001:db8::1]', address: '2001:db8::1', port: 40000 } },
  ],
  [
    'CONNECT over IPv6, as Sendmail writes it',
    'C',
    `mx\x006${port}IPv6:2001:db8::1\0`,
    { kind: 'connect', client: { hostname: 'mx', address: '2001:db8::1', port: 40000 } },
  ],
  [
    'CONNECT of an unknown peer',
    'C',
    'localhost\0U',
    { kind: 'connect', client: { hostname: 'localhost', address: null, port: 0 } },
  ],
  [
    'CONNECT of a unix peer',
    'C',
    'localhost\0L\0\0/run/socket\0',
    { kind: 'connect', client: { hostname: 'localhost', address: null, port: 0 } },
  ],
  ['HELO', 'H', 'mx.example\0', { kind: 'helo', helo: 'mx.example' }],
  ['HELO of nothing', 'H', '\0', { kind: 'helo', helo: '' }],
  [
    'MAIL',
    'M',
    '<a@example>\0SIZE=10\0BODY=8BITMIME\0',
    { kind: 'mail', path: { address: 'a@example', parameters: ['SIZE=10', 'BODY=8BITMIME'] } },
  ],
  ['MAIL from <>', 'M', '<>\0', { kind: 'mail', path: { address: '', parameters: [] } }],
  [
    'MAIL without brackets',
    'M',
    'a@example\0',
    { kind: 'mail', path: { address: 'a@example', parameters: [] } },
  ],
  [
    'MAIL with octets above 127',
    'M',
    '<j\xc3\xb6rg@example>\0',
    { kind: 'mail', path: { address: 'j\xc3\xb6rg@example', parameters: [] } },
  ],
  ['RCPT', 'R', '<b@example>\0', { kind: 'recipient', path: { address: 'b@example', parameters: [] } }],
  ['DATA', 'T', '', { kind: 'data' }],
  ['UNKNOWN', 'U', 'XYZZY a b\0', { kind: 'unknown', line: 'XYZZY a b' }],
  [
    'header, leading space and folds kept',
    'L',
    'Subject\0 one\n\ttwo\0',
    { kind: 'header', header: { name: 'Subject', value: ' one\n\ttwo' } },
  ],
  ['header without a value', 'L', 'X\0\0', { kind: 'header', header: { name: 'X', value: '' } }],
  ['header without a name', 'L', '\0v\0', { kind: 'header', header: { name: '', value: 'v' } }],
  ['end of headers', 'N', '', { kind: 'endOfHeaders' }],
  ['body', 'B', 'a\0b', { kind: 'body', chunk: Buffer.from('a\0b') }],
  ['empty body', 'B', '', { kind: 'body', chunk: Buffer.alloc(0) }],
  ['end of message', 'E', '', { kind: 'endOfMessage', chunk: Buffer.alloc(0) }],
  ['end of message with the last chunk', 'E', 'end', { kind: 'endOfMessage', chunk: Buffer.from('end') }],
  ['ABORT', 'A', '', { kind: 'abort' }],
  ['QUIT', 'Q', '', { kind: 'quit' }],
  ['QUIT_NC', 'K', '', { kind: 'quitNewConnection' }],
  ['macros', 'D', 'Mi\0Q1\0', { kind: 'macros', of: 0x4d, data: Buffer.from('i\0Q1\0') }],
  ['no macros', 'D', 'C', { kind: 'macros', of: 0x43, data: Buffer.alloc(0) }],
]

const bad: readonly [name: string, command: string, data: string, code: string][] = [
  ['an unknown command', '?', '', 'unknown-command'],
  ['a command of 0', '\0', '', 'unknown-command'],
  ['negotiation of 11 octets', 'O', '\0\0\0\x06\0\0\x01\xff\0\x1f\xff', 'data-truncated'],
  ['macros of nothing', 'D', '', 'data-truncated'],
  ['CONNECT with an empty frame', 'C', '', 'missing-nul'],
  ['CONNECT without family', 'C', 'mx\0', 'data-truncated'],
  ['CONNECT with an unknown family', 'C', `mx\0X${port}192.0.2.1\0`, 'bad-value'],
  ['CONNECT with an address of the other family', 'C', `mx\x006${port}192.0.2.1\0`, 'bad-value'],
  ['CONNECT with no address', 'C', `mx\x004${port}\0`, 'bad-value'],
  ['CONNECT with a name for an address', 'C', `mx\x004${port}example\0`, 'bad-value'],
  ['CONNECT with octets left over', 'C', `mx\x004${port}192.0.2.1\0x`, 'left-over-octets'],
  ['HELO without NUL', 'H', 'mx', 'missing-nul'],
  ['HELO with octets left over', 'H', 'mx\0x\0', 'left-over-octets'],
  ['MAIL of nothing', 'M', '', 'data-truncated'],
  ['MAIL without NUL', 'M', '<a@example>', 'missing-nul'],
  ['MAIL whose last parameter has no NUL', 'M', '<a@example>\0SIZE=1', 'missing-nul'],
  ['RCPT of nothing', 'R', '', 'data-truncated'],
  ['DATA with data', 'T', 'x', 'left-over-octets'],
  ['UNKNOWN without NUL', 'U', 'XYZZY', 'missing-nul'],
  ['header without NULs', 'L', 'Subject', 'missing-nul'],
  ['header without the second NUL', 'L', 'Subject\0value', 'missing-nul'],
  ['header whose name is all', 'L', 'Subject\0', 'missing-nul'],
  ['header with octets left over', 'L', 'Subject\0value\0x\0', 'left-over-octets'],
  ['end of headers with data', 'N', 'x', 'left-over-octets'],
  ['ABORT with data', 'A', 'x', 'left-over-octets'],
  ['QUIT with data', 'Q', 'x', 'left-over-octets'],
]

describe('a command', () => {
  it.each(good)('%s', (_, command, data, expected) => {
    expect(decode(command, data)).toEqual(expected)
  })

  it.each(bad)('is refused: %s', (_, command, data, code) => {
    expect(codeOf(command, data)).toBe(code)
  })

  it.each(good.filter(([, , data]) => data.endsWith('\0')))(
    'cut short anywhere is refused or another: %s',
    (_, command, data) => {
      // Without its last octets no string ends, so what is left is never read as the whole.
      const whole = JSON.stringify(decode(command, data))
      for (let length = 0; length < data.length; length += 1) {
        const cut = data.slice(0, length)
        if (codeOf(command, cut) !== 'none') continue
        expect(JSON.stringify(decode(command, cut))).not.toBe(whole)
        expect(cut === '' || cut.endsWith('\0') || command === 'D').toBe(true)
      }
    },
  )

  it('reads a frame as the encoder makes it', () => {
    const frame = encodeFrame(0x48, Buffer.from('mx\0'))
    expect(decodeCommand({ command: frame[4] ?? 0, data: frame.subarray(5) })).toEqual({
      kind: 'helo',
      helo: 'mx',
    })
  })
})
