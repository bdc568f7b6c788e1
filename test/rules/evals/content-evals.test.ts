import { deflateRawSync } from 'node:zlib'
import { describe, expect, it } from '@jest/globals'
import type { Part } from '../../../lib/mail/mime.ts'
import { antiVirus } from '../../../lib/rules/evals/anti-virus.ts'
import { bodyEval } from '../../../lib/rules/evals/body-eval.ts'
import { htmlEval } from '../../../lib/rules/evals/html-eval.ts'
import { imageInfo } from '../../../lib/rules/evals/image-info.ts'
import { mimeEval } from '../../../lib/rules/evals/mime-eval.ts'
import { mimeHeader } from '../../../lib/rules/evals/mime-header.ts'
import { oleVbMacro } from '../../../lib/rules/evals/ole-vb-macro.ts'
import { pdfInfo } from '../../../lib/rules/evals/pdf-info.ts'
import { uriDetail } from '../../../lib/rules/evals/uri-detail.ts'
import { httpsMismatch, uriEval } from '../../../lib/rules/evals/uri-eval.ts'
import type { Given } from './fake-input.ts'
import { call, html, link } from './fake-input.ts'

interface PartGiven {
  readonly type: string
  readonly text?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly name?: string
  readonly charset?: string
  readonly bytes?: Uint8Array
  readonly parts?: readonly Part[]
}

function part(given: PartGiven): Part {
  const values = (name: string): readonly string[] =>
    Object.entries(given.headers ?? {}).flatMap(([key, value]) =>
      key.toLowerCase() === name.toLowerCase() ? [value] : [],
    )
  const text = given.text ?? ''
  const shown = given.type === 'text/plain' || given.type === 'text/html'
  const made: Partial<Part> = {
    type: given.type,
    charset: given.charset,
    name: given.name,
    filename: given.name,
    headers: [],
    parts: given.parts ?? [],
    isLeaf: given.parts === undefined,
    header: values,
    rawHeader: values,
    raw: () => text,
    decoded: () => text,
    bytes: () => given.bytes ?? Buffer.from(text, 'latin1'),
    rendered: () =>
      shown
        ? {
            type: given.type as 'text/plain',
            text,
            visible: text,
            invisible: '',
            unicode: { text: true, visible: true, invisible: true },
            html: html({}),
          }
        : undefined,
  }
  return made as Part
}

const mail = (root: Part, more: Given = {}): Given => ({ ...more, message: { root, ...more.message } })

describe('HTMLEval', () => {
  const facts = html({
    values: {
      html: 1,
      length: 500,
      max_size: 7,
      image_area: 1000,
      non_space_len: 3,
      obfuscation_ratio: 0.15,
    },
    inside: new Map([
      ['img', 0],
      ['body', 2],
    ]),
    texts: { comment: ['<!--x-->'], script: [], title: ['A very long title indeed'], anchor: ['<img>'] },
    uris: new Map([['http://x.example/', { types: new Set(['iframe']), anchorText: [] }]]),
  })
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['html_test', ['html'], true],
    ['html_test', ['embeds'], false],
    ['html_eval', ['length', '< 512'], true],
    ['html_eval', ['length', '< 384'], false],
    ['html_eval', ['absent', '< 384'], false],
    ['html_eval', ['length', 'system("x")'], false],
    ['html_range', ['obfuscation_ratio', '.1', '.2'], true],
    ['html_range', ['obfuscation_ratio', '.2', '.3'], false],
    ['html_range', ['max_size', '6', 'inf'], true],
    ['html_tag_exists', ['body'], true],
    ['html_tag_exists', ['table'], false],
    ['html_tag_balance', ['body', '!= 0'], true],
    ['html_tag_balance', ['img', '!= 0'], false],
    ['html_image_only', ['0400', '0800'], true],
    ['html_image_only', ['0800', '1200'], false],
    ['html_image_ratio', ['0.002', '0.004'], true],
    ['html_text_match', ['comment', '<!.*?>'], true],
    ['html_text_match', ['title', '.{120}'], false],
    ['html_text_not_match', ['title', 'short'], true],
    ['html_title_subject_ratio', ['3.5'], true],
    ['html_title_subject_ratio', ['9'], false],
    ['check_iframe_src', [], true],
  ]
  it.each(cases)('%s(%j): %p', (name, args, hit) => {
    expect(call(htmlEval, name, args, { html: [facts], headers: { Subject: 'Hey\n' } })).toBe(hit)
    expect(call(htmlEval, name, args, { headers: { Subject: 'Hey\n' } })).toBe(false)
  })
})

