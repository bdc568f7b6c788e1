import { describe, expect, it } from '@jest/globals'
import { mimeEval } from '../../../lib/rules/evals/mime-eval.ts'
import { mimeHeader } from '../../../lib/rules/evals/mime-header.ts'
import { call, type Given } from './fake-input.ts'
import { mail, part } from './fake-part.ts'

describe('MIMEEval', () => {
  const plain = (text: string, headers = {}, charset?: string): Given =>
    mail(part({ type: 'text/plain', text, headers, ...(charset === undefined ? {} : { charset }) }))
  const cases: readonly (readonly [string, string, readonly string[], Given, boolean])[] = [
    [
      'base64 text that needs none',
      'check_for_mime',
      ['mime_base64_encoded_text'],
      plain('eHh4', { 'Content-Transfer-Encoding': 'base64' }),
      true,
    ],
    [
      'base64 attachment',
      'check_for_mime',
      ['mime_base64_encoded_text'],
      plain('eHh4', { 'Content-Transfer-Encoding': 'base64', 'Content-Disposition': 'attachment' }),
      false,
    ],
    [
      'long quoted-printable line',
      'check_for_mime',
      ['mime_qp_long_line'],
      plain(`${'a'.repeat(79)}\n`, { 'Content-Transfer-Encoding': 'quoted-printable' }),
      true,
    ],
    [
      'line of 78',
      'check_for_mime',
      ['mime_qp_long_line'],
      plain(`${'a'.repeat(78)}\n`, { 'Content-Transfer-Encoding': 'quoted-printable' }),
      false,
    ],
    [
      'charset of no ISO',
      'check_for_mime',
      ['mime_bad_iso_charset'],
      plain('', {}, 'iso-8859-1-x-foo'),
      false,
    ],
    ['unknown ISO charset', 'check_for_mime', ['mime_bad_iso_charset'], plain('', {}, 'iso-1234-5'), true],
    [
      'attachment',
      'check_for_mime',
      ['mime_attachment'],
      plain('', { 'Content-Disposition': 'Attachment; filename=x' }),
      true,
    ],
    ['8-bit in US-ASCII', 'check_for_ascii_text_illegal', [], plain('caf\xe9'), true],
    ['8-bit in a charset', 'check_for_ascii_text_illegal', [], plain('caf\xe9', {}, 'iso-8859-1'), false],
    [
      'entities instead of text',
      'check_abundant_unicode_ratio',
      ['0.05'],
      plain(`${'&#x0420;'.repeat(5)} twenty characters`),
      true,
    ],
    ['HTML part', 'check_for_mime_html', [], mail(part({ type: 'text/html' })), true],
    ['HTML alone', 'check_for_mime_html_only', [], mail(part({ type: 'text/html' })), true],
    [
      'HTML and text',
      'check_for_mime_html_only',
      [],
      mail(
        part({ type: 'multipart/mixed', parts: [part({ type: 'text/html' }), part({ type: 'text/plain' })] }),
      ),
      false,
    ],
    [
      'long base64 line',
      'check_base64_length',
      ['79'],
      plain(`${'a'.repeat(78)}\n`, { 'Content-Transfer-Encoding': 'base64' }),
      true,
    ],
    [
      'parse flag',
      'check_msg_parse_flags',
      ['missing_mime_headers'],
      mail(part({ type: 'text/plain' }), { message: { defects: [{ code: 'missing-mime-headers' }] } }),
      true,
    ],
    [
      'shouting',
      'check_for_uppercase',
      ['75', '100'],
      mail(part({ type: 'text/plain' }), { rendered: ['THIS IS LOUD TEXT. '.repeat(20)] }),
      true,
    ],
    [
      'short shouting',
      'check_for_uppercase',
      ['75', '100'],
      mail(part({ type: 'text/plain' }), { rendered: ['THIS IS LOUD'] }),
      false,
    ],
  ]
  it.each(cases)('%s', (_, name, args, given, hit) => {
    expect(call(mimeEval, name, args, given)).toBe(hit)
  })
  it('check_mime_multipart_ratio compares text with HTML inside an alternative', () => {
    const parts = [
      part({ type: 'text/plain', text: 'x' }),
      part({ type: 'text/html', text: 'y'.repeat(200) }),
    ]
    const given = mail(part({ type: 'multipart/alternative', parts }))
    expect(call(mimeEval, 'check_mime_multipart_ratio', ['0.00', '0.01'], given)).toBe(true)
    expect(
      call(
        mimeEval,
        'check_mime_multipart_ratio',
        ['0.00', '0.01'],
        mail(part({ type: 'multipart/mixed', parts })),
      ),
    ).toBe(false)
  })
  it('check_ma_non_text finds what is no text among alternatives', () => {
    const given = (type: string): Given =>
      mail(part({ type: 'multipart/alternative', parts: [part({ type: 'text/plain' }), part({ type })] }))
    expect(call(mimeEval, 'check_ma_non_text', [], given('image/gif'))).toBe(true)
    expect(call(mimeEval, 'check_ma_non_text', [], given('text/html'))).toBe(false)
  })
})

describe('mimeheader', () => {
  const given = (line: string): Given => ({
    ...mail(
      part({
        type: 'multipart/mixed',
        headers: { 'Content-Type': 'multipart/mixed; boundary=x' },
        parts: [
          part({ type: 'image/gif', headers: { 'Content-Type': 'image/gif; name=a.gif' } }),
          part({
            type: 'image/gif',
            headers: { 'Content-Type': 'image/gif; name=b.gif', 'Content-ID': '<1>' },
          }),
        ],
      }),
    ),
    lines: [[mimeHeader, 'mimeheader', line]],
  })
  const cases: readonly (readonly [string, readonly string[], boolean | number])[] = [
    ['R Content-Type =~ /name=a/', [], 1],
    ['R Content-Type =~ /name=c/', [], false],
    ['R Content-Type !~ /name=c/', [], true],
    ['R Content-Type !~ /name=a/', [], false],
    ['R Content-ID =~ /^UNSET$/m [if-unset: UNSET]', [], 1],
    ['R Content-Type =~ /name=a/', ['range=3'], false],
    ['R Content-Type =~ /a.gif\\n.*b.gif/', ['concat'], 1],
  ]
  it.each(cases)('%s %j: %p', (line, tflags, hit) => {
    expect(call(mimeHeader, 'check_mimeheader', ['R'], given(line), { tflags })).toBe(hit)
  })
})
