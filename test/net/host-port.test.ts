import { describe, expect, it } from '@jest/globals'
import { parseHostPort } from '../../lib/net/host-port.ts'
import { submit } from '../../lib/net/submit.ts'
import { smtpSink } from '../support/smtp-sink.ts'

describe('host:port', () => {
  it.each([
    ['127.0.0.1:25', '127.0.0.1 25'],
    ['mail.example.org:587', 'mail.example.org 587'],
    ['[::1]:25', '::1 25'],
    ['[2001:db8::7]:10025', '2001:db8::7 10025'],
    ['::1:25', null],
    ['[127.0.0.1]:25', null],
    ['mail.example.org', null],
    ['mail.example.org:0', null],
    ['mail.example.org:65536', null],
    ['[::1]', null],
    ['a b:25', null],
    [':25', null],
  ])('%s', (text, expected) => {
    const found = parseHostPort(text)
    expect(found && `${found.host} ${found.port}`).toBe(expected)
  })

  it('leads to a server on an IPv6 address, when it was accepted by the check of the configuration', async () => {
    const sink = await smtpSink({ host: '::1' })
    const sent = await submit({
      server: sink.address,
      helo: 'localhost',
      from: '',
      to: ['postmaster@example.test'],
      message: Buffer.from('Subject: hello\r\n\r\ntext\r\n'),
      timeout: 5000,
    })
    await sink.close()
    expect([sink.address, sent.kind, sink.mails.length]).toEqual([
      expect.stringMatching(/^\[::1\]:\d+$/),
      'sent',
      1,
    ])
  })
})