it('a page of half-open comments does not hold the scanner', () => {
  const page = html({ texts: { comment: ['<!'.repeat(100_000)], script: [], title: [], anchor: [] } })
  const began = performance.now()
  expect(call(htmlEval, 'html_text_match', ['comment', '<!.*?>'], { html: [page] })).toBe(false)
  expect(performance.now() - began).toBeLessThan(1000)
})

describe('BodyEval', () => {
  const alternative = (plain: string, rich: string): Given =>
    mail(
      part({
        type: 'multipart/alternative',
        parts: [part({ type: 'text/plain', text: plain }), part({ type: 'text/html', text: rich })],
      }),
    )
  it('multipart_alternative_difference counts the HTML words that the text lacks', () => {
    const name = 'multipart_alternative_difference'
    expect(call(bodyEval, name, ['99', '100'], alternative('a b', 'x y z'))).toBe(true)
    expect(call(bodyEval, name, ['99', '100'], alternative('a b', 'a y z'))).toBe(false)
    expect(call(bodyEval, name, ['0', '0'], alternative('a b', 'a b'))).toBe(true)
    expect(
      call(
        bodyEval,
        'multipart_alternative_difference_count',
        ['3', '1'],
        alternative('a b c d e f g', 'x y'),
      ),
    ).toBe(true)
  })
  const cases: readonly (readonly [string, readonly string[], readonly string[], boolean])[] = [
    ['check_blank_line_ratio', ['80', '90', '4'], ['a\n\n\n\n\n\n'], true],
    ['check_blank_line_ratio', ['80', '90', '4'], ['a\nb\n\n'], false],
    ['tvd_vertical_words', ['0', '10'], ['abcdefghijklmno p'], true],
    ['tvd_vertical_words', ['0', '10'], ['a b c d e'], false],
    ['check_body_length', ['5'], ['hello'], true],
    ['check_body_length', ['5'], ['hello!'], false],
  ]
  it.each(cases)('%s(%j) %j: %p', (name, args, rendered, hit) => {
    expect(call(bodyEval, name, args, { rendered })).toBe(hit)
  })
  it('check_stock_info counts labels of stock touting', () => {
    const text = 'Trade Date : Monday\nSymbol : ABCD\nPrice : 1\n5-day Target : 10\n'
    expect(call(bodyEval, 'check_stock_info', ['2'], mail(part({ type: 'text/plain', text })))).toBe(true)
    expect(
      call(bodyEval, 'check_stock_info', ['2'], mail(part({ type: 'text/plain', text: 'Dear: all' }))),
    ).toBe(false)
  })
  it('plaintext_sig_length measures what follows the last "-- "', () => {
    const given = mail(part({ type: 'text/plain', text: 'body\n-- \nsignature' }))
    expect(call(bodyEval, 'plaintext_sig_length', ['10'], given)).toBe(true)
    expect(call(bodyEval, 'plaintext_body_length', ['6'], given)).toBe(false)
  })
})

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

describe('links', () => {
  const anchor = (uri: string, ...anchorText: readonly string[]): Given => ({
    html: [html({ uris: new Map([[uri, { types: new Set(['a']), anchorText }]]) })],
  })
  it('check_https_http_mismatch', () => {
    const name = 'check_https_http_mismatch'
    expect(
      call(httpsMismatch, name, ['1', '10'], anchor('http://evil.test/', 'https://www.bank.example/')),
    ).toBe(true)
    expect(
      call(httpsMismatch, name, ['1', '10'], anchor('http://www.bank.example/', 'https://bank.example/')),
    ).toBe(false)
    expect(call(httpsMismatch, name, ['1', '10'], anchor('http://evil.test/', 'click here'))).toBe(false)
  })
  it('check_https_ip_mismatch', () => {
    expect(
      call(uriEval, 'check_https_ip_mismatch', [], anchor('http://192.0.2.1/', 'https://bank.example')),
    ).toBe(true)
    expect(
      call(uriEval, 'check_https_ip_mismatch', [], anchor('http://192.0.2.1/', 'https://192.0.2.1')),
    ).toBe(false)
  })
  it('check_for_http_redirector', () => {
    const given = (uri: string): Given => ({ uris: [link(uri)] })
    expect(
      call(uriEval, 'check_for_http_redirector', [], given('http://good.example/?u=http://evil.test/')),
    ).toBe(true)
    expect(
      call(
        uriEval,
        'check_for_http_redirector',
        [],
        given('http://good.example/?u=http://www.good.example/'),
      ),
    ).toBe(false)
  })
  const detail: readonly (readonly [string, boolean])[] = [
    ['R domain =~ /evil/', true],
    ['R domain =~ /good/', false],
    ['R raw =~ /x$/ text =~ /bank/i', true],
    ['R raw =~ /x$/ text !~ /bank/i', false],
    ['R type =~ /^a$/ host =~ m{^www\\.}', true],
  ]
  it.each(detail)('uri_detail %s: %p', (line, hit) => {
    const given: Given = {
      uris: [link('http://www.evil.test/x', { anchorText: ['Your Bank'] })],
      lines: [[uriDetail, 'uri_detail', line.replace('m{^www\\.}', '/^www\\./')]],
    }
    expect(call(uriDetail, 'check_uri_detail', ['R'], given)).toBe(hit)
  })
})

const octets = (text: string): Uint8Array => Buffer.from(text, 'latin1')
const GIF = octets('GIF89a\x0a\x00\x14\x00\x00\x00\x00')
const PNG = octets('\x89PNG\r\n\x1a\n\0\0\0\x0dIHDR\0\0\x01\x00\0\0\0\x20\x08\x02\0\0\0')
const JPEG = octets('\xff\xd8\xff\xe0\x00\x04ab\xff\xc0\x00\x11\x08\x00\x30\x00\x40\x03')

describe('ImageInfo', () => {
  const encoded = { 'Content-Transfer-Encoding': 'base64' }
  const given = mail(
    part({
      type: 'multipart/mixed',
      parts: [
        part({ type: 'image/gif', bytes: GIF, headers: encoded, name: 'a.gif' }),
        part({ type: 'image/png', bytes: PNG, headers: encoded }),
        part({ type: 'image/jpg', bytes: JPEG, headers: encoded }),
        part({ type: 'image/gif', bytes: octets('junk'), headers: encoded }),
      ],
    }),
    { rendered: ['12345'] },
  )
  const cases: readonly (readonly [string, readonly string[], boolean])[] = [
    ['image_count', ['gif', '1', '1'], false],
    ['image_count', ['gif', '2'], true],
    ['image_count', ['all', '4', '4'], true],
    ['pixel_coverage', ['gif', '200', '200'], true],
    ['pixel_coverage', ['png', '8192', '8192'], true],
    ['pixel_coverage', ['jpeg', '3072', '3072'], true],
    ['image_size_exact', ['gif', '20', '10'], true],
    ['image_size_range', ['all', '32', '256', '32', '256'], true],
    ['image_named', ['a.gif'], true],
    ['image_name_regex', ['^a\\.'], true],
    ['image_to_text_ratio', ['all', '0.000', '0.008'], true],
  ]
  it.each(cases)('%s(%j): %p', (name, args, hit) => {
    expect(call(imageInfo, name, args, given, { kind: 'body' })).toBe(hit)
  })
  it('survives every truncation', () => {
    for (const [type, bytes] of [
      ['image/gif', GIF],
      ['image/png', PNG],
      ['image/jpeg', JPEG],
    ] as const) {
      for (let length = 0; length <= bytes.length; length++) {
        const cut = mail(part({ type, bytes: bytes.subarray(0, length), headers: encoded }))
        expect(call(imageInfo, 'image_count', ['all', '1', '1'], cut)).toBe(true)
      }
    }
  })
})

describe('PDFInfo', () => {
  const pdf = (text: string): Given =>
    mail(part({ type: 'application/pdf', name: 'x.pdf', text: `%PDF-1.4\n${text}` }), {
      rendered: ['Subject', ''],
    })
  const cases: readonly (readonly [string, readonly string[], string, boolean])[] = [
    ['pdf_count', ['1'], '', true],
    ['pdf_match_details', ['producer', '/^BCL/'], '<< /Producer (BCL easyPDF) >>', true],
    ['pdf_match_details', ['producer', '/^Other/'], '<< /Producer (BCL easyPDF) >>', false],
    ['pdf_match_details', ['title', '/^Hi$/'], '/Title <FEFF00480069>', true],
    ['pdf_is_encrypted', [], '/Encrypt 5 0 R', true],
    ['pdf_image_size_range', ['100', '100', '300', '300'], '<</Subtype/Image/Width 200/Height 150>>', true],
    ['pdf_is_empty_body', [], '', true],
    ['pdf_named', ['x.pdf'], '', true],
  ]
  it.each(cases)('%s(%j) in %j: %p', (name, args, text, hit) => {
    expect(call(pdfInfo, name, args, pdf(text))).toBe(hit)
  })
})

function zip(
  ...files: readonly (readonly [name: string, content: string, encrypted?: boolean])[]
): Uint8Array {
  const locals: Buffer[] = []
  const entries: Buffer[] = []
  let offset = 0
  for (const [name, content, encrypted = false] of files) {
    const packed = deflateRawSync(Buffer.from(content, 'latin1'))
    const head = Buffer.alloc(30)
    head.writeUInt32LE(0x04034b50, 0)
    head.writeUInt16LE(name.length, 26)
    locals.push(head, Buffer.from(name), packed)
    const entry = Buffer.alloc(46)
    entry.writeUInt32LE(0x02014b50, 0)
    entry.writeUInt16LE(encrypted ? 1 : 0, 8)
    entry.writeUInt16LE(8, 10)
    entry.writeUInt32LE(packed.length, 20)
    entry.writeUInt16LE(name.length, 28)
    entry.writeUInt32LE(offset, 42)
    entries.push(entry, Buffer.from(name))
    offset += 30 + name.length + packed.length
  }
  const end = Buffer.alloc(22)
  end.writeUInt32LE(0x06054b50, 0)
  end.writeUInt32LE(offset, 16)
  return Buffer.concat([...locals, ...entries, end])
}

describe('OLEVBMacro', () => {
  const file = (name: string, bytes: Uint8Array): Given =>
    mail(part({ type: 'application/octet-stream', name, bytes }))
  const rels =
    '<Relationships><Relationship Id="1" Target="http://evil.test/t.dotm" TargetMode="External"/></Relationships>'
  const cases: readonly (readonly [string, Given, boolean])[] = [
    ['check_olemacro', file('a.docm', octets('x')), true],
    ['check_olemacro', file('a.docx', zip(['word/vbaProject.bin', 'Sub AutoOpen()'])), true],
    ['check_olemacro_malice', file('a.docx', zip(['word/vbaProject.bin', 'Sub AutoOpen()'])), true],
    ['check_olemacro', file('a.docx', zip(['[Content_Types].xml', '<x ContentType="a"/>'])), false],
    ['check_olemacro', file('a.docx', zip(['[Content_Types].xml', 'macroEnabled'])), true],
    ['check_olemacro', file('a.doc', octets('\xd0\xcf\x11\xe0...\0Attribut\0...')), true],
    ['check_olemacro', file('a.doc', octets('\xd0\xcf\x11\xe0 nothing')), false],
    ['check_oleobject', file('a.xlsx', zip(['xl/embeddings/x.bin', ''])), true],
    ['check_olemacro_redirect_uri', file('a.docx', zip(['word/_rels/settings.xml.rels', rels])), true],
    ['check_olemacro', file('a.zip', zip(['b.xlsm', 'x'])), true],
    ['check_olemacro_zip_password', file('a.zip', zip(['b.docx', 'x', true])), true],
    ['check_olemacro', file('a.txt', octets('\xd0\xcf\x11\xe0...\0Attribut\0...')), false],
  ]
  it.each(cases)('%s of case %#', (name, given, hit) => {
    expect(call(oleVbMacro, name, [], given)).toBe(hit)
  })
  it('a bomb is not unpacked', () => {
    const bomb = zip(['[Content_Types].xml', `${' '.repeat(50_000_000)}macroEnabled`])
    const began = performance.now()
    expect(call(oleVbMacro, 'check_olemacro', [], file('a.docx', bomb))).toBe(false)
    expect(performance.now() - began).toBeLessThan(500)
  })
})

describe('AntiVirus', () => {
  const file = (type: string, name: string, text = '', headers = {}): Given =>
    mail(part({ type, text, headers: { 'Content-Type': `${type}; name="${name}"`, ...headers } }))
  it('programs by name and by their first octets', () => {
    const base64 = { 'Content-Transfer-Encoding': 'base64' }
    expect(call(antiVirus, 'check_microsoft_executable', [], file('application/octet-stream', 'A.EXE'))).toBe(
      true,
    )
    expect(
      call(
        antiVirus,
        'check_microsoft_executable',
        [],
        file('application/octet-stream', 'a', 'TVqQAAMAAAAEAAAA', base64),
      ),
    ).toBe(true)
    expect(call(antiVirus, 'check_microsoft_executable', [], file('application/pdf', 'a.pdf'))).toBe(false)
  })
  it('names that do not fit the type', () => {
    expect(call(antiVirus, 'check_suspect_name', [], file('text/plain', 'a.jpg'))).toBe(true)
    expect(call(antiVirus, 'check_suspect_name', [], file('image/jpeg', 'a.jpg'))).toBe(false)
  })
})
